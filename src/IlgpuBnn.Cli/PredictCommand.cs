using System.CommandLine;
using System.Diagnostics;
using CsvHelper;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Mpi;
using IlgpuBnn.Persistence;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn predict</c>.</summary>
internal static class PredictCommand
{
    public static Command Create()
    {
        Option<string> model = CommonOptions.Model();
        var data = new DataArguments("Rows with the model's inputs, found by name; other columns are ignored.");
        var output = new Option<string>("--out")
        {
            Description = "CSV file to write. An existing file is replaced once the new one is complete.",
            Required = true,
            HelpName = "P.csv",
        };
        TextOption<double> level = TextOption.Real(
            "--level", "Probability of the interval from _lower to _upper.", 0.95, Probabilities.LevelRange, Probabilities.IsLevel);
        var conformal = new Option<bool>("--conformal")
        {
            Description = "Lower and upper ends with a guarantee: whatever the networks are like, intervals of level 0.95 hold at least 90 % of new rows that are drawn like the training "
                + "rows (or groups of them), and about 95 % in practice; infinite where those are too few for the level.",
        };
        TextOption<string> device = CommonOptions.Device();
        var command = new Command(
            "predict",
            "Predict every row of a table. Writes its columns, then for each target _mean, _sd, _aleatoric_sd (noise), _epistemic_sd (too little data), "
                + "_lower and _upper; of classes _predicted, a probability for each class (_p_NAME), and the entropy of these in nats with its two parts, "
                + "_aleatoric_entropy (classes overlap) and _epistemic_entropy (too little data). Column outside_training_range names inputs outside the range of the training rows, where the model "
                + "extrapolates. A row with a missing input is not predicted: the last column, note, says why.\n\n"
                + "Example:\n  ilgpubnn predict --model yield.safetensors --data new.csv --out predictions.csv --level 0.9")
        {
            model, output, level, conformal, device,
        };
        OutputPlace.RefuseInputs(command, output, data.Files);
        OutputPlace.RefuseInputs(command, output, model);
        data.AddTo(command);
        command.SetAction(parse => Run(
            parse.GetRequiredValue(model), data.Name(parse), () => data.Open(parse), parse.GetRequiredValue(output), level.Of(parse), parse.GetValue(conformal), device.Of(parse)!));
        return command;
    }

    private static int Run(string modelPath, string dataName, Func<CsvTableReader> open, string outputPath, double level, bool conformal, string deviceId)
    {
        BayesianNetwork model = BayesianNetwork.Load(modelPath);
        if (conformal && model.Classes is not null)
        {
            throw new CommandException($"{modelPath} predicts classes, which have probabilities and no intervals. Leave --conformal out.");
        }

        if (conformal && model.Model.Conformal is null)
        {
            throw new CommandException(
                $"{modelPath} has no conformal intervals: its networks left no rows out. Leave --conformal out, or train with the default method and 2 folds or more.");
        }

        using CsvTableReader reader = open();
        using Device device = Ranks.Open(deviceId);
        MpiGroup? group = Ranks.JoinAlike(device);
        var predictions = new PredictionTable(model, reader, dataName, level, conformal, device);
        long started = Stopwatch.GetTimestamp();
        if (!Ranks.IsFirst)
        {
            predictions.WriteAll(Stream.Null, group!);
            return ExitCode.Success;
        }

        OutputPlace.RequireWritable(outputPath);
        AtomicFile.Write(outputPath, stream =>
        {
            if (group is not null)
            {
                predictions.WriteAll(stream, group);
                return;
            }

            using CsvWriter csv = PredictionColumns.CreateWriter(stream, reader.Separator);
            predictions.WriteHeader(csv);
            while (predictions.WriteNext(csv))
            {
            }
        });

        CommonOptions.PrintNotes(reader.Notes);
        Console.Error.WriteLine(
            $"Wrote {outputPath}: {predictions.Rows} rows, {predictions.AddedColumns} columns of predictions, "
                + $"in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s ({predictions.Computing.TotalSeconds:F1} s of prediction).");
        if (predictions.RowsOutside > 0)
        {
            Console.Error.WriteLine(
                $"Warning: {predictions.RowsOutside} of {predictions.Rows} rows have inputs outside the range of the training rows, where the model extrapolates; "
                    + $"column {PredictionColumns.Outside} names these inputs.");
        }

        if (predictions.Unpredicted > 0)
        {
            Console.Error.WriteLine(
                $"Warning: {predictions.Unpredicted} of {predictions.Rows} rows could not be predicted; column {PredictionColumns.Note} says why ({predictions.UnpredictedExamples}).");
        }

        return ExitCode.Success;
    }
}
