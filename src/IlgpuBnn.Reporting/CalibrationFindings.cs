using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>In words, of which targets the predicted probabilities are wrong, in which way, and what to do.</summary>
internal static class CalibrationFindings
{
    /// <summary>Of a model that is right about all targets, at least one is found wrong as often as this.</summary>
    private const double FalseAlarms = 0.01;

    /// <summary>A sentence or two per target whose transforms are not uniform; mostly none.</summary>
    /// <param name="pit">[row, target].</param>
    /// <param name="groups">A number per row, the same for rows that may be alike; null where all are independent.</param>
    public static IEnumerable<string> Sentences(IReadOnlyList<string> targets, double[,] pit, IReadOnlyList<int>? groups)
    {
        (string Name, PitHistogram Histogram)[] tested =
        [
            .. targets.Select((name, target) => (Name: name, Histogram: PitHistogram.OfTarget(pit, target, groups)))
                .Where(own => !double.IsNaN(own.Histogram.PValue)),
        ];
        return tested.Where(own => own.Histogram.PValue < FalseAlarms / tested.Length).Select(own => Sentence(own.Name, own.Histogram));
    }

    /// <summary>Chance that a calibrated model does as badly, for people.</summary>
    public static string PValue(double p) => p < 0.0001 ? "p < 0.0001" : $"p = {NumberText.Short(p, 2)}";

    private static string Sentence(string name, PitHistogram found)
    {
        Miscalibration first = found.Departures[0];
        string more = string.Concat(found.Departures.Skip(1).Select(way => Also(way, found)));
        string chance = $" (by chance: {PValue(found.PValue)})";
        string shift = $"{NumberText.Short(Math.Abs(found.Shift), 2)} predictive standard deviations";
        string ratio = $"{NumberText.Short(found.SpreadRatio, 2)} times as large as predicted";
        return first switch
        {
            Miscalibration.PredictsTooLow =>
                $"It predicts {name} too low: on average, observed values lie {shift} above what it predicts{chance}.{more} {AboutShift}",
            Miscalibration.PredictsTooHigh =>
                $"It predicts {name} too high: on average, observed values lie {shift} below what it predicts{chance}.{more} {AboutShift}",
            Miscalibration.TooNarrow =>
                $"Its intervals of {name} are too narrow: errors are {ratio}{chance}.{more} Widen them by that factor before you rely on them; more runs, "
                + "or an input that matters and is missing, may help.",
            Miscalibration.TooWide =>
                $"Its intervals of {name} are too wide: errors are only {ratio}{chance}.{more} They are safe to use, but it knows more than they say; more "
                + "runs may narrow them.",
            Miscalibration.HeavyTails =>
                $"A few errors of {name} are far larger than its intervals allow for, and most are smaller{chance}.{more} Check the rows with the largest "
                + "errors; if they are right, train with Student's t noise (--degrees-of-freedom 4).",
            Miscalibration.LightTails =>
                $"Fewer errors of {name} are small, and fewer large, than predicted{chance}.{more} Its 95 % intervals are safe to use; those of low levels, "
                + "such as 50 %, are too narrow.",
            Miscalibration.LongUpperTail =>
                $"Observed values of {name} stray farther above than below what it predicts{chance}: its intervals end too low.{more} {AboutSkewness}",
            Miscalibration.LongLowerTail =>
                $"Observed values of {name} stray farther below than above what it predicts{chance}: its intervals end too high.{more} {AboutSkewness}",
            _ =>
                $"The probabilities that it gives to values of {name} are wrong in no simple way{chance}.{more} See the histogram in its report.",
        };
    }

    private const string AboutShift =
        "See residuals against inputs in its report: where they keep one sign, an input may be missing, or more runs are needed.";

    private const string AboutSkewness = "Training on a transformed target, such as its logarithm where it is positive, may help.";

    /// <summary>Of the ways that go with another, those that say how far to trust an interval.</summary>
    private static string Also(Miscalibration way, PitHistogram found) => way switch
    {
        Miscalibration.PredictsTooLow => " It also predicts it too low.",
        Miscalibration.PredictsTooHigh => " It also predicts it too high.",
        Miscalibration.TooNarrow => $" Its intervals are also too narrow, by a factor of {NumberText.Short(found.SpreadRatio, 2)}.",
        Miscalibration.TooWide => " Its intervals are also too wide.",
        _ => "",
    };
}
