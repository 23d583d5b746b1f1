using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Samples;
using UciBenchmark;

const string Ours = "ours", LiuWang = "liu-wang";

var data = new Option<string>("--data") { Description = "Folder of sets: NAME.csv, with the target last, and NAME.splits.txt.", Required = true, HelpName = "DIR" };
var sets = new Option<string[]>("--sets")
{
    Description = "Names of sets, separated by commas. Default: all in the folder.",
    CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(','))],
    HelpName = "a,b",
};
var protocol = new Option<string>("--protocol")
{
    Description = "The library's defaults, or the settings of Liu and Wang's code.",
    DefaultValueFactory = _ => Ours,
    HelpName = $"{LiuWang}|{Ours}",
};
protocol.AcceptOnlyFromAmong(Ours, LiuWang);
var variant = new Option<string>("--variant")
{
    Description = $"With {Ours}: one change to the defaults.",
    DefaultValueFactory = _ => Variants.Defaults,
    HelpName = "name",
};
variant.AcceptOnlyFromAmong([.. Variants.Names]);
var iterations = new Option<int>("--iterations") { Description = $"With {LiuWang}: number of iterations.", DefaultValueFactory = _ => 2000, HelpName = "n" };
var splits = new Option<int>("--splits") { Description = "Maximum number of splits per set. Default: all.", DefaultValueFactory = _ => int.MaxValue, HelpName = "n" };
var json = new Option<string?>("--json") { Description = "Write the scores to this file too.", HelpName = "OUT" };
iterations.AtLeast(1);
splits.AtLeast(1);

var root = new RootCommand("Scores on sets of the UCI regression benchmark: mean and standard error over splits, beside published values.")
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
        throw new DataException(folder, $"there is no set \"{unknown}\". Choose among {string.Join(", ", found)}.");
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
catch (Exception exception) when (exception.GetBaseException() is DataException or ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.GetBaseException().Message);
    return 1;
}
