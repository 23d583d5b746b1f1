using IlgpuBnn.Data;

namespace IlgpuBnn.Analysis;

/// <summary>
/// What a run at each of many points would take off a surrogate's variance of one target, averaged over reference points (ALC: Cohn 1996), while runs are added one by one.
/// </summary>
/// <remarks>
/// With d(x) the deviations of S particles at x, over the root of S, the surrogate's covariance is K(x, y) = d(x) . d(y). A run at x with noise nu turns K into
/// K - K(., x) K(x, .) / (K(x, x) + nu^2), which is d into (I - c d(x) d(x)^T) d. So nothing larger than [particle, point] is ever made, and of the reference points
/// A, the mean of d d^T, is enough.
/// </remarks>
internal sealed class TargetGain
{
    private readonly int _particles, _points;

    // d: [particle, point].
    private readonly double[] _deviations;

    // nu^2: [point].
    private readonly double[] _noise;

    // A: [particle, particle].
    private readonly double[,] _references;

    /// <param name="deviations">[particle, point], over the root of the number of particles.</param>
    /// <param name="noise">[point], variances.</param>
    /// <param name="references">[particle, particle]: mean over reference points of the products of deviations.</param>
    public TargetGain(double[] deviations, double[] noise, double[,] references)
    {
        (_deviations, _noise, _references) = (deviations, noise, references);
        (_particles, _points) = (references.GetLength(0), noise.Length);
        Variance = Trace();
    }

    /// <summary>Mean variance of the surrogate at the reference points that is left: less for each run, chance put aside.</summary>
    public double Variance { get; private set; }

    /// <summary>Adds the gain at each of some points to <paramref name="gains"/>.</summary>
    /// <remarks>
    /// Mean over r of K(x, r)^2 - K(x, x) K(r, r) / S, over K(x, x) + nu^2. What is subtracted is what S particles show as covariance by chance; where there is nothing
    /// else, gains scatter about 0.
    /// </remarks>
    /// <param name="first">First of the points.</param>
    /// <param name="gains">One for each.</param>
    public void Add(int first, Span<double> gains)
    {
        double chance = Trace() / _particles;
        int count = gains.Length;
        Span<double> variance = stackalloc double[count], product = stackalloc double[count], sum = stackalloc double[count];
        variance.Clear();
        product.Clear();
        for (int s = 0; s < _particles; s++)
        {
            // A is symmetric: those before count twice.
            ReadOnlySpan<double> own = Deviations(s, first, count);
            sum.Clear();
            for (int t = 0; t < s; t++)
            {
                Doubles.AddScaled(2 * _references[s, t], Deviations(t, first, count), sum);
            }

            Doubles.AddScaled(_references[s, s], own, sum);
            for (int x = 0; x < own.Length; x++)
            {
                product[x] += own[x] * sum[x];
                variance[x] += own[x] * own[x];
            }
        }

        for (int x = 0; x < count; x++)
        {
            gains[x] += (product[x] - (variance[x] * chance)) / (variance[x] + _noise[first + x]);
        }
    }

    /// <summary>What follows once a run at a point is in.</summary>
    public void Condition(int point)
    {
        Span<double> gain = [0];
        Add(point, gain);
        Variance -= Math.Clamp(gain[0], 0, Variance);
        double[] run = [.. Enumerable.Range(0, _particles).Select(s => _deviations[(s * _points) + point])];
        double variance = run.Sum(own => own * own);
        if (variance > 0)
        {
            double factor = (1 - Math.Sqrt(_noise[point] / (variance + _noise[point]))) / variance;
            MoveDeviations(run, factor);
            MoveReferences(run, factor);
        }
    }

    private void MoveDeviations(double[] run, double factor)
    {
        var covariance = new double[_points];
        for (int s = 0; s < _particles; s++)
        {
            Doubles.AddScaled(run[s], Deviations(s, 0, _points), covariance);
        }

        for (int s = 0; s < _particles; s++)
        {
            Doubles.AddScaled(-factor * run[s], covariance, Deviations(s, 0, _points));
        }
    }

    /// <summary>A becomes M A M with M = I - c d d^T.</summary>
    private void MoveReferences(double[] run, double factor)
    {
        var product = new double[_particles];
        double square = 0;
        for (int s = 0; s < _particles; s++)
        {
            for (int t = 0; t < _particles; t++)
            {
                product[s] += _references[s, t] * run[t];
            }

            square += run[s] * product[s];
        }

        for (int s = 0; s < _particles; s++)
        {
            for (int t = 0; t < _particles; t++)
            {
                _references[s, t] += (factor * factor * square * run[s] * run[t]) - (factor * ((run[s] * product[t]) + (product[s] * run[t])));
            }
        }
    }

    private double Trace() => Enumerable.Range(0, _particles).Sum(s => _references[s, s]);

    private Span<double> Deviations(int particle, int first, int count) => _deviations.AsSpan((particle * _points) + first, count);
}
