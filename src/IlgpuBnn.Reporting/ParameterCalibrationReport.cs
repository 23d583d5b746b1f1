using IlgpuBnn.Analysis;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Reporting;

/// <summary>A page on which inputs of a simulator agree with observations.</summary>
public static class ParameterCalibrationReport
{
    private const int Bins = 25, MaxPairs = 10, ShownDraws = 5, MaxPanels = 12;

    /// <summary>Calibrates, and compiles posterior, pairs of inputs and observations beside predictions.</summary>
    /// <inheritdoc cref="ParameterCalibration.Of(BayesianNetwork, Observations, InputDistributions?, CalibrationOptions?, Device?, IProcessGroup?, CancellationToken)"/>
    public static ReportPage Create(
        BayesianNetwork model, Observations observations, InputDistributions? inputs = null, CalibrationOptions? options = null, Device? device = null,
        CancellationToken cancellation = default) => Create(ParameterCalibration.Of(model, observations, inputs, options, device, cancellation: cancellation));

    /// <summary>Compiles the page of a calibration.</summary>
    public static ReportPage Create(ParameterCalibration calibration)
    {
        var page = new ReportPage($"Which {calibration.Parameters.Count} inputs agree with {calibration.Observations.Values.Count} observations");
        page.AddText(
            $"{calibration.Draws.GetLength(0)} draws of the inputs that agree with the observations, given their errors, the discrepancy stated, and what the surrogate does not know. "
            + "Between simulator and observations stands the surrogate: its own uncertainty widens the posterior, and does not bias it.");
        foreach (string warning in calibration.Warnings)
        {
            page.AddText(warning);
        }

        AddParameters(page, calibration);
        AddObservations(page, calibration);
        AddDiagnostics(page, calibration);
        page.AddTable("draws", new ReportTable(
            [.. calibration.Inputs.Names.Select(name => new TableColumn(name))],
            [.. Enumerable.Range(0, calibration.Draws.GetLength(0)).Select(n => (TableCell[])[.. calibration.Inputs.Names.Select((_, i) => (TableCell)calibration.Draws[n, i])])]),
            "The first draws; the file has all. Each counts the same: run the simulator, or predict, with some of them.", shownRows: ShownDraws);
        return page;
    }

    /// <summary>The posterior of the inputs of most shrinkage, ten at most, alone and in pairs (corner plot).</summary>
    /// <param name="marks">[input]: values to mark, raw units. Null (default) for the best point.</param>
    public static PairGrid Pairs(ParameterCalibration calibration, IReadOnlyList<double>? marks = null)
    {
        int[] shown =
        [
            .. calibration.Parameters.OrderByDescending(own => own.Shrinkage).Take(MaxPairs).Select(own => Data.ColumnSelection.IndexOf(calibration.Inputs.Names, own.Name)).Order(),
        ];
        (double Low, double High)[] ranges = [.. shown.Select(i => Range(calibration, i))];
        var maps = new Dictionary<(int, int), double[,]>();
        for (int a = 0; a < shown.Length; a++)
        {
            for (int b = 0; b < a; b++)
            {
                maps[(a, b)] = Density(calibration, shown[a], ranges[a], shown[b], ranges[b]);
            }
        }

        return new PairGrid("", [.. shown.Select(i => calibration.Inputs.Names[i])], ranges, maps)
        {
            LowerScale = new ChartAxis("density, of its maximum") { From = 0, To = 1 },
            Histograms = [.. shown.Select((i, at) => Histogram(calibration, i, ranges[at]))],
            Outlines = [.. shown.Select((i, at) => Prior(calibration.Inputs.Distributions[i], ranges[at]))],
            Marks = [.. shown.Select(i => (marks ?? calibration.Best.Inputs)[i])],
        };
    }

    private static void AddParameters(ReportPage page, ParameterCalibration calibration)
    {
        page.AddHeading("The inputs");
        int[] inputs = [.. calibration.Parameters.Select(own => Data.ColumnSelection.IndexOf(calibration.Inputs.Names, own.Name))];
        page.AddTable("inputs", new ReportTable(
            [
                "input", "mean", "sd", "sd beforehand", "2.5 %", "5 %", "median", "95 %", "97.5 %", "best point", new TableColumn("shrinkage", "P0"),
            ],
            [
                .. calibration.Parameters.Select((own, k) => (TableCell[])
                [
                    own.Name, own.Mean, own.StandardDeviation, own.PriorStandardDeviation,
                    calibration.Quantile(inputs[k], 0.025), calibration.Quantile(inputs[k], 0.05), calibration.Quantile(inputs[k], 0.5), calibration.Quantile(inputs[k], 0.95),
                    calibration.Quantile(inputs[k], 0.975), own.Best, own.Shrinkage,
                ]),
            ]),
            "The posterior: what is known of each input after the observations. Shrinkage is the share of its variance that they took away; 0 % says that they do not tell.");

        page.AddFigure(
            "pairs", Pairs(calibration),
            "Each input alone on the diagonal (filled: posterior; outline: beforehand), and in pairs below it. Narrow slanted maps are combinations that the observations tell better than "
            + "either input. The mark is the best point." + (MaxPairs < inputs.Length ? $" The {MaxPairs} inputs of most shrinkage are shown." : ""));
        page.AddTable("correlation", new ReportTable(
            ["input", .. calibration.Parameters.Select(own => new TableColumn(own.Name, "F2"))],
            [.. calibration.Parameters.Select((own, a) => (TableCell[])[own.Name, .. calibration.Parameters.Select((_, b) => (TableCell)calibration.Correlation[a, b])])]),
            "Correlations of the posterior.");
    }

    private static void AddObservations(ReportPage page, ParameterCalibration calibration)
    {
        page.AddHeading("The observations");
        IReadOnlyList<PredictedObservation> all = calibration.Predicted;
        page.AddTable("observations", new ReportTable(
            [
                "target", "observed", "sd of its error", "discrepancy", "predicted mean", "sd", "5 %", "95 %", new TableColumn("probability", "F3"),
            ],
            [
                .. all.Select(own => (TableCell[])
                [
                    own.Observation.Target, own.Observation.Value, own.Observation.StandardDeviation, own.Observation.Discrepancy, own.Mean, own.StandardDeviation, own.Lower, own.Upper,
                    own.Probability,
                ]),
            ]),
            "What the simulator gives over the posterior, the surrogate's uncertainty included. Probability: that a repeated observation lies as far from the prediction as this one; a "
            + "small one says that the simulator does not reach it.");

        // In the observation's own joint standard deviations, so that all targets share an axis.
        PredictedObservation[] shown = [.. all.Take(MaxPanels * 4)];
        double[] at = [.. Enumerable.Range(1, shown.Length).Select(k => (double)k)];
        double[] scale = [.. shown.Select(own => Math.Sqrt(own.Observation.Variance))];
        page.AddFigure(
            "observations",
            new Chart("", new ChartAxis("observation, as numbered in the table") { From = 0.5, To = shown.Length + 0.5 }, new ChartAxis("distance, in sd of the observation"),
            [
                new Guide("") { Y = 0 },
                new Points("predicted over the posterior, 5 to 95 %", at, [.. shown.Select((own, k) => (own.Mean - own.Observation.Value) / scale[k])])
                {
                    YLower = [.. shown.Select((own, k) => (own.Lower - own.Observation.Value) / scale[k])],
                    YUpper = [.. shown.Select((own, k) => (own.Upper - own.Observation.Value) / scale[k])],
                },
            ])
            {
                Width = 720,
                Height = 280,
            },
            "Predictions beside the observations, which are at 0, in standard deviations of their error and discrepancy.");
    }

    private static void AddDiagnostics(ReportPage page, ParameterCalibration calibration)
    {
        page.AddHeading("How far to trust it");
        page.AddText(
            $"At the best point the squared distance of the observations is {NumberText.Short(calibration.Best.SquaredDistance)} where about {calibration.Observations.Values.Count} "
            + $"are expected (probability {NumberText.Short(calibration.Best.Probability, 2)}). ln of the evidence: {NumberText.Short(calibration.LogEvidence, 5)} ± "
            + $"{NumberText.Short(calibration.LogEvidenceError, 2)}. "
            + $"In {NumberText.Percent(calibration.ShareUnsure)} of the draws the surrogate is less sure of an observed target than the observation is; "
            + $"{NumberText.Percent(calibration.ShareOutside)} of the draws lie outside the range of the training rows."
            + (calibration.Discrepancy is { } own
                ? $" The estimated discrepancy is {NumberText.Short(own.Mean)} ± {NumberText.Short(own.StandardDeviation, 2)} standard deviations of a target over the inputs' distributions."
                : ""));
        page.AddTable("diagnostics", new ReportTable(
            ["input", "distribution beforehand", new TableColumn("R-hat", "F4"), new TableColumn("effective sample size", "F0"), new TableColumn("near the ends", "P1")],
            [.. calibration.Parameters.Select(own => (TableCell[])[own.Name, calibration.Inputs.Distributions[Data.ColumnSelection.IndexOf(calibration.Inputs.Names, own.Name)].Describe(), own.RHat, own.EffectiveSampleSize, own.ShareNearEnds])]),
            $"Tempered sequential Monte Carlo, four independent runs, {calibration.Acceptance:P0} of the moves accepted. R-hat above 1.01: the runs disagree. Near the ends: share of draws in the "
            + "outermost hundredths of the distribution beforehand, of which 2 % would lie there without observations.");
    }

    /// <summary>Of posterior and prior together, without the outermost draws.</summary>
    private static (double Low, double High) Range(ParameterCalibration calibration, int input)
    {
        InputDistribution prior = calibration.Inputs.Distributions[input];
        (double low, double high) = (Math.Min(prior.Quantile(0.005), calibration.Quantile(input, 0.001)), Math.Max(prior.Quantile(0.995), calibration.Quantile(input, 0.999)));
        return low < high ? (low, high) : (low - 0.5, low + 0.5);
    }

    private static int BinOf(double value, (double Low, double High) range) => (int)((value - range.Low) / (range.High - range.Low) * Bins) is >= 0 and < Bins and int bin ? bin : -1;

    private static double[] Histogram(ParameterCalibration calibration, int input, (double Low, double High) range)
    {
        var counts = new double[Bins];
        int draws = calibration.Draws.GetLength(0);
        for (int n = 0; n < draws; n++)
        {
            if (BinOf(calibration.Draws[n, input], range) is >= 0 and int bin)
            {
                counts[bin] += 1.0 / draws;
            }
        }

        return counts;
    }

    private static double[] Prior(InputDistribution prior, (double Low, double High) range)
    {
        const int Values = 20_000;
        var counts = new double[Bins];
        for (int k = 0; k < Values; k++)
        {
            if (BinOf(prior.Quantile((k + 0.5) / Values), range) is >= 0 and int bin)
            {
                counts[bin] += 1.0 / Values;
            }
        }

        return counts;
    }

    private static double[,] Density(ParameterCalibration calibration, int up, (double Low, double High) upRange, int across, (double Low, double High) acrossRange)
    {
        var counts = new double[Bins, Bins];
        for (int n = 0; n < calibration.Draws.GetLength(0); n++)
        {
            if (BinOf(calibration.Draws[n, up], upRange) is >= 0 and int row && BinOf(calibration.Draws[n, across], acrossRange) is >= 0 and int column)
            {
                counts[row, column]++;
            }
        }

        double highest = counts.Cast<double>().Max();
        for (int k = 0; k < counts.Length; k++)
        {
            ref double own = ref counts[k / Bins, k % Bins];
            own = own == 0 ? double.NaN : own / highest;
        }

        return counts;
    }
}
