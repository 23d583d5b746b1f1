using System.CommandLine;
using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn uncertainty</c>.</summary>
internal static class UncertaintyCommand
{
    public static Command Create()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> inputs = UseOptions.InputsFile();
        var page = new PageArguments();
        var above = new Option<string[]>("--above")
        {
            Description = "A target and a threshold, as yield=3.5, for the probability to exceed it; first..last and patterns such as \"GPP_*\" name many targets. May be repeated.",
            HelpName = "target=x",
        };
        TextOption<int> points = UseOptions.Points("--points", "Draws of the inputs, from a Sobol sequence.", 4096, 128);
        TextOption<int> seed = UseOptions.Seed();
        TextOption<string> device = CommonOptions.Device();
        var command = new Command(
            "uncertainty",
            "Write a page on the distribution of each target where inputs are uncertain: quantiles, probabilities to exceed thresholds, and what comes from the inputs, from the "
                + "surrogate and from noise.\n\nExample:\n  ilgpubnn uncertainty --model yield.safetensors --inputs-file priors.csv --above yield=3.5 --out yield-uncertainty")
        {
            model, inputs, page.Folder, page.Png, above, points, seed, device,
        };
        OutputPlace.RefuseInputs(command, page.Folder, inputs, model);
        above.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => Split(token.Value) is null) is { } wrong)
            {
                result.AddError($"--above is \"{wrong.Value}\"; it must be a target, =, and a number.");
            }
        });
        command.SetAction(parse => UseOptions.Run(parse, model, inputs, page, device, (trained, distributions, opened) => UncertaintyReport.Create(
            trained, distributions, [.. (parse.GetValue(above) ?? []).SelectMany(text => Thresholds(text, trained, parse.GetRequiredValue(model)))], points.Of(parse), seed.Of(parse), opened)));
        return command;
    }

    private static IEnumerable<(string Target, double Threshold)> Thresholds(string text, BayesianNetwork trained, string path)
    {
        (string target, double threshold) = Split(text)!.Value;
        return ColumnSelection.Resolve(path, trained.TargetNames, [target], "target of --above")[0].Select(name => (name, threshold));
    }

    private static (string Target, double Threshold)? Split(string text)
    {
        int at = text.LastIndexOf('=');
        return at > 0 && double.TryParse(text[(at + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? (text[..at].Trim(), value)
            : null;
    }
}
