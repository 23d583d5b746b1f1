using System.CommandLine;
using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Mpi;
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
        + "  ilgpubnn train --data daily.csv --targets flux --group site --time day --window 30 --network \"lstm(32)\" --model flux.safetensors\n"
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
        TextOption<ParticleShare> shard = new(
            "--shard",
            "Train a part of an anchored ensemble, of a job array: 3/16 the networks s with s mod 16 = 3, from 0/16 to 15/16. \"ilgpubnn merge\" puts all parts together. Needs --max-iterations.",
            null, "a number, a slash, and how many shards there are, from 0/n to n-1/n", ParticleShare.TryParse)
        {
            HelpName = "i/n",
        };
        TextOption<string> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json("Print the summary as one line of JSON.");
        var arguments = new TrainingArguments(table.Classes, table.Window);
        var command = new GroupedCommand("train", Description, [.. table.Options, model, .. arguments.Common, search, checkpoint, resume, shard, device, json], arguments.Groups);

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
        command.Validators.Add(result =>
        {
            if (TextOption.IsGiven(result, shard))
            {
                arguments.RefuseBesideShard(result, shard.Name, search);
            }
        });
        command.SetAction(parse =>
        {
            (Dataset rows, IReadOnlyList<string> columns) = table.Read(parse, arguments);
            return Run(
                rows, arguments.Read(parse, columns, rows), TimeSpan.FromMinutes(search.Of(parse)), parse.GetRequiredValue(model), checkpoint.Of(parse), parse.GetValue(resume),
                shard.OrNull(parse), device.Of(parse)!, parse.GetValue(json));
        });
        return command;
    }

    private static void ShowShard(ParticleShare shard, int particles, string modelPath, bool json)
    {
        int networks = shard.CountOf(particles);
        if (!json)
        {
            Console.WriteLine($"Trained {networks} of {particles} networks. Wrote shard {shard} to {ShownText.Escaped(modelPath)}; \"ilgpubnn merge\" makes a model of all {shard.Count}.");
            return;
        }

        Output.Json(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("shard_file", modelPath);
            writer.WriteString("shard", shard.ToString());
            writer.WriteNumber("networks", networks);
            writer.WriteNumber("particles", particles);
            writer.WriteEndObject();
        });
    }

    private static bool TryReadSeconds(string text, out TimeSpan? value)
    {
        bool isTime = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds >= 0 && seconds < int.MaxValue;
        value = isTime ? TimeSpan.FromSeconds(seconds) : null;
        return isTime || text == "no";
    }

    private static int Run(
        Dataset data, TrainingOptions options, TimeSpan search, string modelPath, TimeSpan? checkpoint, bool resume, ParticleShare? shard, string deviceId, bool json)
    {
        CommonOptions.PrintColumns(data);
        CommonOptions.PrintWarnings(data.Warnings);
        data.RequireUsableTargets();
        MpiGroup? group = shard is null ? Ranks.Join() : null;
        if (group is not null && search > TimeSpan.Zero)
        {
            throw new CommandException($"A search is for one process, and {group.Size} were started. Leave out --search, or the launcher.") { IsOfAllProcesses = true };
        }

        using Device device = shard is null ? Ranks.Open(deviceId) : DeviceCatalog.Open(deviceId);
        var run = new TrainingRun(data, options, device, modelPath, checkpoint, resume, group);
        if (shard is { } own)
        {
            run.FitShard(own);
            ShowShard(own, options.Method.Particles, modelPath, json);
            return ExitCode.Success;
        }

        BayesianNetwork model = search == TimeSpan.Zero ? run.Fit() : run.Search(search);
        if (Ranks.IsFirst)
        {
            TrainingSummary.Of(model, modelPath, data, device).SaveScores().Show(json);
        }

        return ExitCode.Success;
    }
}
