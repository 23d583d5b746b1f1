namespace IlgpuBnn.Calibration;

/// <summary>How much out-of-fold rows must say before a prediction is changed: that it makes them twenty times as likely.</summary>
internal static class Evidence
{
    /// <summary>ln 20.</summary>
    public const double MinLogRatio = 3;

    /// <summary>Whether so many independent errors, Gaussian and of a size of their own, are that much likelier.</summary>
    /// <param name="without">Their sum of squares.</param>
    /// <param name="with">The same after the change.</param>
    public static bool IsStrong(double rows, double without, double with) => 0.5 * rows * Math.Log(without / with) > MinLogRatio;
}
