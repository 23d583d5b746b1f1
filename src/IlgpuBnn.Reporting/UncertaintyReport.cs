using IlgpuBnn.Analysis;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Reporting;

/// <summary>A page on the distribution of a model's targets under uncertain inputs.</summary>
public static class UncertaintyReport
{
    private const int MaxHistograms = 12, Columns = 3, Bins = 40;
    private static readonly double[] _probabilities = [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975];

    /// <summary>Draws inputs, and compiles distributions, their causes, and probabilities to exceed thresholds.</summary>
    /// <param name="inputs">Default: uniform over the training range.</param>
    /// <param name="thresholds">By target. Default none.</param>
    /// <param name="points">A power of two, at least 128. Default 4096.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">A threshold is of an unknown target, or <paramref name="points"/> is no power of two.</exception>
    public static ReportPage Create(
        BayesianNetwork model, InputDistributions? inputs = null, IReadOnlyList<(string Target, double Threshold)>? thresholds = null, int points = 4096, int seed = 0,
        Device? device = null)
    {
        inputs ??= InputDistributions.OfTraining(model);
        foreach ((string target, _) in thresholds ?? [])
        {
            if (!model.TargetNames.Contains(target))
            {
                throw new ArgumentException($"A threshold names \"{target}\", which is no target of the model: {Data.ColumnSelection.List(model.TargetNames)}.");
            }
        }

        var uncertainty = ForwardUncertainty.Of(model, inputs, points, seed, device);
        var page = new ReportPage($"How uncertain {(model.TargetNames.Count <= 3 ? string.Join(", ", model.TargetNames) : $"{model.TargetNames.Count} targets")} would be");
        page.AddText($"Inputs are drawn from the distributions below, independently of each other, {points} times; the surrogate stands for the simulator.");
        AddInputs(page, inputs, uncertainty.ShareOutside);
        page.AddHeading("Distributions");
        AddHistograms(page, uncertainty);
        page.AddTable("distributions", new ReportTable(
            [
                "target", "mean", "± from the surrogate", "sd", .. _probabilities.Select(p => new TableColumn($"{NumberText.Percent(p)} quantile")),
                new TableColumn("variance from inputs", "P1"), new TableColumn("from the surrogate", "P1"), new TableColumn("from noise", "P1"),
            ],
            [
                .. Enumerable.Range(0, uncertainty.TargetNames.Count).Select(o => Row(uncertainty, o)),
            ]),
            "Of a new run with unknown inputs. Variance from inputs stays however good the surrogate is; that from the surrogate goes with more runs of the simulator; noise is what "
            + "neither explains.");
        if (thresholds is { Count: > 0 })
        {
            page.AddHeading("Exceedance");
            page.AddTable("exceedance", new ReportTable(
                ["target", "threshold", new TableColumn("probability to exceed it", "P2"), new TableColumn("± from the surrogate", "P2")],
                [
                    .. thresholds.Select(own =>
                    {
                        (double probability, double error) = uncertainty.ProbabilityAbove(uncertainty.TargetNames.ToList().IndexOf(own.Target), own.Threshold);
                        return (TableCell[])[own.Target, own.Threshold, probability, error];
                    }),
                ]),
                "Probability that a new run with unknown inputs exceeds the threshold; ± is the standard deviation over the networks.");
        }

        return page;
    }

    internal static void AddInputs(ReportPage page, InputDistributions inputs, double shareOutside)
    {
        page.AddTable(
            "inputs", new ReportTable(["input", "distribution"], [.. inputs.Names.Select((name, i) => (TableCell[])[name, inputs.Distributions[i].Describe()])]),
            "Distributions of the inputs.");
        if (shareOutside > 0)
        {
            page.AddText(
                $"In {NumberText.Percent(shareOutside)} of the points an input lies outside the range of the training rows, where the surrogate guesses. Add runs there, or narrow the "
                + "distributions.");
        }
    }

    private static TableCell[] Row(ForwardUncertainty uncertainty, int o)
    {
        double total = Total(uncertainty, o);
        return
        [
            uncertainty.TargetNames[o], uncertainty.Mean[o], uncertainty.MeanError[o], Math.Sqrt(total),
            .. _probabilities.Select(probability => (TableCell)uncertainty.Quantile(o, probability)),
            uncertainty.InputVariance[o] / total, uncertainty.SurrogateVariance[o] / total, uncertainty.NoiseVariance[o] / total,
        ];
    }

    private static double Total(ForwardUncertainty uncertainty, int o) => uncertainty.InputVariance[o] + uncertainty.SurrogateVariance[o] + uncertainty.NoiseVariance[o];

    private static void AddHistograms(ReportPage page, ForwardUncertainty uncertainty)
    {
        int[] shown = [.. Enumerable.Range(0, uncertainty.TargetNames.Count).Where(o => Total(uncertainty, o) > 0).Take(MaxHistograms)];
        if (shown.Length == 0)
        {
            page.AddText("No target varies.");
            return;
        }

        Chart[] panels = [.. shown.Select(o => Histogram(uncertainty, o))];
        page.AddFigure("histograms", new Panels("", panels, Math.Min(Columns, panels.Length)),
            "Probability density of each target over uncertain inputs, the surrogate's uncertainty and noise included; 1 % of the values lie beyond the ends."
            + (shown.Length < uncertainty.TargetNames.Count ? $" Of {uncertainty.TargetNames.Count} targets {shown.Length} are shown." : ""));
    }

    private static Chart Histogram(ForwardUncertainty uncertainty, int o)
    {
        double low = uncertainty.Quantile(o, 0.005), high = uncertainty.Quantile(o, 0.995), width = (high - low) / Bins;
        double[] edges = [.. Enumerable.Range(0, Bins + 1).Select(k => low + (k * width))];
        double[] above = [.. edges.Select(edge => uncertainty.ProbabilityAbove(o, edge).Probability)];
        return new Chart(
            "", new ChartAxis(uncertainty.TargetNames[o]), new ChartAxis("density") { From = 0 },
            [new Bars("", edges[..^1], [.. Enumerable.Range(0, Bins).Select(k => (above[k] - above[k + 1]) / width)], edges[1..])])
        {
            Width = 320,
            Height = 220,
        };
    }
}
