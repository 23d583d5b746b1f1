using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace IlgpuBnn.Prediction;

internal static class ParticleCovariance
{
    // A second or so.
    private const long MaxProducts = 500_000_000;

    /// <summary><see cref="PredictiveDistribution.EffectiveParticles"/>, of an even sample of very many rows.</summary>
    public static double EffectiveParticles(PredictiveDistribution prediction)
    {
        int targets = prediction.TargetNames.Count, particles = prediction.ParticleCount;
        double[,] variance = prediction.EpistemicVariance;
        if (particles == 1 || !variance.Cast<double>().Any(value => value > 0))
        {
            return 1;
        }

        int rows = (int)Math.Clamp(MaxProducts / ((long)particles * particles * targets), 1, prediction.RowCount);
        int every = (prediction.RowCount + rows - 1) / rows;
        double[] scale = [.. Enumerable.Range(0, targets).Select(o => Enumerable.Range(0, prediction.RowCount).Sum(n => variance[n, o]))];
        (int Row, int Target)[] cells =
        [
            .. from row in Enumerable.Range(0, prediction.RowCount) where row % every == 0
               from target in Enumerable.Range(0, targets) where scale[target] > 0 select (row, target),
        ];
        var deviations = DenseMatrix.OfRows(Enumerable.Range(0, particles).Select(s => cells.Select(
            cell => (prediction.ParticleOutputs[s, cell.Row, cell.Target] - prediction.Mean[cell.Row, cell.Target]) / Math.Sqrt(scale[cell.Target]))));
        Matrix<double> products = deviations.TransposeAndMultiply(deviations);
        double sum = products.Trace(), squares = Math.Pow(products.FrobeniusNorm(), 2);
        return squares > 0 ? 1 + (sum * sum / squares) : 1;
    }
}
