using System.Globalization;
using System.Text;
using CsvHelper;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IlgpuBnn.Analysis;

namespace IlgpuBnn.Tests.Data;

/// <summary>Whatever table is written is read as it was.</summary>
[Properties(Arbitrary = [typeof(TableProperties)], MaxTest = 300, Replay = "11,29")]
public sealed class TableProperties
{
    public static Arbitrary<Table> Tables() => Arb.From(
        from columns in Gen.Choose(2, 5)
        from rows in Gen.Choose(1, 4)
        from separator in Gen.Frequency((3, Gen.Constant(',')), (1, Gen.Elements(';', '\t', '|')))
        from names in Texts.Names(columns)
        from numbers in Double().ArrayOf(columns * rows)
        from texts in Texts.Any().ArrayOf(columns * rows)
            // The last column has numbers.
        from isText in ArbMap.Default.GeneratorFor<bool>().ArrayOf(columns - 1)
        let all = new Table(separator, names, [.. Enumerable.Range(0, rows).Select(row => Enumerable.Range(0, columns)
            .Select(column => (object)(column < columns - 1 && isText[column] ? $"x{texts[(row * columns) + column]}" : numbers[(row * columns) + column])).ToArray())])
        // A row without any value is read as an empty line. Where lines could be divided at commas or semicolons alike, nobody can know.
        where all.Rows.All(row => row.Any(cell => cell is not double.NaN)) && (separator == ',' || !names.Concat(texts).Any(text => text.AsSpan().ContainsAny(",;\t|")))
        select all);

    [Property]
    public void A_table_comes_back_with_its_names_texts_and_numbers(Table table)
    {
        CsvTable back = Read(table);
        Assert.Equal(table.Names.Select(ShownText.ForCell), back.ColumnNames);
        Assert.Equal(table.Rows.Length, back.RowCount);
        for (int row = 0; row < table.Rows.Length; row++)
        {
            for (int column = 0; column < table.Names.Length; column++)
            {
                if (table.Rows[row][column] is string text)
                {
                    Assert.Equal(text, back.Cell(row, column));
                }
                else
                {
                    Assert.Equal((double)table.Rows[row][column], back.Number(row, column));
                }
            }
        }
    }

    /// <summary>A column is found by its name, whatever is in it.</summary>
    [Property]
    public void A_column_is_read_by_its_name(Table table)
    {
        CsvTable back = Read(table with { Rows = [.. Enumerable.Range(1, 5).Select(row => table.Names.Select((_, column) => (object)((row % 3) + (column * row * 0.1))).ToArray())] });
        Dataset data = Dataset.FromTable(back, [back.ColumnNames[^1]]);
        Assert.Equal(back.ColumnNames.SkipLast(1), data.InputNames);
        Assert.Equal([back.ColumnNames[^1]], data.TargetNames);
        Assert.Equal(Enumerable.Range(0, back.RowCount).Select(row => back.Number(row, table.Names.Length - 1)), Enumerable.Range(0, data.RowCount).Select(row => data.Targets[row, 0]));
    }

    private static CsvTable Read(Table table)
    {
        using var stream = new MemoryStream();
        using (CsvWriter csv = PredictionColumns.CreateWriter(stream, table.Separator))
        {
            csv.WriteRecord([.. table.Names.Select(ShownText.ForCell)]);
            foreach (object[] row in table.Rows)
            {
                foreach (object cell in row)
                {
                    if (cell is string text)
                    {
                        csv.WriteField(ShownText.ForCell(text));
                    }
                    else
                    {
                        PredictionColumns.WriteNumber(csv, (double)cell);
                    }
                }

                csv.EndRecord();
            }
        }

        return Data.Tables.Parse(Encoding.UTF8.GetString(stream.ToArray()));
    }

    /// <summary>Every finite number, whole ones, and NaN.</summary>
    private static Gen<double> Double() => Gen.OneOf(
        Gen.Choose(-1000, 1000).Select(k => (double)k),
        Gen.Elements(double.MaxValue, double.MinValue, double.Epsilon, -0.0, 0.1, double.NaN),
        ArbMap.Default.GeneratorFor<long>().Select(bits => BitConverter.Int64BitsToDouble(bits * 6364136223846793005)).Select(value => double.IsInfinity(value) ? double.NaN : value));

    public sealed record Table(char Separator, string[] Names, object[][] Rows)
    {
        public override string ToString() => $"separator {Separator}: "
            + string.Join(" / ", Rows.Prepend(Names).Select(row => string.Join(" | ", row.Select(cell => ShownText.Escaped(Convert.ToString(cell, CultureInfo.InvariantCulture)!)))));
    }
}
