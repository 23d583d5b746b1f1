using System.Globalization;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Analysis;

/// <summary>What is known of one input of the simulator before it is run, by its quantile function.</summary>
public abstract record InputDistribution
{
    private const int Bisections = 30;

    private protected InputDistribution()
    {
    }

    /// <summary>The value that the input is below with probability <paramref name="probability"/>.</summary>
    /// <param name="probability">Between 0 and 1, exclusive.</param>
    public abstract double Quantile(double probability);

    /// <summary>The inverse: the probability below a value, and half of that of the value itself. By bisection, as quantiles are all that a distribution says.</summary>
    internal double Probability(double value)
    {
        return (First(quantile => quantile >= value) + First(quantile => quantile > value)) / 2;

        double First(Predicate<double> isReached)
        {
            (double low, double high) = (0, 1);
            for (int k = 0; k < Bisections; k++)
            {
                double middle = (low + high) / 2;
                (low, high) = isReached(Quantile(middle)) ? (low, middle) : (middle, high);
            }

            return (low + high) / 2;
        }
    }

    /// <summary>What is wrong with its numbers; null for nothing.</summary>
    internal abstract string? Problem();

    /// <summary>In words, e.g. "uniform from 0 to 1".</summary>
    public abstract string Describe();

    private protected static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private protected static string Limits(double low, double high) =>
        (low is > double.NegativeInfinity and not 0 ? Text($", above {low:G5}") : "") + (high < double.PositiveInfinity ? Text($", below {high:G5}") : "");

    private protected static bool AreFinite(params ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            if (!double.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Every value between two as probable as any other.</summary>
public sealed record Uniform(double Low, double High) : InputDistribution
{
    /// <inheritdoc/>
    public override double Quantile(double probability) => Low + (probability * (High - Low));

    /// <inheritdoc/>
    public override string Describe() => Text($"uniform from {Low:G5} to {High:G5}");

    internal override string? Problem() => AreFinite(Low, High) && Low < High ? null : "low must be below high";
}

/// <summary>A uniform logarithm.</summary>
public sealed record LogUniform(double Low, double High) : InputDistribution
{
    /// <inheritdoc/>
    public override double Quantile(double probability) => Low * Math.Pow(High / Low, probability);

    /// <inheritdoc/>
    public override string Describe() => Text($"log-uniform from {Low:G5} to {High:G5}");

    internal override string? Problem() => AreFinite(Low, High) && Low > 0 && Low < High ? null : "low must be above 0 and below high";
}

/// <summary>A density that rises to a mode and falls from it, straight.</summary>
public sealed record Triangular(double Low, double Mode, double High) : InputDistribution
{
    /// <inheritdoc/>
    public override double Quantile(double probability) => MathNet.Numerics.Distributions.Triangular.InvCDF(Low, High, Mode, probability);

    /// <inheritdoc/>
    public override string Describe() => Text($"triangular from {Low:G5} over {Mode:G5} to {High:G5}");

    internal override string? Problem() =>
        AreFinite(Low, Mode, High) && Low < High && Low <= Mode && Mode <= High ? null : "low must be below high, and the mode between them";
}

/// <summary>A normal distribution, cut off where limits are given.</summary>
public sealed record Gaussian(double Mean, double StandardDeviation, double Low = double.NegativeInfinity, double High = double.PositiveInfinity) : InputDistribution
{
    /// <inheritdoc/>
    public override double Quantile(double probability) =>
        Math.Clamp(Mean + (StandardDeviation * Truncated.Quantile(probability, (Low - Mean) / StandardDeviation, (High - Mean) / StandardDeviation)), Low, High);

    /// <inheritdoc/>
    public override string Describe() => Text($"normal, mean {Mean:G5}, sd {StandardDeviation:G5}") + Limits(Low, High);

    internal override string? Problem() => AreFinite(Mean, StandardDeviation) && StandardDeviation > 0
        ? Truncated.Problem((Low - Mean) / StandardDeviation, (High - Mean) / StandardDeviation)
        : "the mean must be finite, and sd above 0";
}

/// <summary>A normal logarithm, cut off where limits are given.</summary>
/// <param name="Median">Of the value itself.</param>
/// <param name="LogStandardDeviation">Of its natural logarithm.</param>
public sealed record LogNormal(double Median, double LogStandardDeviation, double Low = 0, double High = double.PositiveInfinity) : InputDistribution
{
    /// <inheritdoc/>
    public override double Quantile(double probability) =>
        Math.Clamp(Median * Math.Exp(LogStandardDeviation * Truncated.Quantile(probability, Scaled(Low), Scaled(High))), Low, High);

    /// <inheritdoc/>
    public override string Describe() => Text($"log-normal, median {Median:G5}, sd {LogStandardDeviation:G5} of its logarithm") + Limits(Low, High);

    internal override string? Problem() => AreFinite(Median, LogStandardDeviation) && Median > 0 && LogStandardDeviation > 0 && Low >= 0
        ? Truncated.Problem(Scaled(Low), Scaled(High))
        : "the median and sd must be above 0, and low not below";

    private double Scaled(double limit) => Math.Log(limit / Median) / LogStandardDeviation;
}

/// <summary>One of a few values, each as probable as any other: a category.</summary>
public sealed record Choice(IReadOnlyList<double> Values) : InputDistribution
{
    /// <inheritdoc/>
    public override double Quantile(double probability) => Values[Math.Min((int)(probability * Values.Count), Values.Count - 1)];

    /// <inheritdoc/>
    public override string Describe() => $"one of {string.Join(", ", Names ?? Values.Select(value => Text($"{value:G5}")))}";

    /// <summary>Of the values, where a table has texts in their place.</summary>
    internal IReadOnlyList<string>? Names { get; init; }

    internal override string? Problem() => Values.Count > 0 && Values.All(double.IsFinite) ? null : "it must have values";
}

/// <summary>A value that is known.</summary>
public sealed record Fixed(double Value) : InputDistribution
{
    /// <inheritdoc/>
    public override double Quantile(double probability) => Value;

    /// <inheritdoc/>
    public override string Describe() => Text($"fixed at {Value:G5}");

    internal override string? Problem() => double.IsFinite(Value) ? null : "the value must be finite";
}

/// <summary>The standard normal distribution between two limits.</summary>
internal static class Truncated
{
    public static double Quantile(double probability, double low, double high)
    {
        // On the side where probabilities do not round to 1.
        bool mirrored = low > 0;
        (double from, double to) = mirrored ? (Normal.CDF(0, 1, -high), Normal.CDF(0, 1, -low)) : (Normal.CDF(0, 1, low), Normal.CDF(0, 1, high));
        double at = Normal.InvCDF(0, 1, from + ((mirrored ? 1 - probability : probability) * (to - from)));
        return mirrored ? -at : at;
    }

    public static string? Problem(double low, double high) => low < high && Math.Min(Math.Abs(low), Math.Abs(high)) is < 37 or double.NaN || (low < 0 && high > 0)
        ? null
        : "low must be below high, and not both far out in one tail";
}
