namespace IlgpuBnn.Data;

/// <summary>Rows of a CSV file as text, each with the line it came from; numbers are parsed on demand.</summary>
/// <remarks>Immutable. Row and column indices start at 0; <see cref="LineNumber"/> gives the number that an editor shows.</remarks>
public sealed class CsvTable
{
    internal const string TargetRemedy = "Fix the cell, or leave it empty to treat it as missing.";

    private readonly TableHeader _header;
    private readonly IReadOnlyList<TableRecord> _rows;

    internal CsvTable(
        string sourceName, TableHeader header, IReadOnlyList<TableRecord> rows, CellFormat format, IReadOnlyList<string> notes, TableProblems problems)
    {
        (SourceName, _header, _rows, Format, Notes, Problems) = (sourceName, header, rows, format, notes, problems);
    }

    /// <summary>Path as given by the caller; every message about the table starts with it.</summary>
    public string SourceName { get; }

    /// <summary>Names in the header, in its order, without surrounding spaces. A name that is used must not be empty, and there must be only one of it.</summary>
    public IReadOnlyList<string> ColumnNames => _header.Names;

    /// <summary>[column]: units as a row below the header or a comment above it gives them; "" where unknown.</summary>
    public IReadOnlyList<string> Units => _header.Units ?? [.. Enumerable.Repeat("", _header.Names.Count)];

    /// <summary>What was guessed or left out when the table was read, a sentence each; often empty.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Data rows, without the header and blank lines.</summary>
    public int RowCount => _rows.Count;

    /// <summary>Where the header is.</summary>
    internal int HeaderLine => _header.Line;

    internal CellFormat Format { get; }

    /// <summary>Rows that do not fit below the header.</summary>
    internal TableProblems Problems { get; }

    /// <summary>Reads a whole file into memory; <see cref="CsvTableReader"/> reads a large one in parts.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="missing">
    /// Texts that mean a missing value, besides <see cref="MissingValues.Words"/>. A number among them, such as 1e20, means any cell with that value.
    /// </param>
    /// <exception cref="DataException">The file cannot be read, or is not a table: see <see cref="CsvTableReader"/>.</exception>
    public static CsvTable Read(string path, IReadOnlyList<string>? missing = null)
    {
        CsvTable table = ReadWithProblems(path, missing);
        table.Problems.ThrowIfAny();
        return table;
    }

    /// <summary>Leaves it to the caller to report <see cref="Problems"/>, together with others.</summary>
    internal static CsvTable ReadWithProblems(string path, IReadOnlyList<string>? missing)
    {
        using CsvTableReader reader = CsvTableReader.Open(path, missing);
        return reader.ReadWithProblems(int.MaxValue)!; // a table without rows has thrown
    }

    /// <summary>Text of a cell without quotes and surrounding spaces; "" for an empty cell.</summary>
    public string Cell(int row, int column) => _rows[row].Cells[_header.FirstCell + column];

    /// <summary>Name of a first column that only labels rows (pandas' index, R's row names), which is not among the columns: often ""; null without one.</summary>
    public string? RowLabelName => _header.LabelName;

    /// <summary>Label of a row; "" without a column of labels.</summary>
    public string RowLabel(int row) => _header.FirstCell == 0 ? "" : _rows[row].Cells[0];

    /// <summary>Line of the file on which the row starts, 1-based; blank lines and line breaks inside quotes count.</summary>
    public int LineNumber(int row) => _rows[row].Line;

    /// <summary>Whether a cell is empty, or a word that means a missing value.</summary>
    public bool IsMissing(int row, int column) => ReadCell(row, column, out _) == CellKind.Missing;

    /// <summary>Value of a cell; NaN if it is missing.</summary>
    /// <remarks>The decimal separator is a point, whatever the machine's culture; a comma is read as one where it does not separate cells.</remarks>
    /// <exception cref="DataException">The text is not a finite number.</exception>
    public double Number(int row, int column) =>
        ReadCell(row, column, out double value) == CellKind.Text ? throw NotANumber(row, column, TargetRemedy) : value;

    /// <summary>Some of its rows.</summary>
    internal CsvTable Rows(int first, int count) => new(SourceName, _header, [.. _rows.Skip(first).Take(count)], Format, Notes, Problems);

    internal CellKind ReadCell(int row, int column, out double value) => Format.Read(Cell(row, column), out value);

    internal DataException NotANumber(int row, int column, string remedy)
    {
        string text = Cell(row, column), name = ColumnNames[column];
        return new DataException(SourceName, CellText.Problem(text, name, Format.DecimalCommas, remedy), LineNumber(row), name, text);
    }
}
