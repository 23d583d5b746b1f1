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

    private readonly MixtureTable _mixtures;
    private readonly int _targets;

    /// <summary>[component, targets and then some lanes of them again]: those of neighbouring mixtures, whatever target they begin with, lie side by side.</summary>
    private readonly double[] _noiseVariances;

    private readonly double[] _smallestVariance;

    // Whether a component's noise is that of the one before it, of all targets.
    private readonly bool[] _asBefore;

    /// <param name="mixtures">Whose quantiles are asked for.</param>
    /// <param name="standardDeviations">[target][component], of the noise.</param>
    public MixtureQuantiles(MixtureTable mixtures, double[][] standardDeviations)
    {
        (_mixtures, _targets) = (mixtures, standardDeviations.Length);
        int width = _targets + Lanes;
        _noiseVariances =
            [.. Enumerable.Range(0, mixtures.ParticleCount * width).Select(k => Square(standardDeviations[k % width % _targets][k / width]))];
        _smallestVariance = [.. Enumerable.Range(0, width).Select(k => Square(standardDeviations[k % _targets].Min()))];
        _asBefore = [.. Enumerable.Range(0, mixtures.ParticleCount).Select(s => s > 0 && standardDeviations.All(own => own[s] == own[s - 1]))];

        static double Square(double value) => value * value;
    }

    /// <returns>[row, target].</returns>
    public double[,] At(double probability)
    {
        double[,] quantiles = new double[_mixtures.RowCount, _targets];
        double z = Normal.InvCDF(0, 1, probability);
        Pieces.ForEach(quantiles.Length, Pieces.Cells, (first, count) => FillPiece(quantiles, first, first + count, probability, z));
        return quantiles;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FillPiece(double[,] quantiles, int first, int end, double probability, double z)
    {
        for (int cell = first; cell < end; cell++)
        {
            CellOf(quantiles, cell) = CellOf(_mixtures.Mean, cell) + (z * Math.Sqrt(CellOf(_mixtures.Variance, cell)));
        }

        double[] inverses = new double[_mixtures.ParticleCount * Lanes];
        int next = first;
        for (; next + Lanes <= end; next += Lanes)
        {
            Improve(ref CellOf(quantiles, next), Lanes, next, ref CellOf(_mixtures.Outputs, next), quantiles.Length, inverses, probability);
        }

        if (next < end)
        {
            ImproveFewer(ref CellOf(quantiles, next), end - next, next, inverses, probability);
        }
    }

    /// <summary>Fewer mixtures than lanes: the other lanes have zeros.</summary>
    private void ImproveFewer(ref double quantiles, int count, int cell, double[] inverses, double probability)
    {
        Span<double> all = stackalloc double[Lanes];
        double[] outputs = new double[_mixtures.ParticleCount * Lanes];
        for (int lane = 0; lane < count; lane++)
        {
            all[lane] = Unsafe.Add(ref quantiles, lane);
            for (long s = 0; s < _mixtures.ParticleCount; s++)
            {
                outputs[(s * Lanes) + lane] = CellOf(_mixtures.Outputs, (s * _mixtures.Mean.Length) + cell + lane);
            }
        }

        Improve(ref all[0], count, cell, ref outputs[0], Lanes, inverses, probability);
        all[..count].CopyTo(MemoryMarshal.CreateSpan(ref quantiles, count));
    }

    /// <param name="quantiles">Starting points and, at the end, quantiles.</param>
    /// <param name="count">How many of them are asked for.</param>
    /// <param name="cell">The first one's.</param>
    /// <param name="outputs">The first particle's.</param>
    /// <param name="stride">From a particle's outputs to the next's.</param>
    /// <param name="inverses">Room for [component, lane]: 1 / standard deviation.</param>
    /// <param name="probability">Of a value of at most the quantile.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Improve(ref double quantiles, int count, int cell, ref double outputs, int stride, double[] inverses, double probability)
    {
        Span<double> factors = stackalloc double[Lanes], kernels = stackalloc double[Lanes], shrinks = stackalloc double[Lanes], centres = stackalloc double[Lanes];
        factors.Fill(1);
        for (int lane = 0; lane < count; lane++)
        {
            (int row, int target) = Math.DivRem(cell + lane, _targets);
            (factors[lane], kernels[lane]) = _mixtures.Widening(row, target);
            (shrinks[lane], centres[lane]) = (_mixtures.Shrink(target), _mixtures.Mean[row, target]);
        }

        Vector512<double> times = Vector512.Create<double>(factors), kernel = Vector512.Create<double>(kernels);
        SetInverses(inverses, cell % _targets, times, kernel);
        Vector512<double> narrowest = Vector512.Sqrt((times * Vector512.LoadUnsafe(in _smallestVariance[cell % _targets])) + kernel);
        Vector512<double> x = Vector512.LoadUnsafe(in quantiles), done = default;
        var components = new MixtureSums.Components(Vector512.Create<double>(centres), Vector512.Create<double>(shrinks), _mixtures.ParticleCount, stride);
        for (int iteration = 0; iteration < MaxSteps && done.ExtractMostSignificantBits() != AllLanes; iteration++)
        {
            (Vector512<double> cdf, Vector512<double> density, Vector512<double> slope) = MixtureSums.At(x, components, ref outputs, ref inverses[0]);
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

    /// <summary>1 / standard deviation of every component, noise and kernel together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetInverses(double[] inverses, int target, Vector512<double> times, Vector512<double> kernel)
    {
        Vector512<double> inverse = default;
        for (int s = 0; s < _asBefore.Length; s++)
        {
            if (!_asBefore[s])
            {
                Vector512<double> noise = Vector512.LoadUnsafe(in _noiseVariances[(s * (_targets + Lanes)) + target]);
                inverse = Vector512<double>.One / Vector512.Sqrt((times * noise) + kernel);
            }

            inverse.StoreUnsafe(ref inverses[s * Lanes]);
        }
    }

    private double Guarded(int cell, double probability) =>
        _mixtures.Of(cell / _targets, cell % _targets, new double[2 * _mixtures.ParticleCount]).Quantile(probability);

    private static ref double CellOf(Array values, long cell) =>
        ref Unsafe.Add(ref Unsafe.As<byte, double>(ref MemoryMarshal.GetArrayDataReference(values)), (nint)cell);
}
