using System.CommandLine;
using System.Text;
using CsvHelper;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Persistence;
using IlgpuBnn.Png;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reporting;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn demo</c>: a surrogate of a land model, trained on 900 runs and scored on 100 others.</summary>
internal static class DemoCommand
{
    private const string DataName = "selm-usmoz.csv";
    private const int InputCount = 8;
    private const int TestRows = 100;
    private const double Level = 0.95;

    private static readonly (string Name, string Unit)[] Pictured =
        [("NEE_2010", "gC/m2/year"), ("TLAI_2010", "m2/m2"), ("GPP_2010", "gC/m2/year")];

    public static Command Create()
    {
        var folder = new Option<string>("--out")
        {
            Description = "Folder for data, model and predictions, created if missing.",
            DefaultValueFactory = _ => "demo",
            HelpName = "DIR",
        };
        Option<bool> png = PageArguments.CreatePng("Also write the picture as PNG, at twice its size.");
        Option<bool> json = CommonOptions.Json("Print the scores as one line of JSON instead of a table.");
        TextOption<int> iterations = TextOption.Whole("--max-iterations", "Maximum number of iterations.", null);
        iterations.Hidden = true;
        var command = new Command(
            "demo",
            "Train on 900 runs of a simplified land model (8 inputs, 15 outputs), predict 100 others and score the predictions. Takes seconds.\n\n"
                + "Example:\n  ilgpubnn demo --out demo") { folder, png, json, iterations };
        command.SetAction(parse => Run(parse.GetRequiredValue(folder), parse.GetValue(png), iterations.OrNull(parse), parse.GetValue(json)));
        return command;
    }

    private static int Run(string folder, bool png, int? iterations, bool json)
    {
        if (png)
        {
            PngFigures.RequireDrawable();
        }

        Directory.CreateDirectory(folder);
        string dataPath = Path.Combine(folder, DataName), modelPath = Path.Combine(folder, "model.safetensors");
        string predictionsPath = Path.Combine(folder, "predictions.csv"), picturePath = Path.Combine(folder, "predicted-observed.svg");
        WriteData(dataPath);
        (Dataset train, Dataset test) = Runs(CsvTable.Read(dataPath)).SplitLast(TestRows);
        BayesianNetwork model = new TrainingRun(train, new TrainingOptions { MaxIterations = iterations }, DeviceCatalog.Default, modelPath).Fit();
        PredictiveDistribution prediction = model.Predict(test);
        (double[,] Lower, double[,] Upper) interval = prediction.Interval(Level);
        WritePredictions(predictionsPath, test, model, prediction, interval);
        Figure picture = Picture(test, prediction, interval);
        AtomicFile.Write(picturePath, stream => stream.Write(Encoding.UTF8.GetBytes(picture.Svg())));
        if (png)
        {
            string pngPath = Path.ChangeExtension(picturePath, ".png");
            picture.SavePng(pngPath);
            Console.Error.WriteLine($"Wrote {pngPath}.");
        }

        Scores scores = Scores.Evaluate(prediction, test.Targets);
        if (json)
        {
            WriteJson(model, scores);
        }
        else
        {
            Print(model, scores, dataPath, modelPath, predictionsPath, picturePath);
        }

        return ExitCode.Success;
    }

    /// <summary>All runs.</summary>
    public static Dataset LandModel()
    {
        using Stream data = Data();
        using var reader = new CsvTableReader(new StreamReader(data), DataName);
        return Runs(reader.Read(int.MaxValue)!); // the table has rows
    }

    private static Dataset Runs(CsvTable table) => Dataset.FromTable(table, [.. table.ColumnNames.Skip(InputCount)]);

    private static Stream Data() => typeof(DemoCommand).Assembly.GetManifestResourceStream(DataName)!;

    private static void WriteData(string path)
    {
        using Stream data = Data();
        AtomicFile.Write(path, data.CopyTo);
    }

    private static void WritePredictions(
        string path, Dataset test, BayesianNetwork model, PredictiveDistribution prediction, (double[,] Lower, double[,] Upper) interval)
    {
        string[] columns = [.. test.InputNames, .. test.TargetNames.Select(name => $"{name}_observed")];
        string[] header = PredictionColumns.Header(DataName, columns, PredictionColumns.Names(model));
        AtomicFile.Write(path, stream =>
        {
            using CsvWriter csv = PredictionColumns.CreateWriter(stream);
            csv.WriteRecord(header);
            for (int row = 0; row < test.RowCount; row++)
            {
                WriteRow(csv, test.Inputs, row);
                WriteRow(csv, test.Targets, row);
                PredictionColumns.WriteFields(
                    csv, prediction, interval, row, model.InputRange.Outside(test.Inputs, row).Select(input => test.InputNames[input]));
                csv.EndRecord();
            }
        });
    }

    private static Figure Picture(Dataset test, PredictiveDistribution prediction, (double[,] Lower, double[,] Upper) interval)
    {
        PredictedTarget[] panels =
        [
            .. Pictured.Select(pictured =>
            {
                int target = test.TargetNames.ToList().IndexOf(pictured.Name);
                double[] Column(double[,] table) => [.. Enumerable.Range(0, test.RowCount).Select(row => table[row, target])];
                return new PredictedTarget(
                    $"{pictured.Name}, {pictured.Unit}", Column(test.Targets), Column(prediction.Mean), Column(interval.Lower), Column(interval.Upper));
            }),
        ];
        return ObservedAgainstPredicted.Create(panels, Level, panels.Length);
    }

    private static void WriteRow(CsvWriter csv, double[,] values, int row)
    {
        for (int column = 0; column < values.GetLength(1); column++)
        {
            PredictionColumns.WriteNumber(csv, values[row, column]);
        }
    }

    private static void Print(BayesianNetwork model, Scores scores, string dataPath, string modelPath, string predictionsPath, string picturePath)
    {
        TrainingReport report = model.Report;
        Console.WriteLine(
            $"Trained on {report.TrainingRows + report.ValidationRows} runs in {report.Elapsed.TotalSeconds:F1} s. Scores on {scores.Rows} test runs:");
        ScoresReport.Print(scores);
        Console.WriteLine(
            $"""

            R2 is at most 1. About 95 % of the observed values should lie inside the 95 % intervals.

            Wrote {dataPath}, {modelPath}, {predictionsPath} and {picturePath}. Next, try:
              ilgpubnn train --data {dataPath} --targets {model.TargetNames[^1]} --inputs {string.Join(',', model.InputNames)} --model my.safetensors
              ilgpubnn predict --model {modelPath} --data {dataPath} --out my-predictions.csv
              ilgpubnn train --help
            """);
    }

    private static void WriteJson(BayesianNetwork model, Scores scores) => Output.Json(json =>
    {
        json.WriteStartObject();
        json.WriteFinite("seconds", model.Report.Elapsed.TotalSeconds);
        json.WriteNumber("iterations", model.Report.Iterations);
        json.WriteNumber("kept_iteration", model.Report.KeptIteration);
        ScoresReport.Write(json, scores);
        json.WriteEndObject();
    });
}
