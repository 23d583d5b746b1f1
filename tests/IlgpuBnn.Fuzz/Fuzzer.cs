namespace IlgpuBnn.Fuzz;

/// <summary>What a run found.</summary>
/// <param name="Read">Cases that were read.</param>
/// <param name="Refused">Cases that were refused as the contract says.</param>
/// <param name="Messages">Kinds of their messages, with how often each came.</param>
/// <param name="Faults">What went against it; the first of each kind keeps its file.</param>
internal sealed record FuzzResult(int Read, int Refused, IReadOnlyDictionary<string, int> Messages, IReadOnlyList<string> Faults);

/// <summary>Reads mutated files, each under a guard of time and memory.</summary>
/// <param name="folder">Where the case at hand lies (a crash leaves it there), and files of faults.</param>
/// <param name="limit">Of the processor time of one case, which other programs do not lengthen.</param>
internal sealed class Fuzzer(string folder, TimeSpan limit)
{
    private readonly HashSet<string> _kinds = [];
    private readonly List<string> _faults = [];

    public FuzzResult Run(FuzzTarget target, int count, int seed)
    {
        int read = 0, refused = 0;
        var messages = new Dictionary<string, int>();
        string path = Path.Combine(folder, target.Name + target.Extension);

        // Compiles, so that the first case is not slow.
        File.WriteAllBytes(path, target.Seeds[0]);
        target.Read(path);
        for (int k = 0; k < count; k++)
        {
            byte[] file = target.Case(new Random(HashCode(seed, k)));
            File.WriteAllBytes(path, file);
            Outcome outcome = Guarded(target, path);
            if (outcome.Elapsed > limit && !outcome.Hangs)
            {
                // The first time may have compiled code, or collected what earlier cases left.
                outcome = Guarded(target, path);
            }

            if (outcome.Fault(target, file.Length, limit) is { } fault)
            {
                Keep(target, path, k, fault);
            }

            (read, refused) = outcome.Message is null ? (read + 1, refused) : (read, refused + 1);
            if (outcome.Message is { } message)
            {
                string kind = KindOf(message.Replace(path, "", StringComparison.Ordinal));
                messages[kind] = messages.GetValueOrDefault(kind) + 1;
            }
        }

        File.Delete(path);
        return new FuzzResult(read, refused, messages, [.. _faults]);
    }

    // Not .NET's, which differs from run to run.
    private static int HashCode(int seed, int k) => unchecked((seed * 486187739) + (k * 16777619));

    private Outcome Guarded(FuzzTarget target, string path)
    {
        Outcome? outcome = null;
        var thread = new Thread(() => outcome = Outcome.Of(target, path));
        thread.IsBackground = true;
        thread.Start();

        // A case that hangs stays behind.
        return thread.Join(20 * limit) ? outcome! : new Outcome { Elapsed = 20 * limit, Hangs = true };
    }

    private void Keep(FuzzTarget target, string path, int k, string fault)
    {
        if (_kinds.Add(target.Name + KindOf(fault.Split('\n')[0])))
        {
            string kept = Path.Combine(folder, $"{target.Name}-{k}.bin");
            File.Copy(path, kept, overwrite: true);
            _faults.Add($"{target.Name}, case {k} ({kept}): {fault}");
        }
    }

    // All but its numbers.
    private static string KindOf(string message) => string.Concat(message.Where(letter => !char.IsDigit(letter)).Take(60));
}
