using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>A summary of a model's quality in a few sentences.</summary>
public static class Verdict
{
    private const double Weak = 0.5;
    private const double MinCoverage = 0.9;
    private const int FewRows = 20;
    private const double NotableSlope = 0.1;

    /// <summary>Summarises predictions of rows that were not trained on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="unseen">Predictions of such rows.</param>
    /// <param name="observed">What was observed, [row, target], raw units; NaN is missing.</param>
    /// <param name="scores">How good those predictions are.</param>
    /// <param name="ensemble">What all its particles predict for those rows, or some of them.</param>
    /// <param name="groups">
    /// A number per row, the same for rows that may be alike, such as runs of one site. Null (default) where all are independent.
    /// </param>
    /// <param name="doubtful">Targets and inputs with values that may stand for missing ones: these are to be looked at before more runs are made.</param>
    /// <exception cref="ArgumentException"><paramref name="observed"/> is not [row, target], or there are not as many groups as rows.</exception>
    public static IReadOnlyList<string> Sentences(
        BayesianNetwork model, PredictiveDistribution unseen, double[,] observed, Scores scores, PredictiveDistribution ensemble,
        IReadOnlyList<int>? groups = null, IReadOnlyCollection<string>? doubtful = null) =>
        [
            .. Accuracy(scores, doubtful is { Count: > 0 } ? doubtful : null), .. Intervals(scores), .. CalibrationFindings.Sentences(unseen.TargetNames, unseen.Pit(observed), groups),
            .. Uncertainty(unseen, doubtful is { Count: > 0 }), .. Noise(model), .. Bounds(model), .. Particles(model, ensemble),
        ];

    private static IEnumerable<string> Accuracy(Scores scores, IReadOnlyCollection<string>? doubtful)
    {
        (string Name, double R2)[] known =
            [.. scores.TargetNames.Zip(scores.PerTarget, (name, score) => (name, score.R2)).Where(own => double.IsFinite(own.R2)).OrderBy(own => own.R2)];
        if (known.Length == 0)
        {
            yield return "No target varies on unseen rows: the accuracy is unknown.";
            yield break;
        }

        yield return known.Length == 1
            ? $"On unseen rows it explains {Explained(known[0].R2)} of the variance of {known[0].Name}."
            : $"On unseen rows it explains {Explained(known[known.Length / 2].R2)} of the variance of the median target, "
                + $"{Explained(known[0].R2)} of {known[0].Name} (worst) and {Explained(known[^1].R2)} of {known[^1].Name} (best).";
        string[] weak = [.. known.Where(own => own.R2 < Weak).Select(own => own.Name)];
        if (weak.Length > 0)
        {
            yield return $"Do not rely on {ColumnSelection.List(weak)}: less than half of the variance is explained. " + (doubtful is null
                ? "More runs, or an important input that is missing, may help."
                : $"First see whether values of {ColumnSelection.List([.. doubtful.Distinct()])} stand for missing ones.");
        }
    }

    private static IEnumerable<string> Intervals(Scores scores)
    {
        double coverage = scores.Overall.Coverage95;
        if (!double.IsFinite(coverage))
        {
            yield break;
        }

        yield return $"Its 95 % intervals contain {Percent(coverage)} of these rows' values.";
        if (coverage < MinCoverage)
        {
            yield return "It is overconfident: its intervals are too narrow" + (scores.Rows < FewRows ? $", though {scores.Rows} rows are weak evidence." : ".");
        }
    }

    private static IEnumerable<string> Uncertainty(PredictiveDistribution unseen, bool doubtful)
    {
        double fraction = unseen.EpistemicVariance.Cast<double>().Zip(unseen.Variance.Cast<double>(), (part, all) => part / all)
            .Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
        if (double.IsFinite(fraction) && unseen.ParticleCount > 1)
        {
            yield return $"About {Percent(fraction)} of its predictive variance is epistemic (the networks' disagreement){(doubtful ? "" : ", which more runs reduce")}; the rest is noise.";
        }
    }

    private static IEnumerable<string> Noise(BayesianNetwork model)
    {
        (double slope, string name) = model.LogSdSlopes.Zip(model.TargetNames).MaxBy(own => Math.Abs(own.First));
        if (Math.Abs(slope) >= NotableSlope)
        {
            string subject = model.TargetNames.Count == 1 ? $"The noise of {name}" : $"The noise varies with the prediction, most for {name}: it";
            yield return $"{subject} {(slope > 0 ? "grows" : "shrinks")} as predictions rise; one standard deviation above the mean it is "
                + $"{NumberText.Short(Math.Exp(2 * slope), 2)} times as large as one below.";
        }
    }

    private static IEnumerable<string> Bounds(BayesianNetwork model)
    {
        string[] Names(Func<OutputBounds, double> end) =>
            [.. model.TargetNames.Zip(model.OutputBounds).Where(own => double.IsFinite(end(own.Second))).Select(own => own.First)];
        (string[] floors, string[] ceilings) = (Names(bounds => bounds.Lower), Names(bounds => bounds.Upper));
        if (floors.Length + ceilings.Length > 0)
        {
            string below = $"{ColumnSelection.List(floors)} below the smallest training value", above = $"{ColumnSelection.List(ceilings)} above the largest";
            yield return $"Its networks do not predict {(ceilings.Length == 0 ? below : floors.Length == 0 ? $"{above} training value" : $"{below}, or {above}")}: "
                + "this improves out-of-fold predictions.";
        }
    }

    private static IEnumerable<string> Particles(BayesianNetwork model, PredictiveDistribution ensemble)
    {
        if (ensemble.ParticleCount > 1)
        {
            yield return $"The effective number of its {ensemble.ParticleCount} particles is {NumberText.Short(ensemble.EffectiveParticles(), 2)}: their deviations "
                + "are as diverse as those of so many independent ones.";
        }

        double ratio = model.Report.History.Count == 0 ? double.NaN : model.Report.History[^1].SteinIdentityRatio;
        if (double.IsFinite(ratio))
        {
            yield return $"The Stein-identity ratio of its particles is {NumberText.Short(ratio, 2)} (1 for a sample of the posterior)"
                + (ratio is > 0.5 and < 2 ? "." : ": the networks' disagreement says little about their errors.");
        }
    }

    private static string Explained(double r2) => r2 <= 0 ? "nothing" : Percent(r2);

    private static string Percent(double fraction) => NumberText.Percent(Math.Round(fraction, 2));
}
