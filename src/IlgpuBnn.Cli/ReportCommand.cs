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
        Option<string> model = CommonOptions.Model();
        var data = new DataArguments("Rows with the model's inputs and targets that it was not trained on.");
        var folder = new Option<string>("--out")
        {
            Description = "Folder for the page, its figures (SVG) and their data (CSV), created if missing. In an existing folder only an earlier report is "
                + "replaced.",
            Required = true,
            HelpName = "DIR",
        };
        TextOption<string> device = CommonOptions.Device();
        var command = new Command(
            "report",
            "Write a report on a model's predictions of known rows: scores, calibration, residuals, largest errors, where it is least certain, and its "
                + "training.\n\nExample:\n  ilgpubnn report --model yield.safetensors --data test.csv --out yield-report")
        {
            model, folder, device,
        };
        OutputPlace.RefuseInputs(command, folder, data.Files);
        OutputPlace.RefuseInputs(command, folder, model);
        data.AddTo(command);
        command.SetAction(parse => Run(
            parse.GetRequiredValue(model), () => data.ReadWithProblems(parse), parse.GetRequiredValue(folder), device.Of(parse)!));
        return command;
    }

    private static int Run(string modelPath, Func<CsvTable> read, string folder, string deviceId)
    {
        BayesianNetwork model = BayesianNetwork.Load(modelPath);
        CsvTable table = read();
        table.Problems.ThrowIfAny();
        using Device device = DeviceCatalog.Open(deviceId);
        ModelReport.Create(model, table, device, Groups(model, table)).Save(folder);
        Console.Error.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
        return ExitCode.Success;
    }

    /// <summary>[row of the table], if it has the columns that told groups apart in training.</summary>
    private static int[]? Groups(BayesianNetwork model, CsvTable table)
    {
        int[] columns = [.. model.Report.GroupNames.Select(name => ColumnSelection.IndexOf(table.ColumnNames, name))];
        if (columns.Length == 0 || columns.Contains(-1))
        {
            return null;
        }

        return Dataset.ReadGroups(table, [.. Enumerable.Range(0, table.RowCount)], columns);
    }
}
