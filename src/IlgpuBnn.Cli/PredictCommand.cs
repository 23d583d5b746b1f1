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
        Option<string> data = CommonOptions.Data("CSV file with the model's inputs, found by name; other columns are ignored.");
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
                + "_lower and _upper. The last column, outside_training_range, names inputs outside the range of the training rows, where the model "
                + "extrapolates.\n\n"
                + "Example:\n  ilgpubnn predict --model yield.safetensors --data new.csv --out predictions.csv --level 0.9")
        {
            model, data, output, level, conformal, device,
        };
        OutputPlace.RefuseInputs(command, output, data, model);
        command.SetAction(parse => Run(
            parse.GetRequiredValue(model), parse.GetRequiredValue(data), parse.GetRequiredValue(output), level.Of(parse), parse.GetValue(conformal), device.Of(parse)!));
        return command;
    }

    private static int Run(string modelPath, string dataPath, string outputPath, double level, bool conformal, string deviceId)
    {
        BayesianNetwork model = BayesianNetwork.Load(modelPath);
        if (conformal && model.Model.Conformal is null)
        {
            throw new CommandException(
                $"{modelPath} has no conformal intervals: its networks left no rows out. Leave --conformal out, or train with the default method and 2 folds or more.");
        }

        using CsvTableReader reader = CsvTableReader.Open(dataPath);
        string[] header = PredictionColumns.Header(dataPath, reader.ColumnNames, model.TargetNames);
        OutputPlace.RequireWritable(outputPath);
        using Device device = DeviceCatalog.Open(deviceId);
        long rows = 0, outside = 0;
        var computing = new Stopwatch();
        long started = Stopwatch.GetTimestamp();
        int chunk = ChunkRows(model);
        AtomicFile.Write(outputPath, stream =>
        {
            using CsvWriter csv = PredictionColumns.CreateWriter(stream, reader.Separator);
            csv.WriteRecord([.. header.Select(ShownText.ForCell)]);
            while (reader.Read(chunk) is { } table)
            {
                double[,] inputs = Dataset.ReadInputs(table, model.InputNames);
                model.Model.Encoding.RequireDomain(inputs, table.SourceName, table.LineNumber);
                computing.Start();
                PredictiveDistribution prediction = model.Predict(inputs, device);
                (double[,] Lower, double[,] Upper) interval = conformal ? model.ConformalInterval(inputs, level, device) : prediction.Interval(level);
                computing.Stop();
                outside += WriteRows(csv, table, model, inputs, prediction, interval);
                rows += table.RowCount;
            }
        });

        Console.Error.WriteLine(
            $"Wrote {outputPath}: {rows} rows, {(model.TargetNames.Count * 6) + 1} columns of predictions, "
                + $"in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s ({computing.Elapsed.TotalSeconds:F1} s of prediction).");
        if (outside > 0)
        {
            Console.Error.WriteLine(
                $"Warning: {outside} of {rows} rows have inputs outside the range of the training rows, where the model extrapolates; "
                    + $"column {PredictionColumns.Outside} names these inputs.");
        }

        return ExitCode.Success;
    }

    private static int ChunkRows(BayesianNetwork model) =>
        (int)Math.Clamp(MaxOutputs / ((long)model.ParticleCount * model.TargetNames.Count), 1, MaxRows);

    /// <returns>Number of rows outside the training range.</returns>
    private static int WriteRows(
        CsvWriter csv, CsvTable table, BayesianNetwork model, double[,] inputs, PredictiveDistribution prediction,
        (double[,] Lower, double[,] Upper) interval)
    {
        int rowsOutside = 0;
        for (int row = 0; row < table.RowCount; row++)
        {
            for (int column = 0; column < table.ColumnNames.Count; column++)
            {
                csv.WriteField(ShownText.ForCell(table.Cell(row, column)));
            }

            string[] outside = [.. model.InputRange.Outside(inputs, row).Select(input => model.InputNames[input])];
            rowsOutside += outside.Length > 0 ? 1 : 0;
            PredictionColumns.WriteFields(csv, prediction, interval, row, outside);
            csv.EndRecord();
        }

        return rowsOutside;
    }
}
