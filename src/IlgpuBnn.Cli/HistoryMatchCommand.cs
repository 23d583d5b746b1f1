using System.CommandLine;
using IlgpuBnn.Analysis;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn history-match</c>.</summary>
internal static class HistoryMatchCommand
{
    public static Command Create()
    {
        var waves = new Option<string[]>("--model")
        {
            Description = "Model file of a wave, as train writes it. Repeated, the waves from the first to the last: each rules out inputs, and no later one brings them back.",
            Required = true,
            HelpName = "M.safetensors",
        };
        Option<string> observations = UseOptions.Observations(), correlation = UseOptions.ErrorCorrelation(), inputs = UseOptions.InputsFile();
        var page = new PageArguments();
        TextOption<double> threshold = TextOption.Positive("--threshold", "Implausibility above which inputs are ruled out; 3 holds 95 % of any error with one mode.", 3);
        TextOption<int> rank = TextOption.Choice(
            "--rank", "Which largest implausibility over the observations counts: with 2, one observation may be wrong.", 1, ("1", 1), ("2", 2), ("3", 3));
        TextOption<bool> joint = TextOption.YesNo("--joint-test", "Whether inputs are also ruled out where all observations together lie beyond the 99.5 % point of their joint distance.", false);
        TextOption<int> points = UseOptions.Points("--points", "Points of the inputs' distributions.", 1 << 16, 1024);
        TextOption<int> runs = TextOption.Whole("--next-runs", "Runs of the next wave's design. Without it ten for each input that varies.", null);
        TextOption<int> seed = UseOptions.Seed();
        TextOption<string> device = CommonOptions.Device();
        var command = new Command(
            "history-match",
            "Write a page on which inputs of the simulator observations rule out, wave by wave, what remains, and the next wave's runs.\n\n"
                + "Example:\n  ilgpubnn history-match --model wave1.safetensors --observations obs.csv --out wave1")
        {
            waves, observations, correlation, inputs, page.Folder, page.Png, threshold, rank, joint, points, runs, seed, device,
        };
        OutputPlace.RefuseInputs(command, page.Folder, inputs, observations, correlation);
        command.SetAction(parse =>
        {
            BayesianNetwork[] models = [.. parse.GetRequiredValue(waves).Select(path => CommonOptions.LoadOfNumbers(path, "history-match"))];
            return UseOptions.Run(parse, models[0], inputs, page, device, (distributions, opened) =>
            {
                var matching = HistoryMatching.Of(
                    models, UseOptions.ReadObservations(parse, observations, correlation), distributions,
                    new HistoryMatchingOptions
                    {
                        Threshold = threshold.Of(parse),
                        Rank = rank.Of(parse),
                        JointTest = joint.Of(parse),
                        Points = points.Of(parse),
                        NextRuns = runs.OrNull(parse),
                        Seed = seed.Of(parse),
                    },
                    opened);
                CommonOptions.PrintWarnings(matching.Warnings);
                return HistoryMatchingReport.Create(matching);
            });
        });
        return command;
    }
}
