namespace IlgpuBnn.Prediction;

internal static class Probabilities
{
    /// <summary>Probabilities of the two bounds of a central interval.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is not between 0 and 1.</exception>
    public static (double Lower, double Upper) OfInterval(double level) => level > 0 && level < 1
        ? ((1 - level) / 2, (1 + level) / 2)
        : throw new ArgumentOutOfRangeException(nameof(level), level, "The level of an interval must be above 0 and below 1, such as 0.95 for 95 %.");

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is not between 0 and 1.</exception>
    public static void RequireOfQuantile(double probability)
    {
        if (!(probability > 0 && probability < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "The probability of a quantile must be above 0 and below 1.");
        }
    }
}
