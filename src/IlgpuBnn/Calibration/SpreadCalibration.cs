using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Prediction;
using MathNet.Numerics;

namespace IlgpuBnn.Calibration;

/// <summary>Noise and epistemic spread of a target, fitted to out-of-fold rows.</summary>
/// <remarks>
/// The mean of m particles with unbiased variance v has a Gaussian error of variance v/m as a mean of few. The particles' common error, of scale c sqrt(v), and
/// the noise, of scale sigma exp(a t), are together Student's t with nu degrees of freedom (<see cref="StudentsT"/>); t is the predicted mean in standard
/// deviations of the target (<see cref="VarianceFunction"/>). (c, sigma, nu, a) maximise the posterior, under a prior centred at c = 1, a = 0 and the
/// training noise.
/// </remarks>
/// <param name="NoiseScale">sigma, in the unit of the residuals.</param>
/// <param name="CommonVariance">c^2.</param>
/// <param name="DegreesOfFreedom">nu; null for Gaussian noise.</param>
/// <param name="NoiseSlope">a.</param>
internal readonly record struct SpreadCalibration(double NoiseScale, double CommonVariance, double? DegreesOfFreedom, double NoiseSlope = 0)
{
    // Prior standard deviations of ln c, ln sigma and a.
    private const double CommonSpread = 1;
    private const double NoiseSpread = 1;
    private const double SlopeSpread = 0.3;

    private const double NoiseStep = 1.5;

    /// <summary>Smallest noise tried, in standard deviations of a target.</summary>
    public const double SmallestNoise = 0.003;

    private static readonly double?[] _degreesOfFreedom = [2, 3, 5, 10, null];
    private static readonly double[] _common = [0.1, 0.3, 0.5, 0.7, 1, 1.4];
    private static readonly double[] _noise = [.. Enumerable.Range(0, 15).Select(i => SmallestNoise * Math.Pow(NoiseStep, i))];
    private static readonly double[] _slopes = [-1, -0.6, -0.3, 0.3, 0.6, 1];
    private static readonly double[] _finerSlopes = [-0.15, 0, 0.15];
    private static readonly double[] _finer = [-0.5, -0.25, 0, 0.25, 0.5];

    /// <summary>Factor for the deviations of S particles from their mean.</summary>
    public double EpistemicScale(int particles) => Math.Sqrt((CommonVariance * MeanSquare(Widths(particles))) + (1.0 / particles));

    /// <summary>Standard deviations of the noise, in units of its scale, that together have its tails.</summary>
    public double[] Widths(int particles) => StudentsT.Widths(DegreesOfFreedom, Math.Min(particles, StudentsT.MaxWidths));

    public static double MeanSquare(double[] widths) => widths.Average(width => width * width);

    /// <summary>Standard deviation of each particle's Gaussian noise; their mixture approximates Student's t.</summary>
    public double[] NoiseStandardDeviations(int particles)
    {
        double scale = NoiseScale;
        return [.. StudentsT.WidthOfEach(particles, DegreesOfFreedom).Select(width => scale * width)];
    }

    /// <summary>Grid search for (c, sigma, nu, a), coarse then fine.</summary>
    /// <param name="rows">At least one.</param>
    /// <param name="leftOutBy">m, at least 2.</param>
    /// <param name="method">Number of particles, the noise they were trained with, and whether the noise may depend on the prediction.</param>
    /// <param name="mayHaveTails">
    /// No on the scale of a transform: its inverse makes tails of its own, and would make means of Student's t distribution infinite.
    /// </param>
    /// <param name="variancesKnownBy">Degrees of freedom of the rows' variances; null where they are known.</param>
    public static SpreadFit Fit(
        IReadOnlyList<OutOfFoldRow> rows, int leftOutBy, AnchoredEnsemble method, bool mayHaveTails = true, double? variancesKnownBy = null,
        CancellationToken cancellation = default)
    {
        double?[] tails = mayHaveTails ? _degreesOfFreedom : [null];
        var search = new Search(rows, leftOutBy, method, variancesKnownBy, cancellation);
        search.TryAll(tails, [0], [.. _common.Select(common => common * common)], _noise);
        SpreadCalibration coarse = search.Best;
        if (method.HeteroscedasticNoise)
        {
            double[] nearby = [.. Enumerable.Range(-2, 5).Select(i => coarse.NoiseScale * Math.Pow(NoiseStep, i))];
            search.TryAll(tails, _slopes, [.. new[] { 0.5, 1, 2 }.Select(times => times * coarse.CommonVariance)], nearby);
            coarse = search.Best;
        }

        search.TryAll(
            [coarse.DegreesOfFreedom], method.HeteroscedasticNoise ? [.. _finerSlopes.Select(slope => coarse.NoiseSlope + slope)] : [0],
            [.. _finer.Select(power => coarse.CommonVariance * Math.Pow(2, power))],
            [.. _finer.Select(power => coarse.NoiseScale * Math.Pow(NoiseStep, power))]);
        double[] logDensities = search.LogDensities(search.Best, method.Particles);
        return new SpreadFit(search.Best, logDensities.Average(), logDensities);
    }

    /// <summary>One Gaussian of the mixture that a residual is taken from.</summary>
    /// <param name="Tail">What the variances of common error and noise are multiplied by.</param>
    /// <param name="Variance">What the estimated variance between particles is multiplied by.</param>
    private readonly record struct Component(double Tail, double Variance);

    /// <summary>The log densities of candidates, eight rows at a time.</summary>
    private sealed class Search(
        IReadOnlyList<OutOfFoldRow> rows, int leftOutBy, AnchoredEnsemble method, double? variancesKnownBy, CancellationToken cancellation)
    {
        private const int RowsBetweenChecks = 32;

        private static readonly int Lanes = Vector512<double>.Count;
        private static readonly Vector512<double> _lanes = Vector512<double>.Indices;

        private readonly int _telling = rows.Count(row => !row.AtBound);

        // Of rows, padded to whole vectors.
        private readonly double[] _halfSquares = Padded(rows, row => -0.5 * row.Residual * row.Residual);
        private readonly double[] _variances = Padded(rows, row => row.Variance);
        private readonly double[] _positions = Padded(rows, row => row.Position);

        // Sums of the first so many.
        private readonly double[] _positionsUpTo = SumsOf(Padded(rows, row => row.Position));

        // Per degrees of freedom tried: Gamma quantiles are too slow to compute for every candidate.
        private readonly Component[][] _components = [.. _degreesOfFreedom.Select(degrees => ComponentsOf(
            StudentsT.Widths(degrees, Math.Min(method.Particles, StudentsT.MaxWidths)), StudentsT.Widths(variancesKnownBy, StudentsT.MaxWidths)))];

        private readonly double[] _noiseFactors = Padded(rows, _ => 1);
        private double _factorsOf;
        private double _highest = double.NegativeInfinity;

        public SpreadCalibration Best { get; private set; }

        public void TryAll(double?[] degreesOfFreedom, double[] slopes, double[] commonVariances, double[] noiseScales)
        {
            foreach (double slope in slopes)
            {
                foreach (double? degrees in degreesOfFreedom)
                {
                    foreach (double common in commonVariances)
                    {
                        foreach (double noise in noiseScales)
                        {
                            Try(new SpreadCalibration(noise, common, degrees, slope));
                        }
                    }
                }
            }
        }

        private void Try(SpreadCalibration candidate)
        {
            cancellation.ThrowIfCancellationRequested();
            double prior = LogPrior(candidate), posterior = LogDensity(candidate, leftOutBy, _telling, atLeast: _highest - prior) + prior;
            if (posterior > _highest)
            {
                (Best, _highest) = (candidate, posterior);
            }
        }

        /// <summary>
        /// Log density of the first rows under zero-mean Gaussian mixtures, as <paramref name="predictedBy"/> particles would predict them: each residual is
        /// rescaled to keep its size in predicted standard deviations of each Gaussian.
        /// </summary>
        /// <param name="atLeast">Minus infinity is returned as soon as it is known that this is not reached: even with residuals of 0 in all further rows.</param>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Before it is compiled a second time, its vectors would be lanes in software.
        public double LogDensity(SpreadCalibration candidate, int predictedBy, int count, double atLeast = double.NegativeInfinity)
        {
            Component[] components = ComponentsOf(candidate);
            SetNoiseFactors(candidate.NoiseSlope);
            double unit = Math.Log(Constants.InvSqrt2Pi / components.Length), highest = Math.Log(components.Sum(own => 1 / (candidate.NoiseScale * Math.Sqrt(own.Tail))));
            Vector512<double> sum = default;
            for (int n = 0; n < count; n += Lanes)
            {
                if (n % RowsBetweenChecks == 0
                    && Vector512.Sum(sum) + (count * unit) + ((count - n) * highest) - (candidate.NoiseSlope * (_positionsUpTo[count] - _positionsUpTo[n])) < atLeast)
                {
                    return double.NegativeInfinity;
                }

                Vector512<double> log = LogDensityAt(n, candidate, components, predictedBy);
                sum += Vector512.ConditionalSelect(Vector512.LessThan(_lanes, Vector512.Create((double)(count - n))), log, default);
            }

            return Vector512.Sum(sum) + (count * unit);
        }

        /// <summary>Log density of each row, in their order.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public double[] LogDensities(SpreadCalibration candidate, int predictedBy)
        {
            Component[] components = ComponentsOf(candidate);
            double[] sorted = new double[_halfSquares.Length], result = new double[rows.Count];
            SetNoiseFactors(candidate.NoiseSlope);
            for (int n = 0; n < sorted.Length; n += Lanes)
            {
                LogDensityAt(n, candidate, components, predictedBy).CopyTo(sorted, n);
            }

            double unit = Math.Log(Constants.InvSqrt2Pi / components.Length);
            foreach ((int n, int row) in Enumerable.Range(0, rows.Count).OrderBy(row => rows[row].AtBound).Index())
            {
                result[row] = sorted[n] + unit;
            }

            return result;
        }

        private Component[] ComponentsOf(SpreadCalibration candidate) => _components[Array.IndexOf(_degreesOfFreedom, candidate.DegreesOfFreedom)];

        /// <summary>As many as there are of the more widths; those of the one go through the other's in an order that has nothing to do with their size.</summary>
        private static Component[] ComponentsOf(double[] tails, double[] variances)
        {
            int count = Math.Max(tails.Length, variances.Length);
            double[] places = [.. Enumerable.Range(0, count).Select(k => (k + 0.5) / count)], order = [.. Enumerable.Range(0, count).Select(k => k * Constants.GoldenRatio % 1)];
            double[] scattered = [.. order.Select(own => (order.Count(other => other < own) + 0.5) / count)];
            return [.. Enumerable.Range(0, count).Select(k => new Component(Square(tails, places[k]), Square(variances, scattered[k])))];

            static double Square(double[] widths, double place) => Math.Pow(widths[(int)(place * widths.Length)], 2);
        }

        /// <summary>Of eight rows, but for a constant.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private Vector512<double> LogDensityAt(int n, SpreadCalibration candidate, Component[] components, int predictedBy)
        {
            Vector512<double> halfSquare = At(_halfSquares, n), factor = At(_noiseFactors, n), variance = At(_variances, n), density = default;
            Vector512<double> common = (candidate.CommonVariance * variance) + (candidate.NoiseScale * candidate.NoiseScale * factor);
            Vector512<double> ofOwnMean = variance / leftOutBy, ofMean = variance / predictedBy;
            foreach (Component own in components)
            {
                Vector512<double> tail = own.Tail * common;
                density += MixtureSums.Exp(Vector512.Max(halfSquare / (tail + (own.Variance * ofOwnMean)), Vector512.Create(MixtureSums.LowestExponent))) / Vector512.Sqrt(tail + (own.Variance * ofMean));
            }

            // A residual beyond the reach of a double is very unlikely, not impossible.
            return Vector512.Log(Vector512.Max(density, Vector512.Create(double.Epsilon)));
        }

        private static Vector512<double> At(double[] values, int row) => Vector512.Create(values.AsSpan(row));

        /// <summary>A value of each row, those at a bound last: only the score counts them.</summary>
        private static double[] Padded(IReadOnlyList<OutOfFoldRow> rows, Func<OutOfFoldRow, double> value)
        {
            var values = new double[(rows.Count + Lanes - 1) / Lanes * Lanes];
            rows.OrderBy(row => row.AtBound).Select(value).ToArray().CopyTo(values, 0);
            return values;
        }

        private static double[] SumsOf(double[] values)
        {
            var sums = new double[values.Length + 1];
            for (int n = 0; n < values.Length; n++)
            {
                sums[n + 1] = sums[n] + values[n];
            }

            return sums;
        }

        /// <summary>Noise variance factor of each row, kept while candidates share a slope.</summary>
        private void SetNoiseFactors(double slope)
        {
            if (slope == _factorsOf)
            {
                return;
            }

            for (int n = 0; n < _noiseFactors.Length; n++)
            {
                _noiseFactors[n] = Math.Exp(2 * slope * _positions[n]);
            }

            _factorsOf = slope;
        }

        private double LogPrior(SpreadCalibration candidate)
        {
            double common = 0.5 * Math.Log(candidate.CommonVariance) / CommonSpread, noise = Math.Log(candidate.NoiseScale / method.Prior.NoiseSd) / NoiseSpread;
            double slope = candidate.NoiseSlope / SlopeSpread;
            return -0.5 * ((common * common) + (noise * noise) + (slope * slope));
        }
    }
}

/// <summary>A calibration, and how well it fits.</summary>
/// <param name="Score">Mean log density of all values, as the whole ensemble would predict them.</param>
/// <param name="LogDensities">Of each row; NaN where it has no value.</param>
internal sealed record SpreadFit(SpreadCalibration Calibration, double Score, double[] LogDensities);
