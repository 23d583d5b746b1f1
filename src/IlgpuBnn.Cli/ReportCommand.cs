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
        var page = new PageArguments();
        TextOption<string> device = CommonOptions.Device();
        var command = new Command(
            "report",
            "Write a report on a model's predictions of known rows: scores, calibration, residuals, largest errors, where it is least certain, and its "
                + "training.\n\nExample:\n  ilgpubnn report --model yield.safetensors --data test.csv --out yield-report")
        {
            model, page.Folder, page.Png, device,
        };
        OutputPlace.RefuseInputs(command, page.Folder, data.Files);
        OutputPlace.RefuseInputs(command, page.Folder, model);
        data.AddTo(command);
        command.SetAction(parse =>
        {
            page.RequireDrawable(parse);
            page.Save(parse, Create(parse.GetRequiredValue(model), () => data.ReadWithProblems(parse), device.Of(parse)!));
            return ExitCode.Success;
        });
        return command;
    }

    private static ReportPage Create(string modelPath, Func<CsvTable> read, string deviceId)
    {
        BayesianNetwork model = BayesianNetwork.Load(modelPath);
        CsvTable table = read();
        table.Problems.ThrowIfAny();
        using Device device = DeviceCatalog.Open(deviceId);
        return ModelReport.Create(model, table, device, Groups(model, table));
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
