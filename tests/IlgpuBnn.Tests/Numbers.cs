namespace IlgpuBnn.Tests;

internal static class Numbers
{
    /// <summary>Fails unless |actual - expected| is at most absolute + relative |expected|; NaN agrees with NaN alone.</summary>
    public static void AssertClose(double expected, double actual, double absolute, double relative)
    {
        if (double.IsNaN(expected) && double.IsNaN(actual)) return;
        // Written so that a NaN fails.
        Assert.True(
            Math.Abs(actual - expected) <= absolute + relative * Math.Abs(expected),
            $"expected {expected:R}, found {actual:R}, difference {actual - expected:R}");
    }
}
