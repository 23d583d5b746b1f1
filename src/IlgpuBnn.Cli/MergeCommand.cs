using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn merge</c>.</summary>
internal static class MergeCommand
{
    private const string Description =
        "Put the parts of an ensemble together that \"ilgpubnn train --shard\" wrote, calibrate it on the rows that it was trained on, and write it to a model file: the "
        + "model that one process would have trained, bit for bit.\n\n"
        + "Example:\n"
        + "  ilgpubnn merge part-*.safetensors --data runs.csv --model whole.safetensors";

    public static Command Create()
    {
        var parts = new Argument<string[]>("parts") { Description = "The files of all shards, in any order.", Arity = ArgumentArity.OneOrMore };
        var data = new DataArguments("The runs that the shards were trained on.");
        TextOption<MissingInputs> missingInputs = TableArguments.MissingInputsOption();
        Option<string> model = CommonOptions.Model("Where to write the model (safetensors). A file that is there is replaced at the end.");
        TextOption<string> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json("Print the summary as one line of JSON.");
        var command = new Command("merge", Description) { parts };
        data.AddTo(command);
        foreach (Option option in new Option[] { missingInputs, model, device, json })
        {
            command.Add(option);
        }

        OutputPlace.RefuseInputs(command, model, data.Files);
        OutputPlace.RefuseInputs(command, model, parts);
        command.SetAction(parse => Run(
            parse.GetRequiredValue(parts), () => data.ReadWithProblems(parse), missingInputs.Of(parse), parse.GetRequiredValue(model), device.Of(parse)!, parse.GetValue(json)));
        return command;
    }

    private static int Run(string[] parts, Func<CsvTable> read, MissingInputs missingInputs, string modelPath, string deviceId, bool json)
    {
        OutputPlace.RequireWritable(modelPath);
        EnsembleShard[] shards = [.. parts.Select(EnsembleShard.Load)];
        EnsembleShard first = shards[0];
        IReadOnlyList<string>? groups = first.GroupNames.Count == 0 ? null : first.GroupNames;
        Dataset rows = first.Series is { } series
            ? Dataset.FromSeries(read(), series.Time, series.Steps, series.MarksSteps, first.TargetNames, series.Inputs, null, groups, missingInputs, first.Classes is not null)
            : Dataset.FromTable(read(), first.TargetNames, first.InputNames, null, groups, missingInputs, first.Options.Categories, first.Classes is not null);
        CommonOptions.PrintWarnings(rows.Warnings);
        using Device device = DeviceCatalog.Open(deviceId);
        using var interruption = new Interruption();
        BayesianNetwork model = Merged();
        TrainingRun.Save(model, modelPath);
        TrainingSummary.Of(model, modelPath, rows, device).SaveScores().Show(json);
        return ExitCode.Success;

        BayesianNetwork Merged()
        {
            try
            {
                return EnsembleShard.Merge(shards, rows, device, interruption.Token);
            }
            catch (OperationCanceledException exception)
            {
                throw new CommandException("The merge was interrupted: no model was written.", exception) { ExitCode = interruption.ExitCode };
            }
        }
    }
}
