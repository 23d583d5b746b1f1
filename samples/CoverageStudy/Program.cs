using System.CommandLine;
using CoverageStudy;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Samples;

const int FewestRows = 3;

Option<int[]> rows = SampleCommand.Wholes("--rows", "Numbers of training rows, with commas between them.", "50,300");
rows.DefaultValueFactory = _ => [50, 300];
var seeds = new Option<int>("--seeds") { Description = "Tables of each family and size, and a training of each.", DefaultValueFactory = _ => 5, HelpName = "n" };
Option<string[]> family = SampleCommand.Names("--family", $"Which families, with commas between them. Without it: all, {string.Join(", ", Families.All.Select(known => known.Name))}.", "name,...");
var threads = new Option<int>("--threads")
{
    Description = "Trainings at a time, each on one thread. Without it: as many as there are processors.",
    DefaultValueFactory = _ => Environment.ProcessorCount,
    HelpName = "n",
};
rows.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int[]>().Any(size => size < FewestRows))
    {
        result.AddError($"--rows must be whole numbers of at least {FewestRows}.");
    }
});
family.Validators.Add(result =>
{
    string[] unknown = [.. (result.GetValueOrDefault<string[]>() ?? []).Except(Families.All.Select(known => known.Name))];
    if (unknown.Length > 0)
    {
        result.AddError($"There is no family {string.Join(", ", unknown)}; --help names all.");
    }
});
seeds.AtLeast(1);
threads.AtLeast(1);

var root = new RootCommand("Do 95 % and 50 % intervals hold what they say, on tables of many kinds that nobody tuned for?") { rows, seeds, family, threads };
root.SetAction(parse =>
{
    string[] wanted = parse.GetValue(family) ?? [];
    Console.WriteLine($"Seeds: {parse.GetValue(seeds)}, of {Family.TestRows} test rows each");
    Console.WriteLine();
    Report.Write(
        Study.Run(
            Families.All.Where(known => wanted.Length == 0 || wanted.Contains(known.Name)), parse.GetRequiredValue(rows), parse.GetValue(seeds),
            parse.GetValue(threads)),
        Console.Out);
});
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (AggregateException exception) when (exception.InnerException is DataException or DeviceException or ArgumentException)
{
    Console.Error.WriteLine(exception.InnerException.Message);
    return 1;
}
