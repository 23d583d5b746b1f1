namespace IlgpuBnn.Prediction;

/// <summary>Scores of one target, raw units.</summary>
/// <param name="Rmse">Root mean squared error of the mean; 0 is best.</param>
/// <param name="Mae">Mean absolute error of the mean; 0 is best.</param>
/// <param name="R2">1 - squared error / squared deviation from the mean of the scored rows; 1 is best, NaN if these are all equal.</param>
/// <param name="LogScore">Mean log predictive density, higher is better; NaN if a particle has no noise.</param>
/// <param name="Crps">Mean continuous ranked probability score; 0 is best, <paramref name="Mae"/> if a single point is predicted.</param>
/// <param name="Coverage95">Fraction of rows inside their central 95 % interval, best near 0.95; NaN if a single point is predicted.</param>
/// <param name="Width95">Mean width of the central 95 % interval; at equal coverage, narrower is better.</param>
public sealed record TargetScores(double Rmse, double Mae, double R2, double LogScore, double Crps, double Coverage95, double Width95);
