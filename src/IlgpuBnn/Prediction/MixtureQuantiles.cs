using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Prediction;

/// <summary>Quantiles of all mixtures of a prediction, one mixture per vector lane.</summary>
/// <remarks>
/// Halley's method from the quantile of a Gaussian with the mixture's mean and variance, with the stopping rule of
/// <see cref="GaussianMixture.Quantile"/>, which takes over mixtures that do not converge in a few steps (point masses, distant components).
/// A mixture's quantile does not depend on its neighbours.
/// </remarks>
internal sealed class MixtureQuantiles
{
    private const int MaxSteps = 8;

    private const int Lanes = 8;

    private const ulong AllLanes = (1 << Lanes) - 1;

    private readonly PredictiveDistribution _prediction;
    private readonly double[,]? _noiseFactors;
    private readonly int _targets;

    // [component, targets and the first of them repeated], so that adjacent mixtures from any target on are contiguous.
    private readonly double[] _inverses;

    private readonly double[] _narrowest;

    /// <param name="standardDeviations">[target][component].</param>
    /// <param name="noiseFactors">Factors of them, [row, target]; null for 1.</param>
    public MixtureQuantiles(PredictiveDistribution prediction, double[][] standardDeviations, double[,]? noiseFactors)
    {
        (_prediction, _noiseFactors, _targets) = (prediction, noiseFactors, standardDeviations.Length);
        int width = _targets + Lanes;
        _inverses = [.. Enumerable.Range(0, prediction.ParticleCount * width).Select(k => 1 / standardDeviations[k % width % _targets][k / width])];
        _narrowest = [.. Enumerable.Range(0, width).Select(k => standardDeviations[k % _targets].Min())];
    }

    /// <returns>[row, target].</returns>
    public double[,] At(double probability)
    {
        double[,] quantiles = new double[_prediction.RowCount, _targets];
        double z = Normal.InvCDF(0, 1, probability);
        Pieces.ForEach(quantiles.Length, Pieces.Cells, (first, count) => FillPiece(quantiles, first, first + count, probability, z));
        return quantiles;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillPiece(double[,] quantiles, int first, int end, double probability, double z)
    {
        for (int cell = first; cell < end; cell++)
        {
            CellOf(quantiles, cell) = CellOf(_prediction.Mean, cell) + (z * Math.Sqrt(CellOf(_prediction.Variance, cell)));
        }

        int next = first;
        for (; next + Lanes <= end; next += Lanes)
        {
            Vector512<double> factors = _noiseFactors is null ? Vector512<double>.One : Vector512.LoadUnsafe(in CellOf(_noiseFactors, next));
            Improve(ref CellOf(quantiles, next), Lanes, next, ref CellOf(_prediction.ParticleOutputs, next), quantiles.Length, factors, probability);
        }

        if (next < end)
        {
            ImproveFewer(ref CellOf(quantiles, next), end - next, next, probability);
        }
    }

    /// <summary>Fewer mixtures than lanes; unused lanes are zero.</summary>
    private void ImproveFewer(ref double quantiles, int count, int cell, double probability)
    {
        Span<double> all = stackalloc double[Lanes], factors = stackalloc double[Lanes];
        factors.Fill(1);
        double[] means = new double[_prediction.ParticleCount * Lanes];
        for (int lane = 0; lane < count; lane++)
        {
            all[lane] = Unsafe.Add(ref quantiles, lane);
            factors[lane] = _noiseFactors is null ? 1 : CellOf(_noiseFactors, cell + lane);
            for (long s = 0; s < _prediction.ParticleCount; s++)
            {
                means[(s * Lanes) + lane] = CellOf(_prediction.ParticleOutputs, (s * _prediction.Mean.Length) + cell + lane);
            }
        }

        Improve(ref all[0], count, cell, ref means[0], Lanes, Vector512.Create<double>(factors), probability);
        all[..count].CopyTo(MemoryMarshal.CreateSpan(ref quantiles, count));
    }

    /// <param name="quantiles">Starting points, replaced by quantiles.</param>
    /// <param name="count">Lanes in use.</param>
    /// <param name="cell">Of the first lane.</param>
    /// <param name="means">Of the first component.</param>
    /// <param name="stride">From a component's means to the next's.</param>
    /// <param name="factors">Of the standard deviations.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Improve(
        ref double quantiles, int count, int cell, ref double means, int stride, Vector512<double> factors, double probability)
    {
        int components = _prediction.ParticleCount, width = _targets + Lanes, target = cell % _targets;
        Vector512<double> narrowest = factors * Vector512.LoadUnsafe(in _narrowest[target]), shrink = Vector512<double>.One / factors;
        Vector512<double> x = Vector512.LoadUnsafe(in quantiles), done = default;
        for (int iteration = 0; iteration < MaxSteps && done.ExtractMostSignificantBits() != AllLanes; iteration++)
        {
            (Vector512<double> cdf, Vector512<double> density, Vector512<double> slope) =
                MixtureSums.At(x, ref means, stride, shrink, ref _inverses[target], width, components);
            Vector512<double> newton = (Vector512.Create(probability) - cdf) / density;
            Vector512<double> bend = Vector512<double>.One + (0.5 * newton * slope / density);
            Vector512<double> step = newton / Vector512.Min(Vector512.Max(bend, Vector512.Create(0.5)), Vector512.Create(2.0));
            x = Vector512.ConditionalSelect(done, x, x + step);
            done |= Vector512.LessThan(Vector512.Abs(step), GaussianMixture.LastStep * narrowest)
                & Vector512.GreaterThan(density * narrowest, Vector512.Create(GaussianMixture.FlatDensity));
        }

        for (int lane = 0; lane < count; lane++)
        {
            Unsafe.Add(ref quantiles, lane) = double.IsNaN(done[lane]) ? x[lane] : Guarded(cell + lane, probability);
        }
    }

    private double Guarded(int cell, double probability) =>
        _prediction.MixtureOf(cell / _targets, cell % _targets, new double[2 * _prediction.ParticleCount]).Quantile(probability);

    private static ref double CellOf(Array values, long cell) =>
        ref Unsafe.Add(ref Unsafe.As<byte, double>(ref MemoryMarshal.GetArrayDataReference(values)), (nint)cell);
}
