using IlgpuBnn.Data;
using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Prediction;

/// <summary>An equally weighted mixture of Gaussians: an ensemble's prediction of one target of one row.</summary>
/// <remarks>A component with standard deviation 0 is a point mass. The mixture is a view of the caller's spans; nothing is copied.</remarks>
public readonly ref struct GaussianMixture
{
    // A search ends with a step below this fraction of the narrowest standard deviation, unless the CDF is flat there (a gap between components).
    internal const double LastStep = 1e-5;
    internal const double FlatDensity = 1e-7;

    // Of a transformed mixture's CRPS: standard deviations on either side, and steps on either side of the observation.
    private const double Reach = 8.5;
    private const int CrpsSteps = 256;

    // Steps before a bracket is halved by the number of doubles in it instead of its length, which takes 64 steps at most: of a bracket that spans hundreds of
    // orders of magnitude, halving the length would take thousands.
    private const int StepsByLength = 120;
    private const int MaxIterations = StepsByLength + 64;

    private readonly ReadOnlySpan<double> _means;
    private readonly ReadOnlySpan<double> _standardDeviations;

    // Null for none.
    private readonly TargetTransform? _transform;

    /// <summary>A mixture of one component per mean and standard deviation.</summary>
    /// <exception cref="ArgumentException">
    /// There is no component, the lengths differ, or a standard deviation is negative or not finite.
    /// </exception>
    public GaussianMixture(ReadOnlySpan<double> means, ReadOnlySpan<double> standardDeviations)
    {
        if (means.IsEmpty || means.Length != standardDeviations.Length)
            throw new ArgumentException(
                $"A mixture has {means.Length} means and {standardDeviations.Length} standard deviations. "
                + "Give one of each per component, at least one.",
                nameof(standardDeviations));
        foreach (double standardDeviation in standardDeviations)
        {
            if (!(standardDeviation >= 0 && double.IsFinite(standardDeviation)))
                throw new ArgumentException(
                    $"A mixture has the standard deviation {standardDeviation}. Give finite ones, 0 or more.", nameof(standardDeviations));
        }

        _means = means;
        _standardDeviations = standardDeviations;
    }

    /// <summary>What such a mixture on the scale of a transform is in raw units.</summary>
    internal GaussianMixture(ReadOnlySpan<double> means, ReadOnlySpan<double> standardDeviations, TargetTransform? transform)
        : this(means, standardDeviations) => _transform = transform is { IsIdentity: false } ? transform : null;

    /// <summary>Average of the components' means.</summary>
    public double Mean
    {
        get
        {
            if (_transform is not null) return Moments().Mean;
            double sum = 0;
            foreach (double mean in _means) sum += mean;
            return sum / _means.Length;
        }
    }

    /// <summary>Probability of a value of at most <paramref name="x"/>.</summary>
    public double Cdf(double x) => ScaledCdf(Transformed(x));

    private double ScaledCdf(double x)
    {
        double sum = 0;
        for (int s = 0; s < _means.Length; s++)
        {
            double deviation = x - _means[s];
            sum += _standardDeviations[s] > 0 ? StandardCdf(deviation / _standardDeviations[s]) : PointMassCdf(deviation);
        }

        return sum / _means.Length;
    }

    /// <summary>Probability of a value above <paramref name="x"/>, to a relative 1e-14 even in the far tail, where 1 - <see cref="Cdf"/> is 0.</summary>
    public double ProbabilityAbove(double x)
    {
        x = Transformed(x);
        double sum = 0;
        for (int s = 0; s < _means.Length; s++)
        {
            double deviation = x - _means[s];
            sum += _standardDeviations[s] > 0 ? StandardCdf(-deviation / _standardDeviations[s]) : 1 - PointMassCdf(deviation);
        }

        return sum / _means.Length;
    }

    /// <summary>Natural log of the density at <paramref name="x"/>, finite even where the density underflows.</summary>
    /// <returns>NaN if a component is a point mass, which has no density.</returns>
    public double LogDensity(double x)
    {
        double jacobian = 0;
        if (_transform is not null)
        {
            if (!_transform.Accepts(x)) return double.IsNaN(x) ? double.NaN : double.NegativeInfinity;
            (x, jacobian) = (_transform.Apply(x), _transform.LogDerivative(x));
        }

        return LogDensity(x, _means, _standardDeviations, []) + jacobian;
    }

    /// <summary>The same of a mixture that is not transformed.</summary>
    /// <param name="logarithms">Of the standard deviations; empty where they are not at hand.</param>
    internal static double LogDensity(double x, ReadOnlySpan<double> means, ReadOnlySpan<double> standardDeviations, ReadOnlySpan<double> logarithms)
    {
        // Log-sum-exp in one pass: the sum is kept relative to the largest term so far.
        double largest = double.NegativeInfinity, sum = 0;
        for (int s = 0; s < means.Length; s++)
        {
            if (standardDeviations[s] == 0) return double.NaN;
            double z = (x - means[s]) / standardDeviations[s];
            double term = -0.5 * z * z - (logarithms.IsEmpty ? Math.Log(standardDeviations[s]) : logarithms[s]);
            if (double.IsNegativeInfinity(term)) continue;
            if (term > largest)
            {
                sum = sum * Math.Exp(largest - term) + 1;
                largest = term;
            }
            else
            {
                sum += Math.Exp(term - largest);
            }
        }

        return largest + Math.Log(sum) - Math.Log(means.Length) - Constants.LogSqrt2Pi;
    }

    /// <summary>The smallest value whose CDF reaches <paramref name="probability"/>.</summary>
    /// <remarks>
    /// Halley's method on the CDF, with bisection where it leaves the bracket or slows down (point masses, gaps between components).
    /// Accurate to 1e-11 of the narrowest component's standard deviation, plus rounding error.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is not between 0 and 1.</exception>
    public double Quantile(double probability)
    {
        Probabilities.RequireOfQuantile(probability);
        double quantile = ScaledQuantile(probability);
        return _transform is null ? quantile : _transform.Invert(quantile);
    }

    private double ScaledQuantile(double probability)
    {
        // The quantile lies between the smallest and the largest of the components' quantiles.
        double z = Normal.InvCDF(0, 1, probability);
        double lower = double.PositiveInfinity, upper = double.NegativeInfinity, narrowest = double.PositiveInfinity;
        double sum = 0, squares = 0, variances = 0, origin = _means[0];
        for (int s = 0; s < _means.Length; s++)
        {
            double standardDeviation = _standardDeviations[s], quantile = _means[s] + z * standardDeviation, deviation = _means[s] - origin;
            lower = Math.Min(lower, quantile);
            upper = Math.Max(upper, quantile);
            narrowest = Math.Min(narrowest, standardDeviation);
            sum += deviation;
            squares += deviation * deviation;
            variances += standardDeviation * standardDeviation;
        }

        if (!(lower < upper)) return lower;

        // Start: the quantile of a Gaussian with the mixture's mean and variance.
        double mean = sum / _means.Length, variance = (variances + squares) / _means.Length - mean * mean;
        return Solve(probability, lower, upper, Math.Clamp(origin + mean + z * Math.Sqrt(Math.Max(variance, 0)), lower, upper), narrowest);
    }

    /// <summary>
    /// Continuous ranked probability score for the observation <paramref name="y"/>, in its unit; 0 is best. |y - mean| for a single point mass.
    /// </summary>
    /// <remarks>
    /// mean_s A(y - mu_s, sigma_s) - 1/2 mean_st A(mu_s - mu_t, sqrt(sigma_s^2 + sigma_t^2)), where A(mu, sigma) is E|X| of
    /// X ~ N(mu, sigma^2). Grimit, Gneiting, Berrocal and Johnson, Q. J. R. Meteorol. Soc. 132 (2006), Eq. 5.
    /// </remarks>
    public double Crps(double y)
    {
        if (_transform is not null) return CrpsByQuadrature(y, _transform);
        double toObservation = 0, betweenPairs = 0;
        for (int s = 0; s < _means.Length; s++)
        {
            double mean = _means[s], standardDeviation = _standardDeviations[s];
            toObservation += FoldedNormal.Mean(y - mean, standardDeviation);
            // The diagonal counts half, since each pair t < s stands for two: A(0, sqrt 2 sigma) / 2.
            betweenPairs += standardDeviation / Constants.SqrtPi;
            for (int t = 0; t < s; t++)
            {
                double other = _standardDeviations[t];
                betweenPairs += FoldedNormal.Mean(mean - _means[t], Math.Sqrt(standardDeviation * standardDeviation + other * other));
            }
        }

        return (toObservation - betweenPairs / _means.Length) / _means.Length;
    }

    /// <summary>Mean and variance.</summary>
    internal (double Mean, double Variance) Moments()
    {
        double mean = 0, variance = 0;
        Span<double> own = stackalloc double[Math.Min(_means.Length, 1024)];
        own = own.Length == _means.Length ? own : new double[_means.Length];
        for (int s = 0; s < own.Length; s++)
        {
            (own[s], double spread) = _transform is null
                ? (_means[s], _standardDeviations[s] * _standardDeviations[s])
                : _transform.Moments(_means[s], _standardDeviations[s]);
            mean += own[s] / own.Length;
            variance += spread / own.Length;
        }

        foreach (double value in own) variance += (value - mean) * (value - mean) / own.Length;
        return (mean, variance);
    }

    /// <summary>Mean and variance, the variance divided as it is on the scale of the transform.</summary>
    internal (double Mean, double Epistemic, double Aleatoric) Moments(double epistemic, double aleatoric)
    {
        (double mean, double variance) = Moments();
        double share = epistemic + aleatoric > 0 ? epistemic / (epistemic + aleatoric) : 0;
        return (mean, share * variance, (1 - share) * variance);
    }

    private double Transformed(double x) => _transform is null ? x : _transform.ScaleOf(x);

    /// <summary>The integral of (F(x) - 1{x at least y})^2, in steps of equal length on the transform's scale.</summary>
    private double CrpsByQuadrature(double y, TargetTransform transform)
    {
        double lower = double.PositiveInfinity, upper = double.NegativeInfinity;
        for (int s = 0; s < _means.Length; s++)
        {
            // Of a lognormal distribution the upper tail counts as that of a normal one that is moved by its variance.
            double above = Reach + (transform is LogTransform ? _standardDeviations[s] : 0);
            (lower, upper) = (Math.Min(lower, _means[s] - (Reach * _standardDeviations[s])), Math.Max(upper, _means[s] + (above * _standardDeviations[s])));
        }

        // What lies between the mixture and y counts in full.
        double at = transform.Apply(y), sum = at < lower ? transform.Invert(lower) - y : at > upper ? y - transform.Invert(upper) : 0;
        at = Math.Clamp(at, lower, upper);
        for (int side = 0; side < 2; side++)
        {
            double from = side == 0 ? lower : at, step = (side == 0 ? at - lower : upper - at) / CrpsSteps;
            (double x, double height) = (transform.Invert(from), ScaledCdf(from) - side);
            for (int k = 1; k <= CrpsSteps && step > 0; k++)
            {
                // Exact where F is a straight line of x.
                (double nextX, double next) = (transform.Invert(from + (k * step)), ScaledCdf(from + (k * step)) - side);
                sum += (nextX - x) * ((height * height) + (height * next) + (next * next)) / 3;
                (x, height) = (nextX, next);
            }
        }

        return sum;
    }

    /// <summary>Narrows the bracket Cdf(lower) &lt; probability &lt;= Cdf(upper) to rounding error.</summary>
    private double Solve(double probability, double lower, double upper, double x, double narrowest)
    {
        // Near 0 a relative tolerance vanishes: add 1e-11 of the narrowest component.
        double smallest = Math.ScaleB(narrowest, -36) + Math.ScaleB(Math.Max(Math.Abs(lower), Math.Abs(upper)), -80);
        double previousStep = upper - lower;
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            (double cdf, double density, double slope) = SumsAt(x);
            if (cdf >= probability) upper = x;
            else lower = x;

            double tolerance = Math.ScaleB(Math.Max(Math.Abs(lower), Math.Abs(upper)), -49) + smallest;
            if (upper - lower <= tolerance) return upper;

            double newton = (probability - cdf) / density, step = newton / Math.Clamp(1 + 0.5 * newton * slope / density, 0.5, 2);
            // Halley's error is about the step cubed: 1e-15 of the narrowest component, times the square of a z-score.
            if (Math.Abs(step) < LastStep * narrowest && density * narrowest > FlatDensity) return x + step;
            // One tolerance past the root, so that the bracket closes from the other side too.
            if (Math.Abs(step) < tolerance) step = cdf >= probability ? -tolerance : tolerance;
            bool inside = iteration < 50 && Math.Abs(step) < 0.5 * Math.Abs(previousStep) && x + step > lower && x + step < upper;
            double next = inside ? x + step : iteration < StepsByLength ? (0.5 * lower) + (0.5 * upper) : MiddleDouble(lower, upper);
            previousStep = next - x;
            x = next;
        }

        return upper;
    }

    /// <summary>With as many doubles below it as above.</summary>
    private static double MiddleDouble(double lower, double upper)
    {
        long a = Rank(lower), b = Rank(upper), middle = (a >> 1) + (b >> 1) + (a & b & 1);
        return BitConverter.Int64BitsToDouble(middle < 0 ? long.MinValue - middle : middle);

        // Rises with the value.
        static long Rank(double value) => BitConverter.DoubleToInt64Bits(value) is var bits && bits < 0 ? long.MinValue - bits : bits;
    }

    private (double Cdf, double Density, double Slope) SumsAt(double x)
    {
        double cdf = 0, density = 0, slope = 0;
        for (int s = 0; s < _means.Length; s++)
        {
            double deviation = x - _means[s], standardDeviation = _standardDeviations[s];
            if (standardDeviation > 0)
            {
                double z = deviation / standardDeviation, height = Math.Exp(-0.5 * z * z) / standardDeviation;
                cdf += StandardCdf(z);
                density += height;
                slope -= height * z / standardDeviation;
            }
            else
            {
                cdf += PointMassCdf(deviation);
            }
        }

        double norm = Constants.InvSqrt2Pi / _means.Length;
        return (cdf / _means.Length, norm * density, norm * slope);
    }

    private static double StandardCdf(double z) => 0.5 * SpecialFunctions.Erfc(-z * Constants.Sqrt1Over2);

    private static double PointMassCdf(double deviation) => double.IsNaN(deviation) ? double.NaN : deviation >= 0 ? 1 : 0;
}
