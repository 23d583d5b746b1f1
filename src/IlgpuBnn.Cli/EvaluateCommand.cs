using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn evaluate</c>.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> data = CommonOptions.Data("CSV file with the model's inputs and targets, of rows that it was not trained on. A row with a missing input is left out.");
        Option<string[]> missing = CommonOptions.Missing();
        TextOption<string> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json("Print the scores as one line of JSON instead of a table.");
        var command = new Command(
            "evaluate",
            "Score a model's predictions against known targets: errors of the mean, and calibration of the uncertainty; of classes accuracy, log loss, Brier score "
                + "and calibration error.\n\n"
                + "Example:\n  ilgpubnn evaluate --model yield.safetensors --data test.csv") { model, data, missing, device, json };
        command.SetAction(parse => Run(parse.GetRequiredValue(model), parse.GetRequiredValue(data), parse.GetValue(missing), device.Of(parse)!, parse.GetValue(json)));
        return command;
    }

    private static int Run(string modelPath, string dataPath, string[]? missing, string deviceId, bool json)
    {
        BayesianNetwork model = BayesianNetwork.Load(modelPath);
        Dataset data = Dataset.FromTable(CsvTable.ReadWithProblems(dataPath, missing), model.Model.Encoding, model.TargetNames);
        CommonOptions.PrintNotes(data.Notes);
        CommonOptions.PrintWarnings(data.Warnings);
        using Device device = DeviceCatalog.Open(deviceId);
        if (model.Classes is not null)
        {
            ClassScoresReport.Show(ClassScores.Evaluate(model.PredictClasses(data, device), data), json);
            return ExitCode.Success;
        }

        Scores scores = Scores.Evaluate(model.Predict(data, device), data.Targets);
        if (json)
        {
            Output.Json(writer =>
            {
                writer.WriteStartObject();
                ScoresReport.Write(writer, scores);
                writer.WriteEndObject();
            });
        }
        else
        {
            Console.WriteLine($"{scores.Rows} rows");
            ScoresReport.Print(scores);
        }

        return ExitCode.Success;
    }
}
