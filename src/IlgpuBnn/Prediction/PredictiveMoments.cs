namespace IlgpuBnn.Prediction;

/// <summary>Mean and variances of a prediction, without the particles' outputs: enough for a map, not for intervals of the mixture.</summary>
/// <param name="Mean">[row, target], raw units.</param>
/// <param name="EpistemicVariance">[row, target], raw units squared: what more runs would shrink.</param>
/// <param name="AleatoricVariance">[row, target], raw units squared: noise; 0 for a deterministic network.</param>
public sealed record PredictiveMoments(double[,] Mean, double[,] EpistemicVariance, double[,] AleatoricVariance);
