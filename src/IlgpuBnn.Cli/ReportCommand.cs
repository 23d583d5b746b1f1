using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn report</c>.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        Option<string> model = CommonOptions.Model("A model that \"ilgpubnn train\" wrote.");
        Option<string> data = CommonOptions.Data("A table with the model's inputs and targets, which it was not trained on.");
        var folder = new Option<string>("--out")
        {
            Description = "Folder for the page, its pictures (SVG) and the numbers behind them (CSV). It is created if it is not there; in "
                + "one that is, "
                + "only an earlier report is replaced.",
            Required = true,
            HelpName = "DIR",
        };
        TextOption<string> device = CommonOptions.Device();
        var command = new Command(
            "report",
            "Write a page on how well a model predicts known rows: scores, calibration, residuals, the largest errors, where it is least "
                + "sure, and how it "
                + "was trained.\n\nExample:\n  ilgpubnn report --model yield.safetensors --data test.csv --out yield-report")
        {
            model, data, folder, device,
        };
        OutputPlace.RefuseInputs(command, folder, data, model);
        command.SetAction(parse => Run(
            parse.GetRequiredValue(model), parse.GetRequiredValue(data), parse.GetRequiredValue(folder), device.Of(parse)!));
        return command;
    }

    private static int Run(string modelPath, string dataPath, string folder, string deviceId)
    {
        BayesianNetwork model = BayesianNetwork.Load(modelPath);
        CsvTable table = CsvTable.Read(dataPath);
        using Device device = DeviceCatalog.Open(deviceId);
        ModelReport.Create(model, table, device).Save(folder);
        Console.Error.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
        return ExitCode.Success;
    }
}
