using System.CommandLine;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn sensitivity</c>.</summary>
internal static class SensitivityCommand
{
    public static Command Create()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> inputs = UseOptions.InputsFile();
        var page = new PageArguments();
        var groups = new Option<string[]>("--factor")
        {
            Description = "Inputs that count as one factor, as name=a,b; first..last and patterns such as \"soil_*\" name many. May be repeated. Without it each input is a factor.",
            HelpName = "name=a,b",
        };
        TextOption<int> points = UseOptions.Points("--base-points", "Base points of the Sobol sequences; the networks are evaluated at (factors + 2) times as many.", 8192, 1024);
        TextOption<int> seed = UseOptions.Seed();
        TextOption<string> device = CommonOptions.Device();
        var command = new Command(
            "sensitivity",
            "Write a page on which inputs each target depends on, and how: Sobol indices with errors from sampling and from the surrogate, curves of effects and of "
                + "interactions, and elementary effects.\n\nExample:\n  ilgpubnn sensitivity --model yield.safetensors --out yield-sensitivity")
        {
            model, inputs, page.Folder, page.Png, groups, points, seed, device,
        };
        OutputPlace.RefuseInputs(command, page.Folder, inputs, model);
        groups.Validators.Add(result =>
        {
            if (result.Tokens.FirstOrDefault(token => Split(token.Value) is not { Name.Length: > 0, Inputs.Length: > 0 }) is { } wrong)
            {
                result.AddError($"--factor is \"{wrong.Value}\"; it must be a name, =, and names of inputs separated by commas.");
            }
        });
        command.SetAction(parse => UseOptions.Run(parse, model, inputs, page, device, (trained, distributions, opened) => SensitivityReport.Create(
            trained, distributions, new SensitivityOptions { BasePoints = points.Of(parse), Seed = seed.Of(parse), Groups = Groups(parse.GetValue(groups) ?? [], trained, parse.GetRequiredValue(model)) }, opened, Ranks.Join())));
        return command;
    }

    private static Dictionary<string, IReadOnlyList<string>> Groups(IEnumerable<string> texts, BayesianNetwork trained, string path) => texts.Select(Split).ToDictionary(
        own => own.Name,
        own => (IReadOnlyList<string>)[.. ColumnSelection.Resolve(path, trained.InputNames, own.Inputs, $"input of the factor {own.Name}").SelectMany(names => names).Distinct()]);

    private static (string Name, string[] Inputs) Split(string text)
    {
        int at = text.IndexOf('=', StringComparison.Ordinal);
        return at < 0 ? ("", []) : (text[..at].Trim(), [.. CommonOptions.SplitNames(text[(at + 1)..]).Where(name => name.Length > 0)]);
    }
}
