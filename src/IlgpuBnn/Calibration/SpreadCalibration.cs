using System.Numerics;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Prediction;
using MathNet.Numerics;

namespace IlgpuBnn.Calibration;

/// <summary>Noise and epistemic spread of a target, fitted to out-of-fold rows.</summary>
/// <remarks>
/// The mean of m particles with unbiased variance v has an error of variance (c^2 + 1/m) v: c^2 v is the particles' common error, v/m that of a mean of
/// few. The noise is Student's t with scale sigma exp(a t) and nu degrees of freedom (<see cref="StudentsT"/>), where t is the predicted mean in standard
/// deviations of the target (<see cref="VarianceFunction"/>). (c, sigma, nu, a) maximise the posterior, under a prior centred at c = 1, a = 0 and the
/// training noise.
/// </remarks>
/// <param name="NoiseScale">sigma, in the unit of the residuals.</param>
/// <param name="CommonVariance">c^2.</param>
/// <param name="DegreesOfFreedom">nu; null for Gaussian noise.</param>
/// <param name="NoiseSlope">a.</param>
/// <param name="Score">Mean log density of the rows as the whole ensemble would predict them.</param>
internal readonly record struct SpreadCalibration(double NoiseScale, double CommonVariance, double? DegreesOfFreedom, double NoiseSlope = 0, double Score = double.NaN)
{
    // Prior standard deviations of ln c, ln sigma and a.
    private const double CommonSpread = 0.5;
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
    public double EpistemicScale(int particles) => Math.Sqrt(CommonVariance + (1.0 / particles));

    /// <summary>Standard deviations of the noise, in units of its scale, that together have its tails.</summary>
    public double[] Widths(int particles) => StudentsT.Widths(DegreesOfFreedom, Math.Min(particles, StudentsT.MaxWidths));

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
    public static SpreadCalibration Fit(IReadOnlyList<OutOfFoldRow> rows, int leftOutBy, AnchoredEnsemble method, bool mayHaveTails = true, CancellationToken cancellation = default)
    {
        double?[] tails = mayHaveTails ? _degreesOfFreedom : [null];
        var search = new Search(rows, leftOutBy, method, cancellation);
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
        return search.Best with { Score = search.LogDensity(search.Best, method.Particles, rows.Count) / rows.Count };
    }

    private sealed class Search(IReadOnlyList<OutOfFoldRow> rows, int leftOutBy, AnchoredEnsemble method, CancellationToken cancellation)
    {
        // Rows at a bound last: only the score counts them.
        private readonly OutOfFoldRow[] _rows = [.. rows.Where(row => !row.AtBound), .. rows.Where(row => row.AtBound)];
        private readonly int _telling = rows.Count(row => !row.AtBound);

        // Per degrees of freedom tried: Gamma quantiles are too slow to compute for every candidate.
        private readonly double[][] _widths =
            [.. _degreesOfFreedom.Select(degrees => StudentsT.Widths(degrees, Math.Min(method.Particles, StudentsT.MaxWidths)))];

        private readonly double[] _noiseFactors = new double[rows.Count];
        private double _factorsOf = double.NaN;
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
            double posterior = LogDensity(candidate, leftOutBy, _telling) + LogPrior(candidate);
            if (posterior > _highest)
            {
                (Best, _highest) = (candidate, posterior);
            }
        }

        /// <summary>
        /// Log density of the first rows under zero-mean Gaussian mixtures, as <paramref name="predictedBy"/> particles would predict them: each residual is
        /// rescaled to keep its size in predicted standard deviations.
        /// </summary>
        public double LogDensity(SpreadCalibration candidate, int predictedBy, int count)
        {
            double[] widths = _widths[Array.IndexOf(_degreesOfFreedom, candidate.DegreesOfFreedom)];
            SetNoiseFactors(candidate.NoiseSlope);

            // Unused lanes have infinite width, so density 0.
            int lanes = Vector<double>.Count;
            Span<double> noise = stackalloc double[(widths.Length + lanes - 1) / lanes * lanes];
            noise.Fill(double.PositiveInfinity);
            for (int k = 0; k < widths.Length; k++)
            {
                noise[k] = candidate.NoiseScale * widths[k] * candidate.NoiseScale * widths[k];
            }

            double own = candidate.CommonVariance + (1.0 / leftOutBy), all = candidate.CommonVariance + (1.0 / predictedBy), sum = 0;
            for (int n = 0; n < count; n++)
            {
                (double residual, double ofThose, _, _) = _rows[n];
                Vector<double> ownVariance = new(own * ofThose), variance = new(all * ofThose);
                Vector<double> halfSquare = new(-0.5 * residual * residual), factor = new(_noiseFactors[n]), density = default;
                for (int k = 0; k < noise.Length; k += lanes)
                {
                    Vector<double> noiseVariance = factor * new Vector<double>(noise[k..]);
                    density += Vector.Exp(halfSquare / (ownVariance + noiseVariance)) / Vector.SquareRoot(variance + noiseVariance);
                }

                // A residual beyond the reach of a double is very unlikely, not impossible.
                sum += Math.Log(Math.Max(Vector.Sum(density), double.Epsilon));
            }

            return sum + (count * Math.Log(Constants.InvSqrt2Pi / widths.Length));
        }

        /// <summary>Noise variance factor of each row, kept while candidates share a slope.</summary>
        private void SetNoiseFactors(double slope)
        {
            if (slope == _factorsOf)
            {
                return;
            }

            for (int n = 0; n < _rows.Length; n++)
            {
                _noiseFactors[n] = Math.Exp(2 * slope * _rows[n].Position);
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
