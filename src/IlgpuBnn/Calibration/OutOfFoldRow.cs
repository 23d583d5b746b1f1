using IlgpuBnn.Prediction;
namespace IlgpuBnn.Calibration;

/// <summary>A row against its out-of-fold prediction, standardised targets.</summary>
/// <param name="Residual">Observed minus predicted mean.</param>
/// <param name="Variance">Among the m out-of-fold particles, divisor m - 1.</param>
/// <param name="Position">t of <see cref="VarianceFunction"/>.</param>
/// <param name="AtBound">
/// The row lies at a bound to which at least half of the particles were clamped: it is met whatever was learnt, and would make the noise look too small.
/// </param>
internal readonly record struct OutOfFoldRow(double Residual, double Variance, double Position, bool AtBound = false);
