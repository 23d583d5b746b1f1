using System.Globalization;
using IlgpuBnn.Fuzz;

// Arguments: cases of each kind, seed, --messages to list kinds of messages.
int count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
int seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
string folder = Directory.CreateTempSubdirectory("ilgpubnn-fuzz").FullName;
Console.WriteLine($"{count} mutations of each kind, seed {seed}; files of faults, and of a crash, in {folder}.");
bool sound = true;
foreach (FuzzTarget target in new FuzzTarget[] { new ModelFiles(), new CheckpointFiles(), new ShardFiles(), new Tables() })
{
    FuzzResult result = new Fuzzer(folder, TimeSpan.FromSeconds(1)).Run(target, count, seed);
    Console.WriteLine($"{target.Name}: {result.Read} read, {result.Refused} refused, {result.Faults.Count} kinds of faults.");
    if (args.Contains("--messages"))
    {
        foreach ((string kind, int times) in result.Messages.OrderByDescending(own => own.Value))
        {
            Console.WriteLine($"{times,6} {kind}");
        }
    }

    foreach (string fault in result.Faults)
    {
        Console.WriteLine(fault);
    }

    sound &= result.Faults.Count == 0;
}

return sound ? 0 : 1;
