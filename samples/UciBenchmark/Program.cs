using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Samples;
using UciBenchmark;

const string Ours = "ours", LiuWang = "liu-wang";

var data = new Option<string>("--data") { Description = "Folder of sets: NAME.csv, target last, with NAME.splits.txt beside it.", Required = true, HelpName = "DIR" };
var sets = new Option<string[]>("--sets")
{
    Description = "Which sets, with commas between them. Without it: all that the folder holds.",
    CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(','))],
    HelpName = "a,b",
};
var protocol = new Option<string>("--protocol")
{
    Description = "The library's defaults, the same for every set; or the settings of Liu and Wang's code.",
    DefaultValueFactory = _ => Ours,
    HelpName = $"{LiuWang}|{Ours}",
};
protocol.AcceptOnlyFromAmong(Ours, LiuWang);
var variant = new Option<string>("--variant")
{
    Description = $"With {Ours}: one thing changed, to see what it is worth.",
    DefaultValueFactory = _ => Variants.Defaults,
    HelpName = "name",
};
variant.AcceptOnlyFromAmong([.. Variants.Names]);
var iterations = new Option<int>("--iterations") { Description = $"With {LiuWang}.", DefaultValueFactory = _ => 2000, HelpName = "n" };
var splits = new Option<int>("--splits") { Description = "Most splits of each set. Without it: all.", DefaultValueFactory = _ => int.MaxValue, HelpName = "n" };
var json = new Option<string?>("--json") { Description = "Write the figures to this file too.", HelpName = "OUT" };
foreach (Option<int> option in new[] { iterations, splits })
{
    option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() < 1)
        {
            result.AddError($"{option.Name} must be at least 1.");
        }
    });
}

var root = new RootCommand("Scores on sets of the UCI regression benchmark: mean and standard error over splits, beside published figures.")
{
    data, sets, protocol, variant, iterations, splits, json,
};
root.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(data), name = parse.GetRequiredValue(protocol);
    string[] found = BenchmarkSet.Find(folder);
    string[] wanted = parse.GetValue(sets) is { Length: > 0 } given ? given : found;
    if (wanted.FirstOrDefault(set => !found.Contains(set)) is { } unknown)
    {
        throw new DataException(folder, $"there is no set \"{unknown}\" in it; there are {string.Join(", ", found)}.");
    }

    Protocol run = name == LiuWang ? Protocols.LiuWang(parse.GetValue(iterations)) : Protocols.Ours(parse.GetRequiredValue(variant));
    var results = new List<SetResult>();
    foreach (string set in wanted)
    {
        BenchmarkSet read = BenchmarkSet.Read(folder, set);
        results.Add(Benchmark.Run(read, Math.Min(read.TestRows.Count, parse.GetValue(splits)), run));
        Benchmark.Print(results[^1], Console.Out);
    }

    if (parse.GetValue(json) is { } path)
    {
        Benchmark.WriteJson(path, name, results);
    }
});
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (AggregateException exception) when (exception.InnerException is DataException or ArgumentException)
{
    Console.Error.WriteLine(exception.InnerException.Message);
    return 1;
}
catch (Exception exception) when (exception is DataException or ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
