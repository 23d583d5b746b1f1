using IlgpuBnn.Prediction;
namespace IlgpuBnn.Calibration;

/// <summary>How well the particles that left a row out predict it, in standard deviations of the target.</summary>
/// <param name="Residual">Observed less predicted mean: of the order of 1 or less.</param>
/// <param name="Variance">Among those m particles, divisor m - 1.</param>
/// <param name="Position">t of <see cref="VarianceFunction"/>.</param>
/// <param name="AtBound">
/// Many such rows would make all noise look like none: where at least half of those particles' predictions were cut off, the row lies too, and is hit
/// whatever had been learnt.
/// </param>
internal readonly record struct OutOfFoldRow(double Residual, double Variance, double Position, bool AtBound = false);
