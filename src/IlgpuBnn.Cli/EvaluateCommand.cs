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
        var data = new DataArguments("Rows with the model's inputs and targets that it was not trained on; one with a missing input is left out.");
        TextOption<string> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json("Print the scores as one line of JSON instead of a table.");
        var command = new Command(
            "evaluate",
            "Score a model's predictions against known targets: errors of the mean, calibration of the uncertainty, and of fields and series which scales are resolved; of classes accuracy, log loss, Brier score "
                + "and calibration error.\n\n"
                + "Example:\n  ilgpubnn evaluate --model yield.safetensors --data test.csv") { model, device, json };
        data.AddTo(command);
        command.SetAction(parse => Run(parse.GetRequiredValue(model), () => data.ReadWithProblems(parse), device.Of(parse)!, parse.GetValue(json)));
        return command;
    }

    private static int Run(string modelPath, Func<CsvTable> read, string deviceId, bool json)
    {
        BayesianNetwork model = BayesianNetwork.Load(modelPath);
        Dataset data = model.ReadDataset(read());
        CommonOptions.PrintNotes(data.Notes);
        CommonOptions.PrintWarnings(data.Warnings);
        using Device device = DeviceCatalog.Open(deviceId);
        if (model.Classes is not null)
        {
            ClassScoresReport.Show(ClassScores.Evaluate(model.PredictClasses(data, device), data), json);
            return ExitCode.Success;
        }

        PredictiveDistribution prediction = model.Predict(data, device);
        Scores scores = Scores.Evaluate(prediction, data.Targets);
        IReadOnlyList<FieldSpectrum> spectra = FieldSpectrum.Evaluate(prediction, data.Targets, model.TargetFields);
        if (json)
        {
            Output.Json(writer =>
            {
                writer.WriteStartObject();
                ScoresReport.Write(writer, scores);
                SpectraReport.Write(writer, spectra);
                writer.WriteEndObject();
            });
        }
        else
        {
            Console.WriteLine($"{scores.Rows} rows");
            ScoresReport.Print(scores);
            SpectraReport.Print(spectra);
        }

        return ExitCode.Success;
    }
}
