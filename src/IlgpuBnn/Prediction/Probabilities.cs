namespace IlgpuBnn.Prediction;

/// <summary>What is asked of a distribution, checked.</summary>
internal static class Probabilities
{
    /// <summary>What a central interval leaves below each of its ends.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is not between 0 and 1.</exception>
    public static (double Lower, double Upper) OfInterval(double level) => level > 0 && level < 1
        ? ((1 - level) / 2, (1 + level) / 2)
        : throw new ArgumentOutOfRangeException(nameof(level), level, "An interval's level lies between 0 and 1, both excluded: 0.95 for 95 %.");

    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is not between 0 and 1.</exception>
    public static void RequireOfQuantile(double probability)
    {
        if (!(probability > 0 && probability < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A quantile's probability lies between 0 and 1, both excluded.");
        }
    }
}
