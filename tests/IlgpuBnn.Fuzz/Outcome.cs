namespace IlgpuBnn.Fuzz;

/// <summary>What came of a case.</summary>
internal sealed class Outcome
{
    // Of a small file: the options of JSON, a device's workspace, messages.
    private const long BaseBytes = 16 << 20;

    // Of everything allocated on the way: a cell of one letter costs a string and its place, more than once.
    private const long BytesPerByte = 256;

    public string? Message { get; private set; }

    public Exception? Exception { get; private set; }

    public TimeSpan Elapsed { get; set; }

    public bool Hangs { get; init; }

    public long Bytes { get; private set; }

    private string[] Lines => Message!.Split(Environment.NewLine);

    /// <summary>Reads a case on this thread.</summary>
    public static Outcome Of(FuzzTarget target, string path)
    {
        var outcome = new Outcome();
        long before = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan started = Environment.CpuUsage.TotalTime;
        try
        {
            outcome.Message = target.Read(path);
        }
        catch (Exception exception)
        {
            outcome.Exception = exception;
        }

        (outcome.Elapsed, outcome.Bytes) = (Environment.CpuUsage.TotalTime - started, GC.GetAllocatedBytesForCurrentThread() - before);
        return outcome;
    }

    /// <summary>What goes against the contract; null for nothing.</summary>
    /// <param name="length">Of the file.</param>
    /// <param name="limit">Of processor time.</param>
    public string? Fault(FuzzTarget target, int length, TimeSpan limit) =>
        Exception is not null ? $"{Exception}"
        : Elapsed > limit ? $"took {Elapsed.TotalSeconds:F1} s"
        : Bytes > BaseBytes + (BytesPerByte * length) && target.LimitsMemory ? $"allocated {Bytes} bytes for a file of {length}"
        : Message is null ? null
        : Lines.Length > target.MaxLines ? $"a message of {Lines.Length} lines: {Message[..200]}"
        : Lines.FirstOrDefault(line => line.Length > target.MaxMessage) is { } line ? $"a message of {line.Length} characters: {line[..200]}"
        : string.Concat(Lines).Any(letter => char.IsControl(letter) || letter is >= '\u2028' and <= '\u202e') ? $"a message with control characters: {Uri.EscapeDataString(Message)}"
        : null;
}
