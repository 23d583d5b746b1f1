using System.Globalization;
using IlgpuBnn.Fuzz;

// Cases of each kind and a seed, --messages to list kinds of messages; or a step of a run under afl-fuzz.
Dictionary<string, Func<FuzzTarget>> targets = new()
{
    ["models"] = () => new ModelFiles(),
    ["checkpoints"] = () => new CheckpointFiles(),
    ["shards"] = () => new ShardFiles(),
    ["tables"] = () => new Tables(),
    ["netcdf"] = () => new ArrayFiles("netcdf", "member", "runs-classic.nc", "runs-64bit-offset.nc", "runs-cdf5.nc", "one-record.nc"),
    ["npy"] = () => new ArrayFiles("npy", null, "runs.npy", "records.npy"),
    ["npz"] = () => new ArrayFiles("npz", null, "runs.npz"),
    ["hdf5"] = () => new ArrayFiles("hdf5", null, "plain.h5", "runs-by-number.nc", "runs-netcdf4-classic.nc"),
};
switch (args)
{
    case ["seeds", var name, var folder]:
        Guided.WriteSeeds(targets[name](), folder);
        return 0;
    case ["afl", var name]:
        Guided.Run(targets[name]);
        return 0;
    case ["replay", var name, .. var files]:
        return Guided.Replay(targets[name](), files) ? 0 : 1;
    default:
        return Mutate() ? 0 : 1;
}

bool Mutate()
{
    int count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
    int seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
    string folder = Directory.CreateTempSubdirectory("ilgpubnn-fuzz").FullName;
    Console.WriteLine($"{count} mutations of each kind, seed {seed}; files of faults, and of a crash, in {folder}.");
    bool sound = true;
    foreach (FuzzTarget target in targets.Values.Select(make => make()))
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

    return sound;
}
