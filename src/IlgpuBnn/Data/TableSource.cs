using System.Text;
using System.Text.Unicode;

namespace IlgpuBnn.Data;

/// <summary>The text of a table as UTF-8 from its header on, and what was found on the way there: encoding, comment lines, separator.</summary>
internal sealed class TableSource
{
    private const int HeadBytes = 1 << 16;
    private const int MaxHeadBytes = 1 << 22;
    private const int SampleLines = 20;

    private static readonly (byte[] Mark, Encoding Encoding)[] s_marks =
    [
        ([0xEF, 0xBB, 0xBF], Encoding.UTF8), ([0xFF, 0xFE, 0, 0], Encoding.UTF32), ([0xFF, 0xFE], Encoding.Unicode), ([0xFE, 0xFF], Encoding.BigEndianUnicode),
    ];

    private readonly List<string> _comments = [], _notes = [];
    private byte[] _head;
    private Stream _rest;
    private int _at;

    private TableSource(Stream stream)
    {
        _rest = stream;
        _head = ReadHead(stream, HeadBytes);
        ToUtf8();
        int comment = SkipToHeader();
        string[] sample = Sample();
        if (sample.Length > 0 && comment >= 0 && IsHeader(_comments[^1], sample[0]))
        {
            _notes.Add($"the header is taken from the comment in line {LinesBefore}, \"{ShownText.Of(_comments[^1])}\".");
            _at = comment + 1 + (_head.AsSpan(comment).IndexOfAnyExcept((byte)'#', (byte)' ', (byte)'\t') - 1);
            LinesBefore--;
            _comments.RemoveAt(_comments.Count - 1);
            sample = Sample();
        }

        Text = new JoinedStream(_head.AsMemory(_at), _rest);
        if (Separator is null && AreBlankSeparated(sample))
        {
            Separator = '\t';
            Text = new BlanksToTabs(Text);
            _notes.Add("columns are taken to be separated by blanks.");
        }
    }

    private TableSource(TextReader rows, IReadOnlyList<string> units, IReadOnlyList<string> notes, string? labelName)
    {
        (_rest, _head, Text, Separator) = (Stream.Null, [], new TextReaderStream(rows), ',');

        // So that the first row has number 1.
        LinesBefore = -1;
        (Units, LabelName) = (units, labelName);
        _notes.AddRange(notes);
    }

    /// <summary>UTF-8 that starts with the header.</summary>
    public Stream Text { get; }

    /// <summary>Null where it is still to be found.</summary>
    public char? Separator { get; private set; }

    /// <summary>Lines above the header.</summary>
    public int LinesBefore { get; private set; }

    /// <summary>Comment lines above the header, without their marks.</summary>
    public IReadOnlyList<string> Comments => _comments;

    /// <summary>[column], "" where unknown; null where they are still to be found.</summary>
    public IReadOnlyList<string>? Units { get; }

    /// <summary>Name of a first column that only labels rows; null for none, or where it is still to be found.</summary>
    public string? LabelName { get; }

    /// <summary>What was guessed, a sentence each.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <param name="stream">Disposed with <see cref="Text"/>, and here if reading fails.</param>
    public static TableSource Of(Stream stream)
    {
        try
        {
            return new TableSource(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>A table that another format was turned into.</summary>
    /// <param name="rows">A header and a line for each row, with commas between cells.</param>
    /// <param name="units">[column], "" where unknown.</param>
    /// <param name="notes">What was guessed or left out, a sentence each.</param>
    /// <param name="labelName">Name of a first column that only labels rows; null for none.</param>
    public static TableSource OfRows(TextReader rows, IReadOnlyList<string> units, IReadOnlyList<string> notes, string? labelName = null) => new(rows, units, notes, labelName);

    public static TableSource Of(TextReader reader) => Of(new TextReaderStream(reader));

    private void ToUtf8()
    {
        (byte[] mark, Encoding? encoding) = s_marks.FirstOrDefault(own => _head.AsSpan().StartsWith(own.Mark));
        if (encoding is null && !IsUtf8())
        {
            encoding = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;
            _notes.Add("the text is not UTF-8; it is read as Windows-1252 (Latin-1).");
        }

        _at = mark?.Length ?? 0;
        if (encoding is not null && encoding != Encoding.UTF8)
        {
            _rest = Encoding.CreateTranscodingStream(new JoinedStream(_head.AsMemory(_at), _rest), encoding, new UTF8Encoding(false));
            _head = ReadHead(_rest, HeadBytes);
            _at = 0;
        }
    }

    /// <summary>Looks at a whole file, but only at the beginning of what cannot be read twice.</summary>
    private bool IsUtf8()
    {
        int kept = WholeLetters(_head);
        if (!Utf8.IsValid(_head.AsSpan(0, kept)))
        {
            return false;
        }

        if (!_rest.CanSeek || _rest.Position >= _rest.Length)
        {
            return _rest.CanSeek ? kept == _head.Length : true;
        }

        long start = _rest.Position;
        var buffer = new byte[HeadBytes];
        _head.AsSpan(kept).CopyTo(buffer);
        int carried = _head.Length - kept;
        bool valid = true;
        while (valid && _rest.Read(buffer, carried, buffer.Length - carried) is > 0 and int read)
        {
            int filled = carried + read, whole = WholeLetters(buffer.AsSpan(0, filled));
            valid = Utf8.IsValid(buffer.AsSpan(0, whole));
            buffer.AsSpan(whole, carried = filled - whole).CopyTo(buffer);
        }

        _rest.Position = start;
        return valid && carried == 0;
    }

    /// <summary>Bytes before a letter that is cut off at the end.</summary>
    private static int WholeLetters(ReadOnlySpan<byte> bytes)
    {
        for (int back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            byte last = bytes[^back];
            if (last < 0x80)
            {
                break;
            }

            if (last >= 0xC0)
            {
                int length = last >= 0xF0 ? 4 : last >= 0xE0 ? 3 : 2;
                return length > back ? bytes.Length - back : bytes.Length;
            }
        }

        return bytes.Length;
    }

    /// <summary>Passes over empty lines, a line "sep=;" and comment lines.</summary>
    /// <returns>Where the comment right above the header starts; -1 for none.</returns>
    private int SkipToHeader()
    {
        int comment = -1;
        while (true)
        {
            if (!TryLine(_at, out int end, out int next))
            {
                if (_head.Length < MaxHeadBytes && ReadMore())
                {
                    continue;
                }

                return comment;
            }

            string line = Encoding.UTF8.GetString(_head, _at, end - _at).Trim();
            if (line.StartsWith('#'))
            {
                comment = _at + _head.AsSpan(_at).IndexOf((byte)'#');
                _comments.Add(line.TrimStart('#').Trim());
            }
            else if (LinesBefore == 0 && line.Length == 5 && line.StartsWith("sep=", StringComparison.OrdinalIgnoreCase))
            {
                Separator = line[4];
            }
            else if (line.Length > 0)
            {
                return comment;
            }
            else
            {
                comment = -1;
            }

            (_at, LinesBefore) = (next, LinesBefore + 1);
        }
    }

    private bool TryLine(int start, out int end, out int next)
    {
        int length = _head.AsSpan(start).IndexOfAny((byte)'\n', (byte)'\r');
        end = next = start + length;
        if (length < 0)
        {
            return false;
        }

        next += _head[end] == '\r' && end + 1 < _head.Length && _head[end + 1] == '\n' ? 2 : 1;
        return true;
    }

    private bool ReadMore()
    {
        byte[] more = ReadHead(_rest, _head.Length);
        _head = [.. _head, .. more];
        return more.Length > 0;
    }

    /// <summary>The header and the lines below it, as far as they were read already.</summary>
    private string[] Sample()
    {
        List<string> lines = [];
        int at = _at;
        while (lines.Count < SampleLines && TryLine(at, out int end, out int next))
        {
            lines.Add(Encoding.UTF8.GetString(_head, at, end - at).Trim());
            at = next;
        }

        // The last line may lack its end, and may be cut off.
        if (lines.Count < SampleLines && at < _head.Length && _head.Length < HeadBytes)
        {
            lines.Add(Encoding.UTF8.GetString(_head, at, _head.Length - at).Trim());
        }

        return [.. lines.Where(line => line.Length > 0)];
    }

    /// <summary>Whether a comment names the columns of the row below it, as NumPy writes it.</summary>
    private static bool IsHeader(string comment, string row)
    {
        char separator = ",;\t|".MaxBy(mark => row.Count(letter => letter == mark));
        string[] names = Split(comment, separator), cells = Split(row, separator);
        return names.Length == cells.Length && names.Length > 1 && !Array.Exists(names, IsNumber) && Array.Exists(cells, IsNumber)
            && names.All(name => name.Length > 0);

        static string[] Split(string line, char separator) =>
            line.Contains(separator) ? line.Split(separator, StringSplitOptions.TrimEntries) : [.. BlanksToTabs.Words(line)];

        static bool IsNumber(string cell) => CellFormat.Plain.Read(cell, out _) is CellKind.Number or CellKind.CommaNumber;
    }

    private static bool AreBlankSeparated(string[] lines)
    {
        if (lines.Length < 2 || BlanksToTabs.Words(lines[0], out bool separators).Count is var columns && (separators || columns < 2))
        {
            return false;
        }

        // R's row names have no header.
        int alike = lines.Skip(1).Count(line => BlanksToTabs.Words(line).Count is var words && (words == columns || words == columns + 1));
        return 2 * alike >= lines.Length - 1;
    }

    private static byte[] ReadHead(Stream stream, int count)
    {
        var bytes = new byte[count];
        int read = stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false);
        return read == count ? bytes : bytes[..read];
    }
}
