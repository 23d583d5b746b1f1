namespace IlgpuBnn.Fuzz;

/// <summary>Changes of bytes that know no format.</summary>
internal static class ByteMutations
{
    // What parsers of text and of lengths trip over.
    private static readonly byte[] _awkward = [0, 1, 0x1b, 0x7f, 0x80, 0xff, (byte)'"', (byte)',', (byte)'\n', (byte)'\r', (byte)'\\', (byte)'{', (byte)'}', (byte)'-', (byte)'9', (byte)'e'];

    public static byte[] Apply(byte[] file, Random random)
    {
        int at = random.Next(file.Length + 1), count = Math.Min(random.Next(1, random.Next(10) == 0 ? 4096 : 16), file.Length - at);
        byte[] piece = file[at..(at + count)];
        return random.Next(7) switch
        {
            0 => [.. file[..at], .. piece.Select(own => (byte)(own ^ (1 << random.Next(8)))), .. file[(at + count)..]],
            1 => [.. file[..at], .. piece.Select(_ => _awkward[random.Next(_awkward.Length)]), .. file[(at + count)..]],
            2 => [.. file[..at], .. piece.Select(_ => (byte)random.Next(256)), .. file[(at + count)..]],
            3 => [.. file[..at], .. file[(at + count)..]],
            4 => [.. file[..at], .. piece, .. file[at..]],
            5 => [.. file[..at], _awkward[random.Next(_awkward.Length)], .. file[at..]],
            _ => file[..at],
        };
    }
}
