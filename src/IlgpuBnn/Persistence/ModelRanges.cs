using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn.Persistence;

/// <summary>Ranges that the numbers of a model lie in, far beyond what a training finds, and pairs of numbers that must fit: within them, predictions are finite.</summary>
internal static class ModelRanges
{
    /// <summary>Of values, means and bounds: squares of them and of their differences are finite.</summary>
    public const double MaxSize = 1e150;

    /// <summary>Of scales: above 0, and what is divided by them is finite.</summary>
    public const double MinScale = 1e-150;

    /// <summary>Of a value's distance from the mean in standard deviations: n rows have at most the root of n.</summary>
    public const double MaxDistance = 1e9;

    /// <summary>Of a noise log precision in predictions, downwards; upwards there may be no noise at all.</summary>
    public const double MinNoiseLogPrecision = -100;

    public const double MaxEpistemicScale = 1e6;

    public const double MaxLogSdSlope = 20;

    /// <summary>Of what a component adds to a standardised target for a score of 1: of the training rows, about 1 at most.</summary>
    public const double MaxLoading = 1000;

    /// <summary>Of logits' temperatures.</summary>
    public const double MinTemperature = 1e-3, MaxTemperature = 1e3;

    // Of as many rows as there may be, and a class of one of them.
    private const double MinClassWeight = 1e-3, MaxClassWeight = 1e10;

    // ln of the largest variance.
    private const double MaxLogVariance = 690;

    /// <summary>What the texts of a model say about each other; null where it makes sense.</summary>
    public static string? ProblemOf(ModelMetadata metadata)
    {
        TrainingReport report = metadata.Report;
        InferenceMethod method = metadata.Options.Method;
        string[] names = [.. metadata.InputNames, .. metadata.TargetNames];
        int[] counts = [0, .. report.RowCounts];
        return names.Distinct().Count() < names.Length ? "a column is both an input and a target"
            : report.Notes.Concat(report.GroupNames).Concat(metadata.Options.LogInputs).Concat(metadata.Options.Categories).Any(text => text is null) ? "a text is null"
            : report.TrainingRows < 1 || report.ValidationRows < 0 || (long)report.TrainingRows + report.ValidationRows > int.MaxValue ? "its numbers of rows cannot be"
            : !Enumerable.Range(1, counts.Length - 1).All(k => counts[k] > 0 && counts[k] >= counts[k - 1]) ? "the numbers of rows decrease between trainings"
            : report.Iterations < 0 || report.KeptIteration < 0 || report.KeptIteration > report.Iterations ? "its numbers of iterations cannot be"
            : report.Elapsed < TimeSpan.Zero ? "it was trained in less than no time"
            : report.Folds != 0 && (report.Folds < 2 || report.Folds > method.WantedFolds || report.Folds > method.Particles / 2) ? "its number of folds cannot be"
            : ProblemOf(metadata.Classes, metadata.Options, metadata.TargetNames) ?? ProblemOf(metadata.InputEncodings, metadata.TargetTransforms);
    }

    /// <summary>What the classes of a target say; null where it makes sense.</summary>
    public static string? ProblemOf(ClassEncoding? classes, TrainingOptions options, IReadOnlyList<string> targets)
    {
        if (classes is null)
        {
            return options.UsedLikelihood.IsOfClasses ? "its classes are missing" : null;
        }

        int count = classes.Names.Count;
        return !options.UsedLikelihood.IsOfClasses || targets.Count != 1 || classes.Target != targets[0] ? "it has classes of another target"
            : count < 2 || count > ClassLabels.MaxClasses || classes.Names.Any(string.IsNullOrEmpty) || classes.Names.Distinct().Count() < count ? "its classes cannot be"
            : classes.Weights.Count != count || !classes.Weights.All(weight => weight is >= MinClassWeight and <= MaxClassWeight) ? "the weights of its classes cannot be"
            : classes.OutputCount != (options.UsedLikelihood is BernoulliLikelihood ? 1 : count) || (classes.OutputCount == 1 && count != 2) ? "its classes do not fit its likelihood"
            : null;
    }

    /// <summary>What encodings of columns say; null where it makes sense.</summary>
    public static string? ProblemOf(IReadOnlyList<InputEncoding> inputs, IReadOnlyList<TargetTransform> targets) =>
        inputs.OfType<CategoryEncoding>().Any(own => !AreLevels(own)) ? "the levels of a category cannot be"
        : targets.OfType<LimitedTransform>().Any(own => own.Inner is null or LimitedTransform || (own.Lower is null && own.Upper is null) || own.Lower >= own.Upper || IsFar(own.Lower) || IsFar(own.Upper)) ? "the limits of a target cannot be"
        : targets.Select(own => (own as LimitedTransform)?.Inner ?? own).OfType<YeoJohnsonTransform>().Any(own => !(own.Power is >= -2 and <= 4 && own.Scale is >= MinScale and <= MaxSize)) ? "a transform has a power or scale that cannot be"
        : inputs.Sum(own => (long)own.Width) > Devices.SizeLimits.MaxUnits ? "its categories have too many levels"
        : null;

    private static bool IsFar(double? limit) => limit is { } given && !(Math.Abs(given) <= MaxSize);

    /// <summary>What the numbers of a model say about each other; null where it makes sense.</summary>
    public static string? ProblemOf(TableEncoding encoding, Ensemble ensemble, OutputCalibration calibration)
    {
        for (int i = 0, feature = 0; i < encoding.Inputs.Count; feature += encoding.Inputs[i++].Width)
        {
            double smallest = encoding.Range.Smallest[i], largest = encoding.Range.Largest[i];
            InputEncoding own = encoding.Inputs[i];
            if (smallest > largest)
            {
                return $"the smallest value of input \"{ShownText.Of(encoding.InputNames[i])}\" is {smallest}, above its largest, {largest}";
            }

            if (!own.Accepts(smallest) || !(own is CategoryEncoding ? AreNear(feature, own.Width) : IsNear(Encoded(own, smallest), feature) && IsNear(Encoded(own, largest), feature)))
            {
                return $"the range of input \"{ShownText.Of(encoding.InputNames[i])}\", {smallest} to {largest}, does not fit the means and scales of what networks see of it";
            }
        }

        if (encoding.Classes is not null && !(ensemble.TargetScaling.Mean.All(mean => mean == 0) && ensemble.TargetScaling.Scale.All(scale => scale == 1)))
        {
            return "its logits have a mean or a scale";
        }

        for (int o = 0; o < encoding.Targets.Count; o++)
        {
            double mean = ensemble.TargetScaling.Mean[o], scale = ensemble.TargetScaling.Scale[o];
            OutputBounds bounds = calibration.Bounds[o];
            string target = $"target \"{ShownText.Of(ensemble.TargetNames[o])}\"";
            if (IsFar(bounds.Lower) || IsFar(bounds.Upper))
            {
                return $"the bounds of {target}, {bounds.Lower} to {bounds.Upper}, do not fit its mean {mean} and scale {scale}";
            }

            if (Math.Log(scale) + Math.Log(calibration.EpistemicScales[o]) > MaxLogVariance / 2
                || (2 * Math.Log(scale)) + (4 * Math.Abs(calibration.LogSdSlopes[o])) - LeastNoise(calibration, o) > MaxLogVariance)
            {
                return $"the predicted variance of {target} is beyond any number";
            }

            bool IsFar(double bound) => double.IsFinite(bound) && !(Math.Abs(bound - mean) / scale <= MaxDistance);
        }

        return null;

        bool IsNear(double value, int feature) => Math.Abs(ensemble.InputScaling.Standardise(value, feature)) <= MaxDistance;

        // Of a category, each is 0 or 1.
        bool AreNear(int first, int count) => Enumerable.Range(first, count).All(feature => IsNear(0, feature) && IsNear(1, feature));
    }

    private static double LeastNoise(OutputCalibration calibration, int target)
    {
        double least = double.PositiveInfinity;
        for (int s = 0; s < calibration.NoiseLogPrecisions?.GetLength(0); s++)
        {
            least = Math.Min(least, calibration.NoiseLogPrecisions[s, target]);
        }

        return least;
    }

    private static double Encoded(InputEncoding own, double value)
    {
        Span<double> encoded = stackalloc double[1];
        own.Encode(value, encoded);
        return encoded[0];
    }

    private static bool AreLevels(CategoryEncoding encoding) => encoding.Levels is { Count: > 0 } levels && levels.All(double.IsFinite)
        && levels.Distinct().Count() == levels.Count
        && (encoding.Texts is not { } texts || (texts.Distinct().Count() == levels.Count && levels.Select((level, k) => level == k).All(same => same)));
}
