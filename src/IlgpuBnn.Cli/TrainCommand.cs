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
        Option<string> data = CommonOptions.Data("CSV file of runs whose first row names the columns. An empty cell, or one that holds NA or the like (see --missing), is a missing value.");
        Option<string[]> targets = CommonOptions.Columns(
            "--targets",
            "Columns to predict, separated by commas. Put a name with a comma in double quotes, and escape these for the shell. Here and in --inputs, --exclude, "
                + "--group, --transform, --log-inputs and --categories, first..last names all columns between two, and a pattern such as \"GPP_*\" all that match.");
        Option<string> classes = new("--classes")
        {
            Description = "In place of --targets: a column of class labels to predict, texts or whole numbers, at most 100 different ones. Two are learnt by one output, more by one each.",
            HelpName = "column",
        };
        Option<string[]> inputs = CommonOptions.Columns("--inputs", "Columns to predict from. Without it: all that are neither targets nor excluded.");
        Option<string[]> exclude = CommonOptions.Columns("--exclude", "Columns to leave out, such as run numbers; together with --inputs only out of its ranges and patterns.");
        Option<string[]> group = CommonOptions.Columns(
            "--group",
            "Columns that tell groups of related rows apart, such as the run that time steps belong to, or the site of plots: rows that agree in all of them "
                + "are scored, and intervals calibrated, as a new group. They are no inputs unless --inputs names them.");
        Option<string[]> missing = CommonOptions.Missing();
        TextOption<MissingInputs> missingInputs = TextOption.Choice(
            "--missing-inputs",
            "What becomes of rows with a missing input: drop leaves them out, mean puts the mean of the column there, error refuses the file. Rows to predict are never filled.",
            MissingInputs.Drop, ("drop", MissingInputs.Drop), ("mean", MissingInputs.Mean), ("error", MissingInputs.Error));
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
        var arguments = new TrainingArguments();
        var command = new GroupedCommand("train", Description, arguments.Groups) { data, targets, classes, inputs, exclude, group, missing, missingInputs, model };
        foreach (Option option in (IEnumerable<Option>)[.. arguments.Common, search, checkpoint, resume, device, json, .. command.Groups.SelectMany(group => group.Options)])
        {
            command.Add(option);
        }

        OutputPlace.RefuseInputs(command, model, data);
        arguments.AddChecks(command, search, classes);
        command.Validators.Add(result =>
        {
            if (result.GetResult(targets) is null == result.GetResult(classes) is null)
            {
                result.AddError(result.GetResult(targets) is null
                    ? "Neither --targets nor --classes is given. Name the columns to predict: numbers with --targets, or one of class labels with --classes."
                    : "--targets and --classes are both given; a model predicts numbers or the classes of one column. Give one of the two.");

                // The parser looks for these only where nothing else is wrong.
                foreach (Option option in command.Options.Where(option => option.Required && result.GetResult(option) is null))
                {
                    result.AddError($"Option '{option.Name}' is required.");
                }
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetResult(inputs) is not null && result.GetResult(exclude) is not null && !(result.GetValue(inputs) ?? []).Any(ColumnSelection.IsPattern))
            {
                result.AddError("--inputs and --exclude are both given; columns that are not inputs are ignored anyway. Give one of the two.");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(resume) && checkpoint.TextOf(result) == "no")
            {
                result.AddError("--resume goes on from a checkpoint, and --checkpoint no has none. Give one of the two.");
            }
        });
        command.SetAction(parse =>
        {
            CsvTable table = CsvTable.ReadWithProblems(parse.GetRequiredValue(data), parse.GetValue(missing));
            Dataset rows = Dataset.FromTable(
                table, parse.GetValue(classes) is { } labels ? [labels] : parse.GetRequiredValue(targets), Given(parse, inputs), Given(parse, exclude), Given(parse, group),
                missingInputs.Of(parse), arguments.CategoriesOf(parse), parse.GetValue(classes) is not null);
            return Run(
                rows, arguments.Read(parse, table.ColumnNames, rows), TimeSpan.FromMinutes(search.Of(parse)), parse.GetRequiredValue(model), checkpoint.Of(parse),
                parse.GetValue(resume), device.Of(parse)!, parse.GetValue(json));
        });
        return command;
    }

    // The parser returns an empty list for an option that was not given.
    private static string[]? Given(ParseResult parse, Option<string[]> columns) => parse.GetResult(columns) is null ? null : parse.GetValue(columns);

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
