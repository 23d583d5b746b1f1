using System.Globalization;
using CsvHelper;
using IlgpuBnn.Data;

namespace IlgpuBnn.Reporting;

/// <summary>A column of a table in a report.</summary>
/// <param name="Name">With its unit, if any.</param>
/// <param name="Format">Number format on the page, such as "P1" or "F0". Null (default) for four significant digits. CSV files have all digits.</param>
public sealed record TableColumn(string Name, string? Format = null)
{
    /// <summary>A column of numbers with four significant digits, or of texts.</summary>
    public static implicit operator TableColumn(string name) => new(name);
}

/// <summary>A number or a text; NaN is an empty cell.</summary>
public readonly record struct TableCell
{
    private TableCell(string? text, double number) => (Text, Number) = (text, number);

    /// <summary>Null for a number.</summary>
    public string? Text { get; }

    /// <summary>NaN for a text.</summary>
    public double Number { get; }

    /// <summary>A text.</summary>
    public static implicit operator TableCell(string text) => new(text, double.NaN);

    /// <summary>A number; NaN for an empty cell.</summary>
    public static implicit operator TableCell(double number) => new(null, number);

    internal string Show(string? format) => Text
        ?? (double.IsNaN(Number) ? "" : format is null ? NumberText.Short(Number, 4)
            : Number.ToString(format, CultureInfo.InvariantCulture));
}

/// <summary>A table for a page and a CSV file.</summary>
/// <param name="Columns">At least one.</param>
/// <param name="Rows">Each has a cell per column.</param>
public sealed record ReportTable(IReadOnlyList<TableColumn> Columns, IReadOnlyList<IReadOnlyList<TableCell>> Rows)
{
    /// <summary>A table of numeric columns, such as the data of a chart.</summary>
    /// <param name="columns">Names and values, equally many per column.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static ReportTable OfColumns(params IReadOnlyList<(string Name, IReadOnlyList<double> Values)> columns)
    {
        int[] lengths = [.. columns.Select(column => column.Values.Count).Distinct()];
        return lengths.Length == 1
            ? new ReportTable(
                [.. columns.Select(column => new TableColumn(column.Name))],
                [.. Enumerable.Range(0, lengths[0])
                    .Select(row => (TableCell[])[.. columns.Select(column => (TableCell)column.Values[row])])])
            : throw new ArgumentException(
                $"The columns {string.Join(", ", columns.Select(column => column.Name))} have {string.Join(", ", lengths)} values. Give equally many in each.");
    }

    /// <summary>Writes UTF-8 CSV: numbers with the shortest digits that round-trip, empty cells for NaN.</summary>
    /// <exception cref="ArgumentException">A row does not have one cell per column.</exception>
    public void WriteCsv(Stream stream)
    {
        Validate();
        using CsvWriter csv = CsvWriter.Create(stream, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true);
        csv.WriteRecord([.. Columns.Select(column => ShownText.ForCell(column.Name))]);
        foreach (IReadOnlyList<TableCell> row in Rows)
        {
            foreach (TableCell cell in row)
            {
                if (cell.Text is null && !double.IsNaN(cell.Number))
                {
                    csv.WriteField(cell.Number);
                }
                else
                {
                    csv.WriteField(ShownText.ForCell(cell.Text ?? ""));
                }
            }

            csv.EndRecord();
        }
    }

    internal void Validate()
    {
        if (Rows.FirstOrDefault(row => row.Count != Columns.Count) is { } wrong)
        {
            throw new ArgumentException($"A row has {wrong.Count} cells in a table of {Columns.Count} columns. Give a cell per column, NaN for an empty one.");
        }
    }
}
