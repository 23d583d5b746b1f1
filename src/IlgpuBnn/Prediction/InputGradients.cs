namespace IlgpuBnn.Prediction;

/// <summary>Derivatives of targets by inputs.</summary>
/// <param name="Mean">[row, target, input]: mean over the networks, target's unit per input's unit; NaN for a category.</param>
/// <param name="StandardDeviation">The same of the networks' own, on the calibrated scale: how sure the surrogate is of a derivative.</param>
public sealed record InputGradients(double[,,] Mean, double[,,] StandardDeviation);
