using IlgpuBnn.Prediction;

namespace IlgpuBnn.Tests;

internal static class ModelCopies
{
    /// <summary>The same model with another calibration.</summary>
    public static BayesianNetwork With(this BayesianNetwork model, OutputCalibration calibration) => new(
        model.Options, model.InputNames, model.TargetNames, model.InputScaling, model.TargetScaling, model.InputRange, model.Layout,
        model.Particles, calibration, model.Report);
}
