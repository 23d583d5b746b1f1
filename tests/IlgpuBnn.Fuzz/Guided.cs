namespace IlgpuBnn.Fuzz;

/// <summary>The steps of a run under afl-fuzz, which changes bytes and keeps what reaches new code.</summary>
internal static class Guided
{
    // afl-fuzz has limits of its own.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    public static void WriteSeeds(FuzzTarget target, string folder)
    {
        foreach ((int k, byte[] seed) in target.Seeds.Index())
        {
            File.WriteAllBytes(Path.Combine(folder, $"seed-{k}"), seed);
        }
    }

    /// <summary>Reads case after case as afl-fuzz hands them over; what goes against the contract is a crash to it.</summary>
    /// <param name="make">Called when instrumented code may run.</param>
    public static void Run(Func<FuzzTarget> make)
    {
        FuzzTarget? target = null;
        SharpFuzz.Fuzzer.Run(stream =>
        {
            target ??= make();
            string path = Path.Combine(Path.GetTempPath(), $"{target.Name}-{Environment.ProcessId}{target.Extension}");
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            File.WriteAllBytes(path, copy.ToArray());
            if (Outcome.Of(target, path).Fault(target, (int)copy.Length, _limit) is { } fault)
            {
                throw new InvalidOperationException(fault);
            }
        });
    }

    /// <summary>Says of each file what is wrong with it.</summary>
    /// <returns>Whether nothing is.</returns>
    public static bool Replay(FuzzTarget target, IEnumerable<string> files)
    {
        bool sound = true;
        foreach (string file in files)
        {
            string path = Path.Combine(Path.GetTempPath(), $"{target.Name}-{Environment.ProcessId}{target.Extension}");
            File.Copy(file, path, overwrite: true);
            string? fault = Outcome.Of(target, path).Fault(target, (int)new FileInfo(path).Length, _limit);
            File.Delete(path);
            Console.WriteLine($"{file}: {fault ?? "sound"}");
            sound &= fault is null;
        }

        return sound;
    }
}
