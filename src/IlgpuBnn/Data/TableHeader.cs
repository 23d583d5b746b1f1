using System.Text.RegularExpressions;

namespace IlgpuBnn.Data;

/// <summary>A record of a table as text, and the line that it starts on.</summary>
internal readonly record struct TableRecord(string[] Cells, int Line);

/// <summary>What the first records of a table say of its columns.</summary>
/// <param name="Names">Of the columns that have one, and of nameless ones between them, which are "".</param>
/// <param name="Line">Where the names are.</param>
/// <param name="LabelName">Name of a first column that only labels rows, as found; null for none.</param>
/// <param name="Units">[column], "" where unknown; null where all are.</param>
internal sealed partial record TableHeader(IReadOnlyList<string> Names, int Line, string? LabelName, IReadOnlyList<string>? Units)
{
    private const int MaxUnitLength = 20;

    /// <summary>Cells before the first column.</summary>
    public int FirstCell => LabelName is null ? 0 : 1;

    /// <summary>Cells that a row has at least; those behind them are empty.</summary>
    public int CellCount => FirstCell + Names.Count;

    /// <param name="names">The first record.</param>
    /// <param name="rows">The records below it, as far as they were read already; a row of units is taken out.</param>
    /// <param name="comments">Lines above it.</param>
    /// <param name="notes">Gets what follows the source's name for each guess.</param>
    public static TableHeader Read(TableRecord names, LinkedList<TableRecord> rows, IReadOnlyList<string> comments, CellFormat format, List<string> notes)
    {
        // Empty columns at the end are separators that a spreadsheet left.
        List<string> found = [.. names.Cells.Reverse().SkipWhile(name => name.Length == 0).Reverse()];
        string? label = null;
        if (found.Count > 1 && (found[0].Length == 0 || found[0] == "Unnamed: 0"))
        {
            label = found[0];
            found.RemoveAt(0);
            notes.Add("the first column has no name: it is left out as labels of rows.");
        }
        else if (rows.Count > 1 && found.Count == names.Cells.Length && rows.All(row => row.Cells.Length == found.Count + 1 && row.Cells[^1].Length > 0) && AreLabels(rows, format))
        {
            label = "";
            notes.Add("rows have one cell more than the header: the first is left out as labels of rows.");
        }

        var header = new TableHeader(found, names.Line, label, null);
        return header with { Units = header.UnitsIn(rows, format, notes) ?? header.UnitsIn(comments) };
    }

    /// <summary>Names, or numbers that count rows.</summary>
    private static bool AreLabels(LinkedList<TableRecord> rows, CellFormat format)
    {
        double[] numbers = [.. rows.Select(row => format.Read(row.Cells[0], out double value) == CellKind.Number ? value : double.NaN)];
        return numbers.All(double.IsNaN) || (numbers.All(double.IsInteger) && Enumerable.Range(1, numbers.Length - 1).All(i => numbers[i] == numbers[i - 1] + 1)
            && numbers[0] is 0 or 1);
    }

    /// <summary>Of a first row that has texts above columns of numbers, and no number but 1, the unit of fractions.</summary>
    private string[]? UnitsIn(LinkedList<TableRecord> rows, CellFormat format, List<string> notes)
    {
        if (rows.Count < 2 || rows.Any(row => row.Cells.Length < CellCount))
        {
            return null;
        }

        TableRecord first = rows.First!.Value;
        CellKind[] kinds = [.. Enumerable.Range(FirstCell, Names.Count).Select(cell => format.Read(first.Cells[cell], out _))];
        int texts = Enumerable.Range(0, Names.Count).Count(column => kinds[column] == CellKind.Text && HoldsNumbers(rows.Skip(1), column, format));
        string[] units = [.. first.Cells.Skip(FirstCell).Take(Names.Count)];
        int ones = units.Count(unit => unit == "1");
        if (texts == 0 || texts < ones || kinds.Zip(units).Any(own => own.First is CellKind.Number or CellKind.CommaNumber && own.Second != "1"))
        {
            return null;
        }

        rows.RemoveFirst();
        notes.Add($"row {first.Line} has no numbers: it is taken as units ({ColumnSelection.List(units)}).");
        return [.. units.Select(Plain)];
    }

    /// <summary>Units in comments such as "units: K, m/s" or "temp [K]".</summary>
    private string[]? UnitsIn(IReadOnlyList<string> comments)
    {
        var units = new string[Names.Count];
        Array.Fill(units, "");
        foreach (string comment in comments)
        {
            if (ListOfUnits().Match(comment) is { Success: true } list)
            {
                string[] cells = list.Groups[1].Value.Split([',', ';', '\t', '|'], StringSplitOptions.TrimEntries);
                if (cells.Length != units.Length)
                {
                    cells = list.Groups[1].Value.Split(' ', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                }

                if (cells.Length == units.Length)
                {
                    return [.. cells.Select(Plain)];
                }
            }

            if (UnitOfOne().Match(comment) is { Success: true } one && ColumnSelection.IndexOf(Names, one.Groups[1].Value) is >= 0 and int column)
            {
                units[column] = Plain(one.Groups[2].Value);
            }
        }

        return units.All(unit => unit.Length == 0) ? null : units;
    }

    private bool HoldsNumbers(IEnumerable<TableRecord> rows, int column, CellFormat format)
    {
        CellKind[] kinds = [.. rows.Select(row => format.Read(row.Cells[FirstCell + column], out _))];
        return kinds.Any(kind => kind is CellKind.Number or CellKind.CommaNumber) && !kinds.Contains(CellKind.Text);
    }

    /// <summary>Without brackets; "" for none.</summary>
    private static string Plain(string unit)
    {
        string plain = unit.Trim().Trim('[', ']', '(', ')').Trim();
        return plain is "-" or "--" or "1" || plain.Length > MaxUnitLength ? "" : plain;
    }

    [GeneratedRegex(@"^units?\s*[:=]?\s*(.+)$", RegexOptions.IgnoreCase)]
    private static partial Regex ListOfUnits();

    [GeneratedRegex(@"^(\S+)\s*(?:[:=]\s*)?[\[(]([^\])]+)[\])]")]
    private static partial Regex UnitOfOne();
}
