using System.CommandLine;
using System.CommandLine.Parsing;
using CsvHelper;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Netcdf;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn design</c>.</summary>
internal static class DesignCommand
{
    private const string Description =
        "Choose runs of a simulator. Without a model: the first ones, points that fill the ranges of its inputs evenly, or more beside those that are there. With one: the next "
        + "ones, those expected to take most off what the model does not know.\n\n"
        + "Examples:\n"
        + "  ilgpubnn design --inputs-file ranges.csv --runs 80 --out runs.csv\n"
        + "  ilgpubnn design --inputs-file ranges.csv --runs 40 --existing runs.csv --out more.csv\n"
        + "  ilgpubnn design --model yield.safetensors --runs 20 --out next.csv";

    public static Command Create()
    {
        Option<string> inputs = UseOptions.InputsFile(
            "CSV file with the distributions of the simulator's inputs, a row each: columns input, distribution (uniform, log-uniform, triangular, normal, log-normal, fixed), and of "
            + "low, high, mode, mean, median, sd, value those that it needs. With a model, inputs that it does not name, and all without it, are uniform over the training range.");
        TextOption<int> runs = TextOption.Whole("--runs", "Runs of the simulator; ten for each input are a good start.", null);
        runs.Required = true;
        TextOption<DesignKind> kind = TextOption.Choice(
            "--kind", "sobol, a scrambled Sobol sequence, or latin-hypercube, the one of 1,000 whose closest two points are farthest apart.", DesignKind.Sobol,
            ("sobol", DesignKind.Sobol), ("latin-hypercube", DesignKind.LatinHypercube));
        Option<string> existing = Table("--existing", "CSV file of runs that are there: the new ones keep away from these and from each other.");
        var options = new NextRunsArguments();
        TextOption<int> seed = UseOptions.Seed();
        var output = new Option<string>("--out")
        {
            Description = "CSV file to write, a row per run and a column per input; with a model, the best run first, and its gain. An existing file is replaced.",
            Required = true,
            HelpName = "R.csv",
        };
        var command = new Command("design", Description) { inputs, runs, output, kind, existing, options.Model, options.Candidates, options.Pending, options.Posterior, options.Targets, seed, options.Device };
        OutputPlace.RefuseInputs(command, output, inputs, existing, options.Model, options.Candidates, options.Pending, options.Posterior);
        command.Validators.Add(result =>
        {
            bool hasModel = result.GetResult(options.Model) is not null;
            if (!hasModel && result.GetResult(inputs) is null)
            {
                result.AddError("Give --inputs-file, the distributions of the simulator's inputs, or --model, whose next runs are wanted.");
            }

            Refuse(result, hasModel ? [kind, existing] : [options.Candidates, options.Pending, options.Posterior, options.Targets, options.Device], hasModel ? "--model" : "no --model");
            if (!hasModel && result.GetResult(existing) is not null)
            {
                Refuse(result, [kind], "--existing");
            }
        });
        command.SetAction(parse => parse.GetValue(options.Model) is { } model
            ? options.Run(parse, model, parse.GetValue(inputs), runs.Of(parse), seed.Of(parse), parse.GetRequiredValue(output))
            : Run(parse.GetRequiredValue(inputs), parse.GetValue(existing), runs.Of(parse), kind.Of(parse), seed.Of(parse), parse.GetRequiredValue(output)));
        return command;
    }

    internal static Option<string> Table(string name, string description) => new(name) { Description = description, HelpName = "T.csv" };

    private static void Refuse(CommandResult result, IEnumerable<Option> options, string beside)
    {
        foreach (Option option in options.Where(option => TextOption.IsGiven(result, option)))
        {
            result.AddError($"{option.Name} has no effect with {beside}. Leave it out.");
        }
    }

    private static int Run(string inputsPath, string? existingPath, int runs, DesignKind kind, int seed, string outputPath)
    {
        InputDistributions inputs = InputDistributions.ReadCsv(inputsPath);
        double[,]? existing = existingPath is null ? null : Dataset.ReadInputs(TableFile.ReadWithProblems(existingPath, null, null), inputs.Names);
        OutputPlace.RequireWritable(outputPath);
        double[,] points = existing is null ? Design.Create(inputs, runs, kind, seed) : Design.Extend(inputs, existing, runs, seed);
        AtomicFile.Write(outputPath, stream =>
        {
            using CsvWriter csv = PredictionColumns.CreateWriter(stream);
            csv.WriteRecord([.. inputs.Names.Select(ShownText.ForCell)]);
            for (int run = 0; run < runs; run++)
            {
                for (int i = 0; i < inputs.Names.Count; i++)
                {
                    PredictionColumns.WriteNumber(csv, points[run, i]);
                }

                csv.EndRecord();
            }
        });
        Console.Error.WriteLine(
            $"Wrote {outputPath}: {runs} runs of {inputs.Names.Count} inputs{(existing is null ? "" : $", beside {existing.GetLength(0)} that are there")}. Add the simulator's outputs as columns, then train on it.");
        return ExitCode.Success;
    }
}
