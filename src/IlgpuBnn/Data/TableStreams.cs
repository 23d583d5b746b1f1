using System.Text;

namespace IlgpuBnn.Data;

/// <summary>A stream that is only read, from its beginning to its end.</summary>
/// <param name="source">What it reads from, disposed with it.</param>
internal abstract class ForwardStream(IDisposable source) : Stream
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

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>A stream whose bytes are made a buffer at a time.</summary>
/// <param name="source">As in <see cref="ForwardStream"/>.</param>
/// <param name="size">Bytes that are made at most at a time.</param>
internal abstract class RefilledStream(IDisposable source, int size) : ForwardStream(source)
{
    private readonly byte[] _bytes = new byte[size];
    private int _at, _end;

    public override int Read(Span<byte> buffer)
    {
        while (_at == _end)
        {
            _at = 0;
            if (!TryRefill(_bytes, out _end))
            {
                return 0;
            }
        }

        int count = Math.Min(buffer.Length, _end - _at);
        _bytes.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    /// <param name="count">Bytes made; may be 0 before the end.</param>
    /// <returns>False at the end.</returns>
    protected abstract bool TryRefill(byte[] bytes, out int count);
}

/// <summary>Bytes that were read already, then the rest of their stream.</summary>
internal sealed class JoinedStream(ReadOnlyMemory<byte> first, Stream rest) : ForwardStream(rest)
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
}

/// <summary>Text as UTF-8.</summary>
internal sealed class TextReaderStream(TextReader reader) : RefilledStream(reader, (3 * Letters) + 3)
{
    private const int Letters = 1 << 13;

    private readonly Encoder _encoder = new UTF8Encoding(false).GetEncoder();
    private readonly char[] _letters = new char[Letters];

    protected override bool TryRefill(byte[] bytes, out int count)
    {
        int letters = reader.Read(_letters);
        count = _encoder.GetBytes(_letters.AsSpan(0, letters), bytes, flush: letters == 0);
        return letters > 0 || count > 0;
    }
}

/// <summary>Columns that are separated by one or more blanks, as tables of Fortran programs are, separated by one tab each.</summary>
/// <remarks>Lines stay lines. Blanks inside quotation marks are kept.</remarks>
internal sealed class BlanksToTabs(Stream text) : RefilledStream(text, 2 * Bytes)
{
    // Each becomes one or, behind blanks, two.
    private const int Bytes = 1 << 14;

    private readonly byte[] _bytes = new byte[Bytes];
    private bool _quoted, _blank, _lineBegins = true;

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

    protected override bool TryRefill(byte[] bytes, out int count)
    {
        int read = text.Read(_bytes);
        count = Squeeze(_bytes.AsSpan(0, read), bytes);
        return read > 0;
    }

    private int Squeeze(ReadOnlySpan<byte> bytes, Span<byte> squeezed)
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
                squeezed[written++] = (byte)'\t';
            }

            _quoted ^= letter == (byte)'"';
            (_blank, _lineBegins) = (false, ends);
            squeezed[written++] = letter;
        }

        return written;
    }
}
