using CsvHelper;

namespace IlgpuBnn.Data;

/// <summary>Reads a CSV table in parts, so that it need not fit in memory.</summary>
/// <remarks>
/// The first record names the columns. The separator (comma, semicolon, tab or |) is detected from the first lines. Cells may be quoted;
/// spaces around cells and names are dropped. Blank lines, and lines of separators only (which spreadsheets leave below the data),
/// are skipped. Text is UTF-8 unless a byte-order mark says otherwise.
/// </remarks>
public sealed class CsvTableReader : IDisposable
{
    /// <summary>Columns of a table.</summary>
    internal const int MaxColumns = 100_000;

    /// <summary>Characters of a cell or name; Excel's limit is half of it.</summary>
    internal const int MaxCellLength = 1 << 16;

    /// <summary>Bytes of a row; also the line breaks in its cells.</summary>
    internal const int MaxRowBytes = 1 << 24;

    private static readonly CsvReaderOptions s_options = new()
    {
        // The header is read as a plain record, so that its errors carry a position too.
        HasHeader = false,
        TrimWhitespace = true,
        TrimInsideQuotes = true,
        TrackLineNumbers = true,
        // An unclosed quote would otherwise silently swallow the rest of the file.
        MalformedData = CsvMalformedDataHandling.Throw,
        // What has no line breaks, such as a device or an archive, would otherwise fill the memory.
        MaxRecordSize = MaxRowBytes,
    };

    private readonly CsvReader _csv;
    private readonly string _sourceName;
    private readonly string[] _columnNames;
    private bool _anyRowRead;

    /// <summary>Reads the header.</summary>
    /// <param name="reader">Text that starts with the header; disposed with this reader.</param>
    /// <param name="sourceName">What messages call the text, for example "standard input".</param>
    /// <exception cref="DataException">The text is empty, or column names are empty or not unique.</exception>
    public CsvTableReader(TextReader reader, string sourceName)
        : this(CsvReader.Create(reader, s_options), sourceName)
    {
    }

    private CsvTableReader(CsvReader csv, string sourceName)
    {
        _csv = csv;
        _sourceName = sourceName;
        try
        {
            _columnNames = ReadColumnNames();
        }
        catch
        {
            csv.Dispose();
            throw;
        }
    }

    /// <summary>Names in the header, in its order: unique, not empty, without surrounding spaces.</summary>
    public IReadOnlyList<string> ColumnNames => _columnNames;

    /// <summary>The detected separator; output written with the same one opens in the same program.</summary>
    public char Separator => _csv.Separator;

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="DataException">
    /// The file is missing, is a directory, cannot be opened or is empty, or column names are empty or not unique.
    /// </exception>
    public static CsvTableReader Open(string path)
    {
        if (Directory.Exists(path))
            throw new DataException(path, "this is a directory. Name a CSV file in it.");
        if (!File.Exists(path))
        {
            throw new DataException(path,
                $"there is no such file. Check the path; it is looked up from {Environment.CurrentDirectory}.");
        }
        try
        {
            return new CsvTableReader(CsvReader.FromFile(path, s_options), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path,
                $"the file cannot be opened ({e.Message}). Check that no other program locks it and that you may read it.",
                innerException: e);
        }
    }

    /// <summary>Reads the next rows, at most <paramref name="maxRows"/>; null after the last.</summary>
    /// <exception cref="DataException">
    /// A row has more or fewer cells than the header, quotes do not match, or the table has no rows.
    /// </exception>
    public CsvTable? Read(int maxRows)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        List<string[]> rows = [];
        List<int> lineNumbers = [];
        while (rows.Count < maxRows && MoveToRecord())
        {
            if (_csv.FieldCount != _columnNames.Length)
                throw WrongCellCount();
            rows.Add(RecordCells());
            lineNumbers.Add(Line);
        }
        _anyRowRead |= rows.Count > 0;
        if (!_anyRowRead)
            throw new DataException(_sourceName, "the file has a header but no rows. Add one row per run below the header.");
        return rows.Count == 0 ? null : new CsvTable(_sourceName, _columnNames, rows, lineNumbers);
    }

    /// <summary>Closes the file or text.</summary>
    public void Dispose() => _csv.Dispose();

    private int Line => checked((int)_csv.LineNumber);

    private string[] ReadColumnNames()
    {
        if (!MoveToRecord())
            throw new DataException(_sourceName, "the file is empty. The first row names the columns, each further row holds one run.");
        if (_csv.FieldCount > MaxColumns)
            throw new DataException(_sourceName, $"there are {_csv.FieldCount} columns; at most {MaxColumns} are read. Leave out those that are not needed.", Line);
        string[] names = RecordCells();
        Dictionary<string, int> seen = [];
        for (int column = 0; column < names.Length; column++)
        {
            if (names[column].Length == 0)
                throw new DataException(_sourceName, $"column {column + 1} has no name. Name it, or delete the column.", Line);
            if (!seen.TryAdd(names[column], column))
            {
                throw new DataException(_sourceName,
                    $"columns {seen[names[column]] + 1} and {column + 1} have the same name. Rename one of them.", Line, names[column]);
            }
        }
        return names;
    }

    private bool MoveToRecord()
    {
        try
        {
            while (_csv.Read())
            {
                for (int field = 0; field < _csv.FieldCount; field++)
                    if (!_csv.IsEmpty(field)) return true;
            }
            return false;
        }
        catch (CsvFormatException e) when (e.Message.Contains(nameof(CsvReaderOptions.MaxRecordSize), StringComparison.Ordinal))
        {
            throw new DataException(_sourceName,
                $"a row of more than {MaxRowBytes >> 20} MB. Check that this is a table with line breaks, and look for a quotation mark that is never closed.",
                checked((int)e.LineNumber), innerException: e);
        }
        catch (CsvFormatException e)
        {
            throw new DataException(_sourceName,
                "a quotation mark is never closed, or stands in the middle of a cell. "
                + "Quote whole cells, and double the quotation marks inside them.",
                checked((int)e.LineNumber), innerException: e);
        }
    }

    private string[] RecordCells()
    {
        var cells = new string[_csv.FieldCount];
        for (int field = 0; field < cells.Length; field++)
        {
            cells[field] = _csv.GetString(field);
            if (cells[field].Length > MaxCellLength)
                throw new DataException(_sourceName,
                    $"a cell of {cells[field].Length} characters; at most {MaxCellLength} are read. Look for a quotation mark that is never closed, or shorten the cell.", Line,
                    _columnNames?[Math.Min(field, _columnNames.Length - 1)]);
        }
        return cells;
    }

    private DataException WrongCellCount()
    {
        string cells = _csv.FieldCount == 1 ? "1 cell" : $"{_csv.FieldCount} cells";
        string separator = Separator == '\t' ? "tab" : $"\"{Separator}\"";
        return new DataException(_sourceName,
            $"{cells}, but the header has {_columnNames.Length}. "
            + $"Look for a missing or extra separator ({separator}), and quote cells that contain one.", Line);
    }
}
