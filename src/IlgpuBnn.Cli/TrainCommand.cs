using System.CommandLine;
using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn train</c>.</summary>
internal static class TrainCommand
{
    private const string Description =
        "Train an ensemble of networks on a table of runs, one row per run, and write it to a model file. Ctrl-C stops early and keeps the best "
        + "state so far beside it.\n\n"
        + "Examples:\n"
        + "  ilgpubnn train --data runs.csv --targets yield --exclude run,date --model yield.safetensors\n"
        + "  ilgpubnn train --data runs.csv --targets yield,\"leaf area\" --hidden-units 50,50 --seed 7 --model both.safetensors\n"
        + "  ilgpubnn train --data ice.csv --classes type --model ice.safetensors\n"
        + "  ilgpubnn train --data runs.csv --targets yield --search 5 --model best.safetensors";

    public static Command Create()
    {
        var table = new TableArguments(withClasses: true);
        Option<string> model = CommonOptions.Model("Where to write the model (safetensors). A file that is there is replaced at the end.");
        TextOption<double> search = TextOption.Real(
            "--search", "Minutes of search over widths, priors and activations for the best out-of-fold CRPS (of classes: log loss); 0 for none.", 0, "of at least 0",
            value => value >= 0 && double.IsFinite(value));
        TextOption<TimeSpan?> checkpoint = new(
            "--checkpoint",
            "Seconds from one checkpoint to the next, written beside the model as FILE.checkpoint; no for none. After a kill, a crash or Ctrl-C the same command goes on from "
                + "there and ends with the same model.", "30", "no, or a number of at least 0", TryReadSeconds)
        {
            HelpName = "no|seconds",
        };
        var resume = new Option<bool>("--resume") { Description = "Fail if there is no checkpoint to go on from." };
        TextOption<string> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json("Print the summary as one line of JSON.");
        var arguments = new TrainingArguments(table.Classes);
        var command = new GroupedCommand("train", Description, [.. table.Options, model, .. arguments.Common, search, checkpoint, resume, device, json], arguments.Groups);

        OutputPlace.RefuseInputs(command, model, table.Data.Files);
        arguments.AddChecks(command, search);
        table.AddChecks(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(resume) && checkpoint.TextOf(result) == "no")
            {
                result.AddError("--resume goes on from a checkpoint, and --checkpoint no has none. Give one of the two.");
            }
        });
        command.SetAction(parse =>
        {
            (Dataset rows, IReadOnlyList<string> columns) = table.Read(parse, arguments.CategoriesOf(parse));
            return Run(
                rows, arguments.Read(parse, columns, rows), TimeSpan.FromMinutes(search.Of(parse)), parse.GetRequiredValue(model), checkpoint.Of(parse), parse.GetValue(resume),
                device.Of(parse)!, parse.GetValue(json));
        });
        return command;
    }

    private static bool TryReadSeconds(string text, out TimeSpan? value)
    {
        bool isTime = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds >= 0 && seconds < int.MaxValue;
        value = isTime ? TimeSpan.FromSeconds(seconds) : null;
        return isTime || text == "no";
    }

    private static int Run(
        Dataset data, TrainingOptions options, TimeSpan search, string modelPath, TimeSpan? checkpoint, bool resume, string deviceId, bool json)
    {
        CommonOptions.PrintColumns(data);
        CommonOptions.PrintWarnings(data.Warnings);
        data.RequireUsableTargets();
        using Device device = DeviceCatalog.Open(deviceId);
        var run = new TrainingRun(data, options, device, modelPath, checkpoint, resume);
        BayesianNetwork model = search == TimeSpan.Zero ? run.Fit() : run.Search(search);
        TrainingSummary summary = TrainingSummary.Of(model, modelPath, data, device);
        if (summary.Scores is { } scores)
        {
            TrainingRun.Save(model.WithUnseenScores(scores), modelPath);
        }

        if (json)
        {
            summary.WriteJson();
        }
        else
        {
            summary.Print();
        }

        return ExitCode.Success;
    }
}
