using System.Text;

namespace IlgpuBnn.Data;

/// <summary>A stream that is only read, from its beginning to its end.</summary>
internal abstract class ForwardStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public abstract override int Read(Span<byte> buffer);

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

/// <summary>Bytes that were read already, then the rest of their stream.</summary>
internal sealed class JoinedStream(ReadOnlyMemory<byte> first, Stream rest) : ForwardStream
{
    private ReadOnlyMemory<byte> _first = first;

    public override int Read(Span<byte> buffer)
    {
        if (_first.IsEmpty)
        {
            return rest.Read(buffer);
        }

        int count = Math.Min(buffer.Length, _first.Length);
        _first.Span[..count].CopyTo(buffer);
        _first = _first[count..];
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            rest.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Text as UTF-8.</summary>
internal sealed class TextReaderStream(TextReader reader) : ForwardStream
{
    private readonly Encoder _encoder = new UTF8Encoding(false).GetEncoder();
    private readonly char[] _letters = new char[1 << 13];
    private readonly byte[] _bytes = new byte[(1 << 13) * 3 + 3];
    private int _at, _end;

    public override int Read(Span<byte> buffer)
    {
        while (_at == _end)
        {
            int letters = reader.Read(_letters);
            (_at, _end) = (0, _encoder.GetBytes(_letters.AsSpan(0, letters), _bytes, flush: letters == 0));
            if (letters == 0 && _end == 0)
            {
                return 0;
            }
        }

        int count = Math.Min(buffer.Length, _end - _at);
        _bytes.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            reader.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Columns that are separated by one or more blanks, as tables of Fortran programs are, separated by one tab each.</summary>
/// <remarks>Lines stay lines. Blanks inside quotation marks are kept.</remarks>
internal sealed class BlanksToTabs(Stream text) : ForwardStream
{
    private readonly byte[] _bytes = new byte[1 << 14];

    // A byte becomes one or, behind blanks, two.
    private readonly byte[] _squeezed = new byte[1 << 15];
    private int _at, _end;
    private bool _quoted, _blank, _lineBegins = true;

    public override int Read(Span<byte> buffer)
    {
        while (_at == _end)
        {
            int read = text.Read(_bytes);
            if (read == 0)
            {
                return 0;
            }

            (_at, _end) = (0, Squeeze(_bytes.AsSpan(0, read)));
        }

        int count = Math.Min(buffer.Length, _end - _at);
        _squeezed.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    /// <summary>A line's words; those in quotation marks may have blanks.</summary>
    public static List<string> Words(string line) => Words(line, out _);

    /// <param name="separators">Whether there are other separators outside of quotation marks.</param>
    public static List<string> Words(string line, out bool separators)
    {
        List<string> words = [];
        separators = false;
        bool quoted = false;
        int start = -1;
        for (int i = 0; i < line.Length; i++)
        {
            quoted ^= line[i] == '"';
            separators |= !quoted && line[i] is ',' or ';' or '\t' or '|';
            bool blank = !quoted && line[i] is ' ' or '\t';
            if (blank && start >= 0)
            {
                words.Add(line[start..i]);
            }

            start = blank ? -1 : start < 0 ? i : start;
        }

        if (start >= 0)
        {
            words.Add(line[start..]);
        }

        return words;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            text.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Squeeze(ReadOnlySpan<byte> bytes)
    {
        int written = 0;
        foreach (byte letter in bytes)
        {
            if (letter is (byte)' ' or (byte)'\t' && !_quoted)
            {
                _blank = true;
                continue;
            }

            bool ends = letter is (byte)'\n' or (byte)'\r' && !_quoted;
            if (_blank && !_lineBegins && !ends)
            {
                _squeezed[written++] = (byte)'\t';
            }

            _quoted ^= letter == (byte)'"';
            (_blank, _lineBegins) = (false, ends);
            _squeezed[written++] = letter;
        }

        return written;
    }
}
