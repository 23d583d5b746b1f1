using MathNet.Numerics.Statistics;

namespace LandModelSurrogate;

/// <summary>Result of a claim under one of the settings.</summary>
/// <param name="Holds">Whether our results meet the criterion.</param>
/// <param name="Ours">Our results.</param>
internal sealed record Finding(bool Holds, string Ours);

/// <summary>A statement of the paper's section III, and its test.</summary>
/// <param name="Figure">Name of its figure.</param>
/// <param name="Statement">What the paper says.</param>
/// <param name="Asked">Our quantitative criterion for it to hold.</param>
/// <param name="Test">Tests the results of one of the settings.</param>
/// <param name="Reasons">Likely reasons if it does not hold.</param>
internal sealed record Claim(string Figure, string Statement, string Asked, Func<Results, Settings, Finding> Test, params string[] Reasons);

/// <summary>All claims, in the paper's order. Whether one holds is computed from the results of the run.</summary>
internal static class Claims
{
    private const string Bayesian = Methods.Svgd, Plain = Methods.Deterministic;

    private const string StartReason =
        "The start decides. Drawn from the prior, some particles start with weights so large that thousands of iterations do not bring them back "
        + "where few rows hold them; started by fan-in, a plain network does not overfit as badly as the paper's did.";

    private const string StoppingReason = "Where rows held out tell when to stop, the deterministic network stops in time too, before it overfits.";

    private const string ConstantReason =
        "With a noise precision per output and 10 rows, none of them held out, the weight precision can run away: the network becomes a constant, R2 about 0.";

    private const string SpreadReason =
        "The simulator has no noise, so the noise variance falls as the networks learn the rows, and 20 particles in some 1200 dimensions are too few "
        + "for SVGD to spread them: started close together they agree where they are all wrong, started far apart their bound is wide "
        + "because they have not converged.";

    private const string ModelReason = "Another model: photosynthesis (GPP) stands for latent heat, and one second of simplified physics for ELM.";

    private static readonly string[] Quantities = ["NEE", "TLAI", "GPP"];

    public static IReadOnlyList<Claim> All { get; } =
    [
        new("fig1", "The Bayesian network predicts much better than the deterministic one, above all with few training rows.",
            "median R2 higher by 0.1 or more with up to 50 rows", MuchBetter, StartReason, StoppingReason, ConstantReason),
        new("fig1", "With fewer than 50 training rows the deterministic network has a negative R2.",
            "median R2 below 0 for every size under 50", PlainNegative, StartReason, StoppingReason),
        new("fig1", "With 10 training rows the Bayesian network reaches an R2 of 0.5.", "median R2 of 0.5 or more with the fewest rows",
            (results, settings) => AtLeast(results, settings, results.Plan.Sizes.Min(), 0.5),
            StartReason, ConstantReason),
        new("fig1", "Its accuracy improves gradually with the number of training rows.", "median R2 never falls by more than 0.01 from one size to the next",
            Improves, "From 700 to 900 rows little is left to learn but the edge where the vegetation dies out."),
        new("fig1", "Its R2 is about 0.9 with 500 training rows.", "median R2 of 0.85 or more",
            (results, settings) => AtLeast(results, settings, results.Plan.Sizes.MinBy(rows => Math.Abs(rows - 500)), 0.85), ModelReason),
        new("fig1", "With more than 500 training rows both perform similarly.", "median R2 within 0.02 of each other for every size above 500",
            SimilarAtLast, "A tenth of the rows of some settings only tells when to stop."),
        new("fig2", "The Bayesian network's errors are significantly smaller for all three quantities, above all with few rows.",
            "mean standardised error smaller by a tenth or more for each quantity and every size up to 100", ErrorsSmaller,
            StartReason, StoppingReason, ConstantReason),
        new("fig2", "The Bayesian network does equally well for the three quantities.", "mean error of the worst quantity at most 1.25 times that of the best",
            EquallyWell, ModelReason),
        new("fig2", "The deterministic network is particularly poor in latent heat.", "its mean error is largest for GPP, which stands for latent heat",
            PlainPoorest, ModelReason),
        new("fig3", "At one test row the Bayesian network predicts the three quantities of 2010 more accurately than the deterministic one.",
            "smaller error in more than half of the cases (quantities x sizes)", MoreAccurateAtRow,
            "One row and one seed: chance plays a large part. Fig. 1 and 2 say more."),
        new("fig3", "Its bound of two standard deviations encloses the reference for all training sizes.", "in every case",
            Encloses, SpreadReason),
        new("fig3", "With more training rows the prediction comes closer to the reference and the bound becomes narrower.",
            "smaller error and narrower bound with the most rows than with the fewest, for each quantity", CloserAndNarrower, SpreadReason),
        new("fig4", "The Bayesian network does similarly well on training and test rows.", "median R2 within 0.1 of each other at the end",
            SimilarOnTestRows,
            "Few rows do not determine some 1200 weights: the networks fit them all. The paper does not say how many rows it trained on here; "
                + "with more, both come together."),
        new("fig4", "After 400 epochs its R2 is above 0.8 on both.", "both medians above 0.8 from 400 epochs on", QuicklyGood, StartReason),
        new("fig4", "The deterministic network has a negative R2 before 200 epochs on training rows and before 300 on test rows.",
            "both medians below 0 for all shorter trainings", SlowAtFirst, StartReason),
        new("fig4", "At the end it fits the training rows as well as the Bayesian network does, but its test R2 is below 0.5.",
            "training R2 within 0.05 of the Bayesian network's, test R2 below 0.5", Overfits, StartReason, StoppingReason),
        new("fig5", "Accuracy is relatively sensitive to the number of units and insensitive to the number of particles.",
            "the range of mean R2 over units is at least 3 times that over particles", SensitiveToUnits,
            StartReason),
        new("fig5", "With 50 units or more, 10 particles do as well as 300.", "R2 within 0.02 of each other for every such number of units",
            FewParticlesSuffice, StartReason),
        new("fig6", "With 50 units, training 300 particles takes about 30 times as long as training 10.", "20 to 45 times", TimeRatio,
            "The interaction of the particles grows with the square of their number, larger ensembles leave a core's cache, and a machine that does "
                + "other work meanwhile slows down some trainings."),
        new("fig6", "Training 10 particles of a fairly complex network takes less than 2 minutes on one CPU.", "below 120 s with the most units",
            QuickTraining, "A slower machine."),
        new("fig7", "The predictive standard deviation falls with the number of units.",
            "rank correlation of units and standard deviation at most -0.8 for every number of particles", UncertaintyFalls, StartReason,
            "Where rows held out tell when to stop, large networks stop early, before their noise variance has fallen."),
        new("fig7", "Accuracy and predictive standard deviation are negatively correlated, for every number of particles.",
            "correlation of R2 and standard deviation below 0 for every number of particles", NegativelyCorrelated, SpreadReason),
    ];

    private static Finding MuchBetter(Results results, Settings settings)
    {
        int[] sizes = [.. results.Plan.Sizes.Where(rows => rows <= 50)];
        return new Finding(
            sizes.All(rows => results.R2(settings, Bayesian, rows) - results.R2(settings, Plain, rows) >= 0.1),
            "R2 " + Each(sizes, rows => $"{results.R2(settings, Bayesian, rows):F2} against {results.R2(settings, Plain, rows):F2}"));
    }

    private static Finding PlainNegative(Results results, Settings settings)
    {
        int[] sizes = [.. results.Plan.Sizes.Where(rows => rows < 50)];
        return new Finding(
            sizes.All(rows => results.R2(settings, Plain, rows) < 0), "R2 " + Each(sizes, rows => $"{results.R2(settings, Plain, rows):F2}"));
    }

    private static Finding AtLeast(Results results, Settings settings, int rows, double least)
    {
        double r2 = results.R2(settings, Bayesian, rows);
        return new Finding(r2 >= least, $"R2 {r2:F2}");
    }

    private static Finding Improves(Results results, Settings settings)
    {
        double[] r2 = [.. results.Plan.Sizes.Order().Select(rows => results.R2(settings, Bayesian, rows))];
        return new Finding(
            r2.Zip(r2.Skip(1), (fewer, more) => more - fewer).All(gain => gain >= -0.01), "R2 " + string.Join(", ", r2.Select(value => $"{value:F2}")));
    }

    private static Finding SimilarAtLast(Results results, Settings settings)
    {
        int[] sizes = [.. results.Plan.Sizes.Where(rows => rows > 500)];
        return new Finding(
            sizes.All(rows => Math.Abs(results.R2(settings, Bayesian, rows) - results.R2(settings, Plain, rows)) <= 0.02),
            "R2 " + Each(sizes, rows => $"{results.R2(settings, Bayesian, rows):F3} and {results.R2(settings, Plain, rows):F3}"));
    }

    private static Finding ErrorsSmaller(Results results, Settings settings)
    {
        double[] ratios =
        [
            .. from rows in results.Plan.Sizes
               where rows <= 100
               from quantity in Quantities
               select results.Error(settings, Bayesian, quantity, rows) / results.Error(settings, Plain, quantity, rows),
        ];
        return new Finding(ratios.All(ratio => ratio <= 0.9), $"{ratios.Min():F2} to {ratios.Max():F2} times the deterministic network's");
    }

    private static Finding EquallyWell(Results results, Settings settings)
    {
        double[] errors = QuantityErrors(results, settings, Bayesian);
        return new Finding(errors.Max() <= 1.25 * errors.Min(), $"worst to best {errors.Max() / errors.Min():F2}; {Named(errors)}");
    }

    private static Finding PlainPoorest(Results results, Settings settings)
    {
        double[] errors = QuantityErrors(results, settings, Plain);
        return new Finding(Quantities[errors.AsSpan().IndexOf(errors.Max())] == "GPP", Named(errors));
    }

    private static Finding MoreAccurateAtRow(Results results, Settings settings)
    {
        PointRow[] points = PointsOf(results, settings);
        int better = points.Count(point => Math.Abs(point.Mean - point.Reference) < Math.Abs(point.Deterministic - point.Reference));
        return new Finding(2 * better > points.Length, $"{better} of {points.Length} cases");
    }

    private static Finding Encloses(Results results, Settings settings)
    {
        PointRow[] points = PointsOf(results, settings);
        int inside = points.Count(point => point.Lower <= point.Reference && point.Reference <= point.Upper);
        string everywhere = Each([.. results.Plan.Sizes], rows =>
            $"{results.Uncertainty.Single(row => (row.Settings, row.Method, row.Rows) == (settings.Name, Bayesian, rows)).CoverageTwoSd:P0}");
        return new Finding(inside == points.Length, $"{inside} of {points.Length} cases; over all test rows and outputs {everywhere}");
    }

    private static Finding CloserAndNarrower(Results results, Settings settings)
    {
        PointRow[] points = PointsOf(results, settings);
        (PointRow Fewest, PointRow Most)[] pairs =
            [.. points.GroupBy(point => point.Output).Select(same => (same.MinBy(point => point.Rows)!, same.MaxBy(point => point.Rows)!))];
        static double Error(PointRow point) => Math.Abs(point.Mean - point.Reference);
        return new Finding(
            pairs.All(pair => Error(pair.Most) < Error(pair.Fewest) && pair.Most.Upper - pair.Most.Lower < pair.Fewest.Upper - pair.Fewest.Lower),
            string.Join("; ", pairs.Select(pair => $"{pair.Most.Output}: error {Error(pair.Fewest):G3} to {Error(pair.Most):G3}, "
                + $"bound {pair.Fewest.Upper - pair.Fewest.Lower:G3} to {pair.Most.Upper - pair.Most.Lower:G3}")));
    }

    private static Finding SimilarOnTestRows(Results results, Settings settings)
    {
        EpochsRow last = results.EpochsOf(settings, Bayesian)[^1];
        return new Finding(Math.Abs(last.TrainingR2 - last.TestR2) <= 0.1, $"R2 {last.TrainingR2:F2} on training, {last.TestR2:F2} on test rows");
    }

    private static Finding QuicklyGood(Results results, Settings settings)
    {
        EpochsRow[] later = [.. results.EpochsOf(settings, Bayesian).Where(row => row.Epochs >= 400)];
        return new Finding(later.All(row => row.TrainingR2 > 0.8 && row.TestR2 > 0.8),
            later.Length == 0 ? "not run" : $"R2 {later[0].TrainingR2:F2} and {later[0].TestR2:F2} at {later[0].Epochs} epochs");
    }

    private static Finding SlowAtFirst(Results results, Settings settings)
    {
        EpochsRow[] rows = results.EpochsOf(settings, Plain);
        static string From(EpochsRow? row) => row is null ? "never" : $"from {row.Epochs} epochs";
        return new Finding(
            rows.All(row => (row.Epochs >= 200 || row.TrainingR2 < 0) && (row.Epochs >= 300 || row.TestR2 < 0)),
            $"not negative {From(rows.FirstOrDefault(row => row.TrainingR2 >= 0))} on training rows, "
                + $"{From(rows.FirstOrDefault(row => row.TestR2 >= 0))} on test rows");
    }

    private static Finding Overfits(Results results, Settings settings)
    {
        EpochsRow plain = results.EpochsOf(settings, Plain)[^1], bayesian = results.EpochsOf(settings, Bayesian)[^1];
        return new Finding(Math.Abs(plain.TrainingR2 - bayesian.TrainingR2) <= 0.05 && plain.TestR2 < 0.5,
            $"training R2 {plain.TrainingR2:F2} (Bayesian {bayesian.TrainingR2:F2}), test R2 {plain.TestR2:F2}");
    }

    private static Finding SensitiveToUnits(Results results, Settings settings)
    {
        ArchitectureRow[] rows = results.ArchitecturesOf(settings);
        double[] byUnits = [.. rows.GroupBy(row => row.Units).Select(same => same.Average(row => row.R2))];
        double[] byParticles = [.. rows.GroupBy(row => row.Particles).Select(same => same.Average(row => row.R2))];
        double units = byUnits.Max() - byUnits.Min(), particles = byParticles.Max() - byParticles.Min();
        return new Finding(units >= 3 * particles, $"R2 moves by {units:F3} with the units, by {particles:F3} with the particles");
    }

    private static Finding FewParticlesSuffice(Results results, Settings settings)
    {
        var differences = results.ArchitecturesOf(settings).Where(row => row.Units >= 50).GroupBy(row => row.Units)
            .Select(same => (Units: same.Key, Gain: same.MaxBy(row => row.Particles)!.R2 - same.MinBy(row => row.Particles)!.R2)).ToArray();
        return new Finding(differences.All(entry => Math.Abs(entry.Gain) <= 0.02),
            "R2 gained " + string.Join(", ", differences.Select(entry => $"{entry.Gain:F3} ({entry.Units} units)")));
    }

    private static Finding TimeRatio(Results results, Settings settings)
    {
        ArchitectureRow[] rows = [.. results.ArchitecturesOf(settings).Where(row => row.Units == results.Plan.GridUnits.MinBy(units => Math.Abs(units - 50)))];
        double fewest = rows.MinBy(row => row.Particles)!.Seconds, most = rows.MaxBy(row => row.Particles)!.Seconds;
        return new Finding(most / fewest is >= 20 and <= 45, $"{most:F1} s and {fewest:F2} s: {most / fewest:F0} times");
    }

    private static Finding QuickTraining(Results results, Settings settings)
    {
        ArchitectureRow row = results.ArchitecturesOf(settings).OrderBy(row => row.Particles).ThenByDescending(row => row.Units).First();
        return new Finding(row.Seconds < 120, $"{row.Seconds:F1} s ({row.Particles} particles, {row.Units} units)");
    }

    private static Finding UncertaintyFalls(Results results, Settings settings) =>
        AllBelow(results, settings, -0.8, rows => Correlation.Spearman(rows.Select(row => (double)row.Units), rows.Select(row => row.PredictiveSd)));

    private static Finding NegativelyCorrelated(Results results, Settings settings) =>
        AllBelow(results, settings, 0, rows => Correlation.Pearson(rows.Select(row => row.R2), rows.Select(row => row.PredictiveSd)));

    private static Finding AllBelow(Results results, Settings settings, double most, Func<IEnumerable<ArchitectureRow>, double> correlation)
    {
        double[] values = [.. results.ArchitecturesOf(settings).GroupBy(row => row.Particles).Select(correlation)];
        return new Finding(values.All(value => value <= most), $"correlation {values.Min():F2} to {values.Max():F2}");
    }

    private static PointRow[] PointsOf(Results results, Settings settings) => [.. results.Points.Where(point => point.Settings == settings.Name)];

    private static double[] QuantityErrors(Results results, Settings settings, string method) =>
        [.. Quantities.Select(quantity => results.Plan.Sizes.Average(rows => results.Error(settings, method, quantity, rows)))];

    private static string Named(double[] errors) => string.Join(", ", Quantities.Zip(errors, (quantity, error) => $"{quantity} {error:F2}"));

    private static string Each(int[] sizes, Func<int, string> describe) => string.Join(", ", sizes.Select(rows => $"{describe(rows)} ({rows} rows)"));
}
