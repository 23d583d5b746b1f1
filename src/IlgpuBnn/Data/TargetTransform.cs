using System.Text.Json.Serialization;
using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Integration;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Data;

/// <summary>
/// A strictly rising function of a target, on whose scale networks learn and predict. Everything that is asked of a prediction comes back in the target's own
/// unit, exactly: quantiles and probabilities by the inverse, means and variances by formula or quadrature.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(IdentityTransform), "none")]
[JsonDerivedType(typeof(LogTransform), "log")]
[JsonDerivedType(typeof(SquareRootTransform), "sqrt")]
[JsonDerivedType(typeof(LogitTransform), "logit")]
[JsonDerivedType(typeof(YeoJohnsonTransform), "yeo-johnson")]
[JsonDerivedType(typeof(LimitedTransform), "limited")]
public abstract record TargetTransform
{
    // A normal distribution is as good as 0 beyond.
    private const double Reach = 8.5;

    private static readonly GaussLegendreRule _rule = new(-Reach, Reach, 64);

    private protected TargetTransform()
    {
    }

    /// <summary>Its name on the command line.</summary>
    [JsonIgnore]
    public abstract string Name { get; }

    /// <summary>Which values it takes, in words.</summary>
    internal abstract string Domain { get; }

    internal virtual bool IsIdentity => false;

    /// <summary>Whether noise on its scale may have heavy tails: the inverse of another makes tails of its own, and would make means of Student's t distribution infinite.</summary>
    internal virtual bool MayHaveTails => IsIdentity;

    /// <summary>The value on the transformed scale; an infinity at an end of the domain and beyond.</summary>
    public abstract double Apply(double value);

    /// <summary>The value in the target's own unit.</summary>
    public abstract double Invert(double transformed);

    /// <summary>Whether a value can be transformed, and comes back.</summary>
    internal virtual bool Accepts(double value) => double.IsFinite(Apply(value));

    /// <summary>Up to where, on its scale, all is at most a value.</summary>
    internal virtual double ScaleOf(double value) => Apply(value);

    /// <summary>ln of the derivative of <see cref="Apply"/>, at a value of the domain.</summary>
    internal abstract double LogDerivative(double value);

    /// <summary>Derivative of <see cref="Invert"/>.</summary>
    internal virtual double InverseDerivative(double transformed) => IsIdentity ? 1 : Math.Exp(-LogDerivative(Invert(transformed)));

    /// <summary>Nodes in standard deviations and weights, with which <see cref="Moments"/> integrates over a normal distribution.</summary>
    internal static (double[] Nodes, double[] Weights) Quadrature()
    {
        double[] nodes = [.. Enumerable.Range(0, _rule.Order).Select(_rule.GetAbscissa)];
        return (nodes, [.. nodes.Select((z, i) => _rule.GetWeight(i) * Normal.PDF(0, 1, z))]);
    }

    /// <summary>Mean and variance, in the target's own unit, of what is normal on the transformed scale.</summary>
    internal virtual (double Mean, double Variance) Moments(double mean, double standardDeviation)
    {
        double first = 0, second = 0, origin = Invert(mean);
        for (int i = 0; i < _rule.Order; i++)
        {
            double z = _rule.GetAbscissa(i), weight = _rule.GetWeight(i) * Normal.PDF(0, 1, z), deviation = Invert(mean + (standardDeviation * z)) - origin;
            first += weight * deviation;
            second += weight * deviation * deviation;
        }

        return (origin + first, Math.Max(0, second - (first * first)));
    }
}

/// <summary>None: the target itself.</summary>
public sealed record IdentityTransform : TargetTransform
{
    /// <inheritdoc/>
    public override string Name => "none";

    internal override string Domain => "any number";

    internal override bool IsIdentity => true;

    /// <inheritdoc/>
    public override double Apply(double value) => value;

    /// <inheritdoc/>
    public override double Invert(double transformed) => transformed;

    internal override double LogDerivative(double value) => 0;

    internal override (double Mean, double Variance) Moments(double mean, double standardDeviation) => (mean, standardDeviation * standardDeviation);
}

/// <summary>Natural logarithm: for positive values over decades, whose errors are in proportion to their size.</summary>
public sealed record LogTransform : TargetTransform
{
    /// <inheritdoc/>
    public override string Name => "log";

    internal override string Domain => "numbers above 0";

    /// <inheritdoc/>
    public override double Apply(double value) => value > 0 ? Math.Log(value) : double.NegativeInfinity;

    /// <inheritdoc/>
    public override double Invert(double transformed) => Math.Exp(transformed);

    internal override double LogDerivative(double value) => -Math.Log(value);

    internal override (double Mean, double Variance) Moments(double mean, double standardDeviation)
    {
        double variance = standardDeviation * standardDeviation, value = Math.Exp(mean + (0.5 * variance));
        return (value, value * value * (Math.Exp(variance) - 1));
    }
}

/// <summary>Square root: for counts and amounts from 0. What is predicted below 0 on its scale is 0.</summary>
public sealed record SquareRootTransform : TargetTransform
{
    /// <inheritdoc/>
    public override string Name => "sqrt";

    internal override string Domain => "numbers of at least 0";

    /// <inheritdoc/>
    public override double Apply(double value) => value >= 0 ? Math.Sqrt(value) : double.NegativeInfinity;

    /// <inheritdoc/>
    public override double Invert(double transformed) => transformed > 0 ? transformed * transformed : 0;

    // At 0, where all that lies below 0 on the scale is gathered, there is no density.
    internal override double LogDerivative(double value) => value > 0 ? -Constants.Ln2 - (0.5 * Math.Log(value)) : double.NaN;

    internal override (double Mean, double Variance) Moments(double mean, double standardDeviation)
    {
        if (standardDeviation == 0)
        {
            return (Invert(mean), 0);
        }

        // Second and fourth moment of the part above 0.
        double m = mean * mean, v = standardDeviation * standardDeviation;
        double above = Normal.CDF(0, 1, mean / standardDeviation), density = standardDeviation * Normal.PDF(0, 1, mean / standardDeviation);
        double second = ((m + v) * above) + (mean * density), fourth = (((m * m) + (6 * m * v) + (3 * v * v)) * above) + (((m * mean) + (5 * mean * v)) * density);
        return (second, Math.Max(0, fourth - (second * second)));
    }
}

/// <summary>ln(y / (1 - y)): for fractions between 0 and 1.</summary>
public sealed record LogitTransform : TargetTransform
{
    /// <inheritdoc/>
    public override string Name => "logit";

    internal override string Domain => "numbers between 0 and 1, both excluded";

    /// <inheritdoc/>
    public override double Apply(double value) =>
        value <= 0 ? double.NegativeInfinity : value >= 1 ? double.PositiveInfinity : Math.Log(value) - SpecialFunctions.Log1p(-value);

    /// <inheritdoc/>
    public override double Invert(double transformed) => SpecialFunctions.Logistic(transformed);

    internal override double LogDerivative(double value) => -Math.Log(value) - SpecialFunctions.Log1p(-value);
}

/// <summary>
/// A power transformation for values of either sign. I.-K. Yeo and R. A. Johnson, "A new family of power transformations to improve normality or symmetry",
/// Biometrika 87 (2000).
/// </summary>
/// <param name="Power">lambda, in [-2, 4]; 1 changes nothing, 0 is ln(1 + y) of positive values.</param>
/// <param name="Scale">What values are divided by first, above 0: the size of a typical one.</param>
public sealed record YeoJohnsonTransform(double Power, double Scale) : TargetTransform
{
    /// <inheritdoc/>
    public override string Name => "yeo-johnson";

    internal override string Domain => "any number";

    /// <inheritdoc/>
    public override double Apply(double value)
    {
        double y = value / Scale;
        return y >= 0 ? BoxCox(1 + y, Power) : -BoxCox(1 - y, 2 - Power);
    }

    /// <inheritdoc/>
    /// <remarks>Beyond what any value is transformed to, the end.</remarks>
    public override double Invert(double transformed) =>
        Scale * (transformed >= 0 ? InverseBoxCox(transformed, Power) - 1 : 1 - InverseBoxCox(-transformed, 2 - Power));

    internal override double LogDerivative(double value)
    {
        double y = value / Scale;
        return (y >= 0 ? (Power - 1) * SpecialFunctions.Log1p(y) : (1 - Power) * SpecialFunctions.Log1p(-y)) - Math.Log(Scale);
    }

    /// <summary>The likeliest power for values that should be normal.</summary>
    /// <param name="values">Finite, not all the same.</param>
    public static YeoJohnsonTransform Fit(IReadOnlyCollection<double> values) => Fit(values, default);

    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    internal static YeoJohnsonTransform Fit(IReadOnlyCollection<double> values, CancellationToken cancellation)
    {
        double[] sizes = [.. values.Select(Math.Abs).Where(size => size > 0)];
        double scale = sizes.Median(), best = double.NegativeInfinity;
        var result = new YeoJohnsonTransform(1, scale);
        for (double power = -2; power <= 4; power += 0.1)
        {
            cancellation.ThrowIfCancellationRequested();
            var candidate = new YeoJohnsonTransform(Math.Round(power, 1), scale);
            double[] transformed = [.. values.Select(candidate.Apply)];
            double likelihood = values.Sum(candidate.LogDerivative) - (0.5 * transformed.Length * Math.Log(transformed.PopulationVariance()));
            if (likelihood > best)
            {
                (result, best) = (candidate, likelihood);
            }
        }

        return result;
    }

    /// <summary>Whether a power stands for the logarithm.</summary>
    internal static bool IsLogarithm(double power) => Math.Abs(power) < 1e-9;

    private static double BoxCox(double value, double power) => IsLogarithm(power) ? Math.Log(value) : (Math.Pow(value, power) - 1) / power;

    private static double InverseBoxCox(double value, double power) =>
        IsLogarithm(power) ? Math.Exp(value) : Math.Pow(Math.Max((power * value) + 1, double.Epsilon), 1 / power);
}

/// <summary>Which <see cref="TargetTransform"/>.</summary>
public enum TransformKind
{
    /// <summary>The target itself.</summary>
    None,

    /// <summary>See <see cref="LogTransform"/>.</summary>
    Log,

    /// <summary>See <see cref="SquareRootTransform"/>.</summary>
    SquareRoot,

    /// <summary>See <see cref="LogitTransform"/>.</summary>
    Logit,

    /// <summary>See <see cref="YeoJohnsonTransform"/>; its power is the likeliest for the training rows.</summary>
    YeoJohnson,
}
