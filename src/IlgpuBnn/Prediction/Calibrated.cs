namespace IlgpuBnn.Prediction;

/// <summary>Particles with the noise that rows left out show, all else that they show, and how likely they then are.</summary>
/// <param name="Score">Mean over targets and rows of the log density, in standard deviations of a target; higher is better.</param>
internal sealed record Calibrated(float[] Particles, OutputCalibration Outputs, double Score);
