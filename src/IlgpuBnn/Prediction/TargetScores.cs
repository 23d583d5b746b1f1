namespace IlgpuBnn.Prediction;

/// <summary>How well one target was predicted, in its own unit.</summary>
/// <param name="Rmse">Root mean squared error of the mean; 0 is best.</param>
/// <param name="Mae">Mean absolute error of the mean; 0 is best.</param>
/// <param name="R2">1 - squared error / squared deviation from the scored rows' own mean; 1 is best, NaN if they are all the same.</param>
/// <param name="LogScore">Mean ln of the predicted density, higher is better; NaN if a particle has no noise.</param>
/// <param name="Crps">Mean continuous ranked probability score; 0 is best, <paramref name="Mae"/> if a single point is predicted.</param>
/// <param name="Coverage95">Share of rows inside their central 95 % interval, best near 0.95; NaN if a single point is predicted.</param>
/// <param name="Width95">Mean width of the central 95 % interval: of two predictions that cover equally well, the narrower is better.</param>
public sealed record TargetScores(double Rmse, double Mae, double R2, double LogScore, double Crps, double Coverage95, double Width95);
