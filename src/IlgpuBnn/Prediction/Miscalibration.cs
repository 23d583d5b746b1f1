namespace IlgpuBnn.Prediction;

/// <summary>A way in which a predictive distribution is wrong about many rows.</summary>
public enum Miscalibration
{
    /// <summary>Observed values lie above what is predicted.</summary>
    PredictsTooLow,

    /// <summary>Observed values lie below what is predicted.</summary>
    PredictsTooHigh,

    /// <summary>Errors are larger than predicted: intervals of every level are too narrow.</summary>
    TooNarrow,

    /// <summary>Errors are smaller than predicted: intervals of every level are too wide.</summary>
    TooWide,

    /// <summary>Of errors, more are small and more are very large than predicted.</summary>
    HeavyTails,

    /// <summary>Of errors, fewer are small and fewer are very large than predicted.</summary>
    LightTails,

    /// <summary>Observed values stray farther above than below what is predicted.</summary>
    LongUpperTail,

    /// <summary>Observed values stray farther below than above what is predicted.</summary>
    LongLowerTail,

    /// <summary>None of these stands out.</summary>
    Other,
}
