namespace IlgpuBnn.Tests;

internal static class ModelCopies
{
    /// <summary>The same model with another calibration.</summary>
    public static BayesianNetwork With(this BayesianNetwork model, OutputCalibration calibration) => new(model.Model with { Calibration = calibration });
}
