using System.CommandLine;
using System.Globalization;
using System.Numerics;
using IlgpuBnn.Analysis;
using IlgpuBnn.Devices;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary>What commands that use a model have in common.</summary>
internal static class UseOptions
{
    public static Option<string> InputsFile(string description =
        "CSV file with the distributions of inputs, a row each: columns input, distribution (uniform, log-uniform, triangular, normal, log-normal, fixed), and of low, high, mode, "
        + "mean, median, sd, value those that it needs. Inputs that it does not name, and all without it, are uniform over the training range.") =>
        new("--inputs-file") { Description = description, HelpName = "D.csv" };

    public static Option<string> Observations() => new("--observations")
    {
        Description = "CSV file of what was observed, a row each: columns target, value, sd (standard deviation of the measurement's error) and, if wanted, discrepancy (standard "
            + "deviation of what the simulator misses at its best).",
        Required = true,
        HelpName = "OBS.csv",
    };

    public static Option<string> ErrorCorrelation() => new("--error-correlation")
    {
        Description = "CSV file with the correlation of the measurements' errors: a header, and a row and a column for each observation, in their order. Default: independent.",
        HelpName = "R.csv",
    };

    public static Observations ReadObservations(ParseResult parse, Option<string> observations, Option<string> correlation) =>
        Analysis.Observations.ReadCsv(parse.GetRequiredValue(observations), parse.GetValue(correlation));

    /// <summary>A number of points of a Sobol sequence.</summary>
    public static TextOption<int> Points(string name, string description, int defaultValue, int minimum) => new(
        name, description, defaultValue.ToString(CultureInfo.InvariantCulture), $"a power of two, at least {minimum}",
        (string text, out int value) => int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out value) && value >= minimum && BitOperations.IsPow2(value))
    {
        HelpName = "n",
    };

    public static TextOption<int> Seed() => TextOption.Whole("--seed", "Seed of the points.", 0, int.MinValue);

    /// <summary>Writes the page that a use of the model makes.</summary>
    public static int Run(
        ParseResult parse, Option<string> model, Option<string> inputs, PageArguments page, TextOption<string> device,
        Func<BayesianNetwork, InputDistributions, Device, ReportPage> create)
    {
        BayesianNetwork trained = CommonOptions.LoadOfNumbers(parse.GetRequiredValue(model), parse.CommandResult.Command.Name);
        return Run(parse, trained, inputs, page, device, (distributions, opened) => create(trained, distributions, opened));
    }

    /// <summary>The same, of a model whose training range the inputs have by default.</summary>
    public static int Run(
        ParseResult parse, BayesianNetwork trained, Option<string> inputs, PageArguments page, TextOption<string> device,
        Func<InputDistributions, Device, ReportPage> create)
    {
        page.RequireDrawable(parse);
        InputDistributions distributions = parse.GetValue(inputs) is { } path ? InputDistributions.ReadCsv(path, trained) : InputDistributions.OfTraining(trained);
        using Device opened = Ranks.Open(device.Of(parse)!);
        Ranks.JoinAlike(opened);
        ReportPage created = create(distributions, opened);
        if (Ranks.IsFirst)
        {
            page.Save(parse, created);
        }

        return ExitCode.Success;
    }
}
