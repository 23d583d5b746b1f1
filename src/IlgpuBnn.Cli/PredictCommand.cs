using System.CommandLine;
using System.Diagnostics;
using CsvHelper;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Persistence;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn predict</c>.</summary>
internal static class PredictCommand
{
    // Rows, and particles' outputs, in memory at once, however long the table.
    private const int MaxRows = 4096;
    private const long MaxOutputs = 1 << 22;

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
        string[] label = reader.RowLabelName is { } labelName ? [labelName] : [];
        string[] header = PredictionColumns.Header(dataName, [.. label, .. reader.ColumnNames], PredictionColumns.Names(model));
        OutputPlace.RequireWritable(outputPath);
        using Device device = DeviceCatalog.Open(deviceId);
        long rows = 0, outside = 0;
        var unpredicted = new Unpredicted();
        var computing = new Stopwatch();
        long started = Stopwatch.GetTimestamp();
        int chunk = ChunkRows(model);
        AtomicFile.Write(outputPath, stream =>
        {
            using CsvWriter csv = PredictionColumns.CreateWriter(stream, reader.Separator);
            csv.WriteRecord([.. header.Select(ShownText.ForCell)]);
            while (reader.ReadWithProblems(chunk) is { } table)
            {
                PredictableRows found = model.ReadRows(table);
                model.Model.Encoding.RequireDomain(found.Inputs, table.SourceName, row => table.LineNumber(found.Rows[row]));
                if (found.Rows.Count > 0)
                {
                    computing.Start();
                    Action<int> write = Predict(csv, model, found, level, conformal, device);
                    computing.Stop();
                    outside += WriteRows(csv, table, model, found, write);
                }
                else
                {
                    WriteRows(csv, table, model, found, null);
                }

                unpredicted.Add(table, found);
                rows += table.RowCount;
            }
        });

        CommonOptions.PrintNotes(reader.Notes);
        Console.Error.WriteLine(
            $"Wrote {outputPath}: {rows} rows, {header.Length - label.Length - reader.ColumnNames.Count} columns of predictions, "
                + $"in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s ({computing.Elapsed.TotalSeconds:F1} s of prediction).");
        if (outside > 0)
        {
            Console.Error.WriteLine(
                $"Warning: {outside} of {rows} rows have inputs outside the range of the training rows, where the model extrapolates; "
                    + $"column {PredictionColumns.Outside} names these inputs.");
        }

        if (unpredicted.Count > 0)
        {
            Console.Error.WriteLine(
                $"Warning: {unpredicted.Count} of {rows} rows could not be predicted; column {PredictionColumns.Note} says why ({unpredicted.Examples}).");
        }

        return ExitCode.Success;
    }

    private static int ChunkRows(BayesianNetwork model) =>
        (int)Math.Clamp(MaxOutputs / ((long)model.ParticleCount * model.Model.Ensemble.TargetNames.Count), 1, MaxRows);

    /// <returns>Writes the predictions of one of these rows.</returns>
    private static Action<int> Predict(CsvWriter csv, BayesianNetwork model, PredictableRows found, double level, bool conformal, Device device)
    {
        if (model.Classes is not null)
        {
            ClassPredictions classes = model.PredictClasses(found.Inputs, device);
            return row => PredictionColumns.WriteClass(csv, classes, row, found.HasDecimalCommas);
        }

        PredictiveDistribution prediction = model.Predict(found.Inputs, device);
        (double[,] Lower, double[,] Upper) interval = conformal ? model.ConformalInterval(found.Inputs, level, device) : prediction.Interval(level);
        return row => PredictionColumns.WriteNumbers(csv, prediction, interval, row, found.HasDecimalCommas);
    }

    /// <returns>Number of rows outside the training range.</returns>
    private static int WriteRows(CsvWriter csv, CsvTable table, BayesianNetwork model, PredictableRows found, Action<int>? writePrediction)
    {
        int rowsOutside = 0, predicted = 0;
        InputRange range = model.InputRange;
        for (int row = 0; row < table.RowCount; row++)
        {
            if (table.RowLabelName is not null)
            {
                csv.WriteField(ShownText.ForCell(table.RowLabel(row)));
            }

            for (int column = 0; column < table.ColumnNames.Count; column++)
            {
                csv.WriteField(ShownText.ForCell(table.Cell(row, column)));
            }

            if (writePrediction is null || found.Reasons[row].Length > 0)
            {
                PredictionColumns.WriteUnpredicted(csv, PredictionColumns.Names(model).Length, found.Reasons[row]);
            }
            else
            {
                string[] outside = [.. range.Outside(found.Inputs, predicted).Select(input => model.InputNames[input])];
                rowsOutside += outside.Length > 0 ? 1 : 0;
                writePrediction(predicted++);
                PredictionColumns.WriteEnd(csv, outside);
            }

            csv.EndRecord();
        }

        return rowsOutside;
    }

    /// <summary>Counts rows without predictions.</summary>
    private sealed class Unpredicted
    {
        private const int MaxExamples = 5;

        private readonly List<string> _examples = [];

        public long Count { get; private set; }

        public string Examples => string.Join("; ", _examples) + (Count > _examples.Count ? "; ..." : "");

        public void Add(CsvTable table, PredictableRows found)
        {
            for (int row = 0; row < found.Reasons.Count; row++)
            {
                if (found.Reasons[row].Length > 0)
                {
                    Count++;
                    if (_examples.Count < MaxExamples)
                    {
                        _examples.Add($"row {table.LineNumber(row)}: {found.Reasons[row]}");
                    }
                }
            }
        }
    }
}
