namespace IlgpuBnn.Prediction;

/// <summary>Mean and variances of a prediction, without the mixtures.</summary>
/// <param name="Mean">[row, target], raw units.</param>
/// <param name="EpistemicVariance">[row, target], raw units squared: from too little data.</param>
/// <param name="AleatoricVariance">[row, target], raw units squared: from noise.</param>
public sealed record PredictiveMoments(double[,] Mean, double[,] EpistemicVariance, double[,] AleatoricVariance);
