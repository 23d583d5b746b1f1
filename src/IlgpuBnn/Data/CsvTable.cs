using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>Rows of a CSV file as text, each with the line it came from; numbers are parsed on demand.</summary>
/// <remarks>Immutable. Row and column indices start at 0; <see cref="LineNumber"/> gives the number that an editor shows.</remarks>
public sealed class CsvTable
{
    private const string TargetRemedy = "Fix the cell, or leave it empty to treat it as missing.";

    private readonly IReadOnlyList<string[]> _rows;
    private readonly IReadOnlyList<int> _lineNumbers;

    internal CsvTable(
        string sourceName,
        IReadOnlyList<string> columnNames,
        IReadOnlyList<string[]> rows,
        IReadOnlyList<int> lineNumbers)
    {
        SourceName = sourceName;
        ColumnNames = columnNames;
        _rows = rows;
        _lineNumbers = lineNumbers;
    }

    /// <summary>Path as given by the caller; every message about the table starts with it.</summary>
    public string SourceName { get; }

    /// <summary>Names in the header, in its order: unique, not empty, without surrounding spaces.</summary>
    public IReadOnlyList<string> ColumnNames { get; }

    /// <summary>Data rows, without the header and blank lines.</summary>
    public int RowCount => _rows.Count;

    /// <summary>Reads a whole file into memory; <see cref="CsvTableReader"/> reads a large one in parts.</summary>
    /// <exception cref="DataException">The file cannot be read, or is not a table: see <see cref="CsvTableReader"/>.</exception>
    public static CsvTable Read(string path)
    {
        using CsvTableReader reader = CsvTableReader.Open(path);
        return reader.Read(int.MaxValue)!; // a table without rows has thrown
    }

    /// <summary>Text of a cell without quotes and surrounding spaces; "" for an empty cell.</summary>
    public string Cell(int row, int column) => _rows[row][column];

    /// <summary>Line of the file on which the row starts, 1-based; blank lines and line breaks inside quotes count.</summary>
    public int LineNumber(int row) => _lineNumbers[row];

    /// <summary>Value of a cell; NaN if the cell is empty (missing).</summary>
    /// <remarks>The decimal separator is a point, whatever the machine's culture: "1,5" is refused, not read as 15.</remarks>
    /// <exception cref="DataException">The text is not a finite number.</exception>
    public double Number(int row, int column) => Cell(row, column).Length == 0 ? double.NaN : Parse(row, column, TargetRemedy);

    internal double RequiredNumber(int row, int column, string remedy) => Cell(row, column).Length == 0
        ? throw new DataException(SourceName, $"the cell is empty. {remedy}", LineNumber(row), ColumnNames[column])
        : Parse(row, column, remedy);

    private double Parse(int row, int column, string remedy)
    {
        string text = Cell(row, column);
        if (TryParse(text, out double value) && double.IsFinite(value)) return value;

        string problem = double.IsInfinity(value) ? "is not a finite number." : "is not a number.";
        if (text.Contains(',') && TryParse(text.Replace(',', '.'), out _))
            remedy = "Write numbers with a decimal point, and without thousands separators.";
        throw new DataException(SourceName, $"{problem} {remedy}", LineNumber(row), ColumnNames[column], text);
    }

    private static bool TryParse(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
}
