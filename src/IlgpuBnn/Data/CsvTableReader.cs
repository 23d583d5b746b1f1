using CsvHelper;

namespace IlgpuBnn.Data;

/// <summary>Reads a CSV table in parts, so that it need not fit in memory.</summary>
/// <remarks>
/// The first record names the columns. The separator (comma, semicolon, tab, | or blanks) is found from the first lines. Cells may be quoted;
/// spaces around cells and names are dropped. Blank lines, lines of separators only (which spreadsheets leave below the data), comment lines (#) above
/// the header and empty columns at the end are skipped; so are a row of units and a nameless first column, with a note. Text is UTF-8 unless a
/// byte-order mark or its letters say otherwise.
/// </remarks>
public sealed class CsvTableReader : IDisposable
{
    /// <summary>Columns of a table.</summary>
    internal const int MaxColumns = 100_000;

    /// <summary>Characters of a cell or name; Excel's limit is half of it.</summary>
    internal const int MaxCellLength = 1 << 16;

    /// <summary>Bytes of a row; also the line breaks in its cells.</summary>
    internal const int MaxRowBytes = 1 << 24;

    private const int RowsAhead = 20;

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
    private readonly int _linesBefore;
    private readonly CellFormat _format;
    private readonly TableHeader _header;
    private readonly List<string> _notes = [];

    // Rows that were read to understand the header.
    private readonly LinkedList<TableRecord> _ahead = [];
    private bool _anyRowRead, _anyComment;

    /// <summary>Reads the header.</summary>
    /// <param name="reader">Text that starts with the header; disposed with this reader.</param>
    /// <param name="sourceName">What messages call the text, for example "standard input".</param>
    /// <param name="missing">As of <see cref="CsvTable.Read"/>.</param>
    /// <exception cref="DataException">The text is empty, or its columns have no names.</exception>
    public CsvTableReader(TextReader reader, string sourceName, IReadOnlyList<string>? missing = null)
        : this(TableSource.Of(reader), sourceName, missing)
    {
    }

    private CsvTableReader(TableSource source, string sourceName, IReadOnlyList<string>? missing)
    {
        _csv = CsvReader.Create(source.Text, s_options with { Separator = source.Separator });
        _sourceName = sourceName;
        _linesBefore = source.LinesBefore;
        try
        {
            TableRecord names = NextRecord()
                ?? throw new DataException(_sourceName, "the file is empty. The first row names the columns, each further row holds one run.");
            _format = new CellFormat(missing, decimalCommas: Separator != ',');
            List<string> notes = [.. source.Notes];
            if (source.Separator is null && Separator != ',' && names.Cells.Length > 1)
            {
                notes.Add($"columns are taken to be separated by {SeparatorName}.");
            }

            while (_ahead.Count < RowsAhead && NextRecord() is { } row)
            {
                _ahead.AddLast(row);
            }

            _header = source.Units is { } units
                ? new TableHeader(source.LabelName is null ? names.Cells : names.Cells[1..], names.Line, source.LabelName, units)
                : TableHeader.Read(names, _ahead, source.Comments, _format, notes);
            _notes.AddRange(notes.Select(note => $"{sourceName}: {note}"));
        }
        catch
        {
            _csv.Dispose();
            throw;
        }
    }

    /// <summary>Names in the header, as <see cref="CsvTable.ColumnNames"/>.</summary>
    public IReadOnlyList<string> ColumnNames => _header.Names;

    /// <summary>As <see cref="CsvTable.RowLabelName"/>.</summary>
    public string? RowLabelName => _header.LabelName;

    /// <summary>What was guessed or left out so far, a sentence each; often empty.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>The separator; output written with the same one opens in the same program. A tab where columns are separated by blanks.</summary>
    public char Separator => _csv.Separator;

    private string SeparatorName => Separator switch
    {
        '\t' => "tabs",
        ';' => "semicolons",
        _ => $"\"{Separator}\"",
    };

    /// <summary>Opens a file and reads its header.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="missing">As of <see cref="CsvTable.Read"/>.</param>
    /// <exception cref="DataException">The file is missing, is a directory, cannot be opened or is empty, or its columns have no names.</exception>
    public static CsvTableReader Open(string path, IReadOnlyList<string>? missing = null)
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
            var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 0 });
            return new CsvTableReader(TableSource.Of(file), path, missing);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException(path,
                $"the file cannot be opened ({e.Message}). Check that no other program locks it and that you may read it.",
                innerException: e);
        }
    }

    /// <summary>Reads what another format was turned into.</summary>
    internal static CsvTableReader Of(TableSource source, string sourceName, IReadOnlyList<string>? missing) => new(source, sourceName, missing);

    /// <summary>Reads the next rows, at most <paramref name="maxRows"/>; null after the last.</summary>
    /// <exception cref="DataException">
    /// Rows have more or fewer cells than the header, quotes do not match, or the table has no rows.
    /// </exception>
    public CsvTable? Read(int maxRows)
    {
        CsvTable? table = ReadWithProblems(maxRows);
        table?.Problems.ThrowIfAny();
        return table;
    }

    /// <summary>Leaves it to the caller to report <see cref="CsvTable.Problems"/>, together with others.</summary>
    internal CsvTable? ReadWithProblems(int maxRows)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        List<TableRecord> rows = [];
        TableProblems problems = new();
        bool any = false;
        while (rows.Count < maxRows && NextRow() is { } row)
        {
            any = true;
            if (Fits(row.Cells))
            {
                rows.Add(row);
            }
            else if (!row.Cells[0].StartsWith('#'))
            {
                problems.Add(() => WrongCellCount(row));
            }
            else if (!_anyComment)
            {
                _anyComment = true;
                _notes.Add($"{_sourceName}: lines that begin with # and have another number of cells than the header are left out as comments.");
            }
        }

        _anyRowRead |= any;
        if (!_anyRowRead)
            throw new DataException(_sourceName, "the file has a header but no rows. Add one row per run below the header.");
        return any ? new CsvTable(_sourceName, _header, rows, _format, [.. _notes], problems) : null;
    }

    /// <summary>Closes the file or text.</summary>
    public void Dispose() => _csv.Dispose();

    private bool Fits(string[] cells) =>
        cells.Length == _header.CellCount || (cells.Length > _header.CellCount && cells.AsSpan(_header.CellCount).IndexOfAnyExcept("") < 0);

    private TableRecord? NextRow()
    {
        if (_ahead.First is not { } first)
        {
            return NextRecord();
        }

        _ahead.RemoveFirst();
        return first.Value;
    }

    private TableRecord? NextRecord()
    {
        try
        {
            while (_csv.Read())
            {
                if (_csv.FieldCount > MaxColumns)
                {
                    throw new DataException(
                        _sourceName, $"there are {_csv.FieldCount} columns; at most {MaxColumns} are read. Leave out those that are not needed.",
                        _linesBefore + checked((int)_csv.LineNumber));
                }

                for (int field = 0; field < _csv.FieldCount; field++)
                    if (!_csv.IsEmpty(field)) return new TableRecord(RecordCells(), _linesBefore + checked((int)_csv.LineNumber));
            }
            return null;
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
                _linesBefore + checked((int)e.LineNumber), innerException: e);
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
                    $"column {field + 1} has a cell of {cells[field].Length} characters; at most {MaxCellLength} are read. Look for a quotation mark that is never closed, "
                    + "or shorten the cell.", _linesBefore + checked((int)_csv.LineNumber));
        }
        return cells;
    }

    private DataException WrongCellCount(TableRecord row)
    {
        string cells = row.Cells.Length == 1 ? "1 cell" : $"{row.Cells.Length} cells";
        string separator = Separator == '\t' ? "tab" : $"\"{Separator}\"";
        return new DataException(_sourceName,
            $"{cells}, but the header has {_header.CellCount}. "
            + $"Look for a missing or extra separator ({separator}), and quote cells that contain one.", row.Line);
    }
}
