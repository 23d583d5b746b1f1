using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Samples;
using UciBenchmark;

const string Ours = "ours", LiuWang = "liu-wang";
const int DrawnSplits = 20;

var data = new Option<string>("--data")
{
    Description = "Folder of sets: NAME.csv, with the target last, and NAME.splits.txt. Or any table, F.csv.",
    Required = true,
    HelpName = "DIR|F.csv",
};
Option<string[]> targets = SampleCommand.Names("--targets", "Of a table: names of the targets, separated by commas, or patterns as of \"ilgpubnn train\". Default: the last column.");
Option<string[]> exclude = SampleCommand.Names("--exclude", "Of a table: columns that are neither targets nor inputs, separated by commas.");
Option<string[]> sets = SampleCommand.Names("--sets", "Names of sets, separated by commas. Default: all in the folder.");
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
var splits = new Option<int?>("--splits")
{
    Description = $"Number of splits. Default: of a set all; of a table {DrawnSplits}, of which each draws a tenth of the rows as test rows.",
    HelpName = "n",
};
var json = new Option<string?>("--json") { Description = "Write the scores to this file too.", HelpName = "OUT" };
iterations.AtLeast(1);
splits.AtLeast(1);

var root = new RootCommand("Scores on sets of the UCI regression benchmark: mean and standard error over splits, beside published values.")
{
    data, targets, exclude, sets, protocol, variant, iterations, splits, json,
};
root.SetAction(parse =>
{
    string source = parse.GetRequiredValue(data), name = parse.GetRequiredValue(protocol);
    Protocol run = name == LiuWang ? Protocols.LiuWang(parse.GetValue(iterations)) : Protocols.Ours(parse.GetRequiredValue(variant));
    int? most = parse.GetValue(splits);
    string[] targetNames = parse.GetValue(targets) ?? [], excluded = parse.GetValue(exclude) ?? [], setNames = parse.GetValue(sets) ?? [];
    bool isTable = File.Exists(source);
    if (isTable ? setNames.Length > 0 : targetNames.Length + excluded.Length > 0)
    {
        throw new ArgumentException(isTable ? "--sets is for a folder of sets, and --data is a table." : "--targets and --exclude are for a table, and --data is a folder of sets.");
    }

    var results = new List<SetResult>();
    foreach (BenchmarkSet set in isTable ? [BenchmarkSet.Read(source, targetNames, excluded, most ?? DrawnSplits)] : Sets(source, setNames))
    {
        foreach (SetResult result in Benchmark.Run(set, Math.Min(set.TestRows.Count, most ?? int.MaxValue), run))
        {
            Benchmark.Print(result, Console.Out);
            results.Add(result);
        }
    }

    if (parse.GetValue(json) is { } path)
    {
        Benchmark.WriteJson(path, name, results);
    }
});
return root.Run(args, exception => exception is DataException or ArgumentException or IOException or UnauthorizedAccessException);

// Each set is read when its turn comes; names are checked at once.
static IEnumerable<BenchmarkSet> Sets(string folder, string[] given)
{
    string[] found = BenchmarkSet.Find(folder), wanted = given.Length > 0 ? given : found;
    return wanted.FirstOrDefault(set => !found.Contains(set)) is { } unknown
        ? throw new DataException(folder, $"there is no set \"{unknown}\". Choose among {string.Join(", ", found)}.")
        : wanted.Select(set => BenchmarkSet.Read(folder, set));
}
