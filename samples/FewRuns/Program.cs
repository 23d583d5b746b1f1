using System.CommandLine;
using FewRuns;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Priors;
using IlgpuBnn.Samples;
using MathNet.Numerics.Statistics;

const int OwnInputs = 8, OwnTestRows = 100;

var data = new Option<string?>("--data") { Description = "CSV file of runs. Default: 1000 runs of a simplified land model.", HelpName = "F.csv" };
var inputs = new Option<int>("--inputs") { Description = "Number of leading columns that are inputs.", DefaultValueFactory = _ => OwnInputs, HelpName = "n" };
Option<string[]> targets = SampleCommand.Names("--targets", "Names of the targets, separated by commas, or patterns as of \"ilgpubnn train\". Default: all other columns.");
var fold = new Option<string?>("--fold-column") { Description = "Column that is 0 or \"test\" for test rows. Default: the last 100 rows are the test rows.", HelpName = "name" };
Option<int[]> sizes = SampleCommand.Wholes("--sizes", "Numbers of training rows, separated by commas. Default: 10 to 500; with --fold-column, all.", "30,50,...");
var seeds = new Option<int>("--seeds") { Description = "Random draws of training rows per size, one training each.", DefaultValueFactory = _ => 20, HelpName = "n" };
var variant = new Option<string>("--variant")
{
    Description = "The library's defaults, or one change to them.",
    DefaultValueFactory = _ => Variants.Defaults,
    HelpName = "name",
};
var perTarget = new Option<bool>("--per-target") { Description = "Print the scores of every target too." };
Option<string[]> leftOut = SampleCommand.Names("--left-out", "Inputs, separated by commas: train on rows above the lowest fifth of each in turn, and score below it, too.");
var known = new Option<bool>("--known") { Description = "With --left-out: with and without constraints that are true of the land model, on 10, 20 and 50 rows." };
var margin = new Option<double>("--margin") { Description = "Of constraints: how far they reach beyond the rows, in ranges of an input.", DefaultValueFactory = _ => 0.25, HelpName = "x" };
var tolerance = new Option<double>("--tolerance") { Description = "Of constraints, in standard deviations.", DefaultValueFactory = _ => new ConstraintPrior([]).Tolerance, HelpName = "x" };
variant.AcceptOnlyFromAmong([.. Variants.Names]);
seeds.AtLeast(1);

var root = new RootCommand("Accuracy and calibration of surrogates trained on few runs: medians over targets, then over seeds.")
{
    data, inputs, targets, fold, sizes, seeds, variant, perTarget, leftOut, known, margin, tolerance,
};
root.SetAction(parse =>
{
    CsvTable table = CsvTable.Read(parse.GetValue(data) ?? Path.Combine(AppContext.BaseDirectory, "data", "selm-usmoz.csv"));
    string? foldName = parse.GetValue(fold);
    string[] columns = [.. table.ColumnNames.Where(name => name != foldName)];
    int inputCount = parse.GetValue(inputs);
    if (inputCount < 1 || inputCount >= columns.Length)
    {
        throw new DataException(table.SourceName, $"there are {columns.Length} columns; --inputs is {inputCount}. It must be at least 1 and leave a target.");
    }

    Dataset all = Dataset.FromTable(
        table, parse.GetValue(known) ? KnownStudy.Targets : parse.GetValue(targets) is { Length: > 0 } names ? names : columns[inputCount..], columns[..inputCount]);
    Func<int, bool> isTest = foldName is null ? row => row >= all.RowCount - OwnTestRows : IsTest(table, foldName);
    int[] given = parse.GetValue(sizes) ?? [];
    string[] inputsLeftOut = parse.GetValue(leftOut) ?? [];
    if (parse.GetValue(known) && inputsLeftOut.Length == 0)
    {
        throw new ArgumentException("--known needs --left-out: say of which input the lowest fifth is left out.");
    }

    // All at once: a wrong name is told before the first training.
    foreach (LeftOut rows in inputsLeftOut.Select(input => LeftOut.Of(all, isTest, input)).ToArray())
    {
        if (parse.GetValue(known))
        {
            KnownStudy.Run(rows, given.Length > 0 ? given : [10, 20, 50], parse.GetValue(seeds), parse.GetValue(margin), parse.GetValue(tolerance));
        }
        else
        {
            Print(rows.ToString(), rows.Pool, [("within", rows.Within), ("below", rows.Below)]);
        }
    }

    if (inputsLeftOut.Length == 0)
    {
        Dataset Rows(bool test) => all.SelectRows([.. Enumerable.Range(0, all.RowCount).Where(row => isTest(row) == test)]);
        Dataset test = Rows(true);
        Print($"{all.SourceName}: {inputCount} inputs, {test.TargetCount} targets, {test.RowCount} test rows", Rows(false), [("", test)]);
    }

    void Print(string what, Dataset pool, (string Name, Dataset Rows)[] tests)
    {
        int[] wanted = given.Length > 0 ? given : foldName is null ? [10, 30, 50, 100, 300, 500] : [pool.RowCount];
        if (wanted.Any(size => size < 3 || size > pool.RowCount))
        {
            throw new DataException(table.SourceName, $"--sizes must lie between 3 and {pool.RowCount}, the number of rows that are not test rows.");
        }

        var study = new Study(pool, [.. tests.Select(test => test.Rows)], seed => Variants.Options(parse.GetRequiredValue(variant), seed));
        Console.WriteLine($"{what}; {parse.GetValue(seeds)} seeds; medians over targets, then seeds");
        Console.WriteLine(" rows     R2   CRPS/sd  log score  coverage 90 %  coverage 95 %  seconds");
        foreach (int size in wanted)
        {
            Study.Result[] results = study.Run(size, parse.GetValue(seeds));
            for (int k = 0; k < tests.Length; k++)
            {
                TargetResult[][] own = [.. results.Select(result => result.Tests[k])];
                Console.WriteLine(
                    $"{size,5}  {Line(score => own.Select(result => result.Select(score).Median()).Median())}  {results.Average(result => result.Seconds),7:F2}  {tests[k].Name}".TrimEnd());
                for (int o = 0; o < pool.TargetCount && parse.GetValue(perTarget); o++)
                {
                    Console.WriteLine($"       {Line(score => own.Select(result => score(result[o])).Median())}  {pool.TargetNames[o]}");
                }
            }

            foreach (string line in inputsLeftOut.Length == 0 ? Peers.Lines(all, size) : [])
            {
                Console.WriteLine(line);
            }
        }
    }
});
return root.Run(args, exception => exception is DataException or DeviceException or ArgumentException or IOException or UnauthorizedAccessException);

static string Line(Func<Func<TargetResult, double>, double> of) =>
    $"{of(own => own.R2),5:F3}  {of(own => own.Crps),8:F4}  {of(own => own.LogScore),9:F3}  {of(own => own.Coverage90),13:F3}  {of(own => own.Coverage95),13:F3}";

static Func<int, bool> IsTest(CsvTable table, string foldName)
{
    int column = table.ColumnNames.ToList().IndexOf(foldName);
    return column >= 0
        ? row => table.Cell(row, column) is "0" or "test"
        : throw new DataException(table.SourceName, $"there is no column \"{foldName}\" (--fold-column). The columns are {string.Join(", ", table.ColumnNames)}.");
}
