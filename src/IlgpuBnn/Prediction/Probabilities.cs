namespace IlgpuBnn.Prediction;

internal static class Probabilities
{
    /// <summary>Beyond, the probability of the upper bound would be rounded to 1, which has no quantile.</summary>
    public const double MaxLevel = 1 - 1e-15;

    /// <summary>Levels of intervals, in words.</summary>
    public const string LevelRange = "above 0 and at most 0.999999999999999";

    public static bool IsLevel(double level) => level is > 0 and <= MaxLevel;

    /// <summary>Probabilities of the two bounds of a central interval.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is not above 0 and at most <see cref="MaxLevel"/>.</exception>
    public static (double Lower, double Upper) OfInterval(double level) => IsLevel(level)
        ? ((1 - level) / 2, (1 + level) / 2)
        : throw new ArgumentOutOfRangeException(nameof(level), level, $"The level of an interval must be {LevelRange}, such as 0.95 for 95 %.");

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is not between 0 and 1.</exception>
    public static void RequireOfQuantile(double probability)
    {
        if (!(probability > 0 && probability < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "The probability of a quantile must be above 0 and below 1.");
        }
    }
}
