using System.Globalization;

namespace IlgpuBnn.Reference;

/// <summary>Close means |actual - reference| at most Absolute + Relative * |reference|.</summary>
/// <remarks>
/// NaN or an infinity is close only to itself, so none passes where the reference is finite.
/// Each check throws <see cref="ToleranceException"/> and names the entry that is furthest out, the first of them if several are.
/// </remarks>
public readonly record struct Tolerance(double Absolute, double Relative)
{
    public void AssertClose(double reference, double actual, string what = "value") => AssertClose([reference], [actual], what);

    public void AssertClose(ReadOnlySpan<double> reference, ReadOnlySpan<float> actual, string what = "values")
    {
        double[] widened = new double[actual.Length];
        for (int i = 0; i < actual.Length; i++)
            widened[i] = actual[i];
        AssertClose(reference, (ReadOnlySpan<double>)widened, what);
    }

    public void AssertClose(double[][] reference, double[][] actual, string what = "values")
    {
        if (reference.Length != actual.Length)
            throw new ToleranceException($"{what}: {actual.Length} arrays, the reference has {reference.Length}.");
        for (int i = 0; i < reference.Length; i++)
            AssertClose(reference[i], actual[i], $"{what}[{i}]");
    }

    public void AssertClose(double[,] reference, double[,] actual, string what = "values")
    {
        if (reference.GetLength(0) != actual.GetLength(0) || reference.GetLength(1) != actual.GetLength(1))
            throw new ToleranceException(
                $"{what}: [{actual.GetLength(0)}, {actual.GetLength(1)}], " +
                $"the reference is [{reference.GetLength(0)}, {reference.GetLength(1)}].");
        AssertClose([.. reference.Cast<double>()], [.. actual.Cast<double>()], $"{what} (row-major)");
    }

    public void AssertClose(ReadOnlySpan<double> reference, ReadOnlySpan<double> actual, string what = "values")
    {
        if (reference.Length != actual.Length)
            throw new ToleranceException($"{what}: {actual.Length} values, the reference has {reference.Length}.");

        int failures = 0, worst = -1;
        double worstExcess = 1;
        for (int i = 0; i < reference.Length; i++)
        {
            double excess = Excess(reference[i], actual[i]);
            if (excess > 1)
                failures++;
            if (excess > worstExcess)
                (worst, worstExcess) = (i, excess);
        }
        if (failures > 0)
            throw new ToleranceException(string.Create(CultureInfo.InvariantCulture,
                $"{what}: {failures} of {reference.Length} differ; the worst, at {worst}: {actual[worst]:R}, " +
                $"the reference is {reference[worst]:R} (tolerance {Absolute:R} + {Relative:R} * |reference|)."));
    }

    /// <summary>Error as a multiple of what is allowed: above 1 fails.</summary>
    private double Excess(double reference, double actual)
    {
        if (reference.Equals(actual))
            return 0;
        double excess = Math.Abs(actual - reference) / (Absolute + Relative * Math.Abs(reference));
        return double.IsNaN(excess) ? double.PositiveInfinity : excess;
    }
}

/// <summary>Two numbers that should be close are not; the message says which.</summary>
public sealed class ToleranceException(string message) : Exception(message);
