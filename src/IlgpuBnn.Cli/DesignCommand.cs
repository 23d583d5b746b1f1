using System.CommandLine;
using CsvHelper;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn design</c>.</summary>
internal static class DesignCommand
{
    public static Command Create()
    {
        Option<string> inputs = UseOptions.InputsFile(
            "CSV file with the distributions of the simulator's inputs, a row each: columns input, distribution (uniform, log-uniform, triangular, normal, log-normal, fixed), and of "
            + "low, high, mode, mean, median, sd, value those that it needs.");
        inputs.Required = true;
        TextOption<int> runs = TextOption.Whole("--runs", "Runs of the simulator; ten for each input are a good start.", null);
        runs.Required = true;
        TextOption<DesignKind> kind = TextOption.Choice(
            "--kind", "sobol, a scrambled Sobol sequence, or latin-hypercube, the one of 1,000 whose closest two points are farthest apart.", DesignKind.Sobol,
            ("sobol", DesignKind.Sobol), ("latin-hypercube", DesignKind.LatinHypercube));
        TextOption<int> seed = UseOptions.Seed();
        var output = new Option<string>("--out")
        {
            Description = "CSV file to write, a row per run and a column per input. An existing file is replaced.",
            Required = true,
            HelpName = "R.csv",
        };
        var command = new Command(
            "design",
            "Choose the first runs of a simulator, before there is a model: points that fill the ranges of its inputs evenly.\n\n"
                + "Example:\n  ilgpubnn design --inputs-file ranges.csv --runs 80 --out runs.csv")
        {
            inputs, runs, output, kind, seed,
        };
        OutputPlace.RefuseInputs(command, output, inputs);
        command.SetAction(parse => Run(parse.GetRequiredValue(inputs), runs.Of(parse), kind.Of(parse), seed.Of(parse), parse.GetRequiredValue(output)));
        return command;
    }

    private static int Run(string inputsPath, int runs, DesignKind kind, int seed, string outputPath)
    {
        InputDistributions inputs = InputDistributions.ReadCsv(inputsPath);
        OutputPlace.RequireWritable(outputPath);
        double[,] points = Design.Create(inputs, runs, kind, seed);
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
        Console.Error.WriteLine($"Wrote {outputPath}: {runs} runs of {inputs.Names.Count} inputs. Add the simulator's outputs as columns, then train on it.");
        return ExitCode.Success;
    }
}
