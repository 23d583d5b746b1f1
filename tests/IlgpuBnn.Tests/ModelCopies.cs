using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Tests;

internal static class ModelCopies
{
    /// <summary>The same model but for what is given.</summary>
    public static BayesianNetwork With(this BayesianNetwork model, OutputCalibration? calibration = null, TrainingReport? report = null) => new(
        model.Options, model.InputNames, model.TargetNames, model.InputScaling, model.TargetScaling, model.InputRange, model.Layout,
        model.Particles, calibration ?? model.Calibration, report ?? model.Report);
}
