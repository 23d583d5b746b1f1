using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Data;

/// <summary>
/// A target that cannot lie beyond limits: what is predicted beyond one on the scale of <paramref name="Inner"/> is gathered at it, in every network, mean, quantile and
/// draw. Between the limits nothing changes.
/// </summary>
/// <param name="Inner">On whose scale networks learn; not itself limited.</param>
/// <param name="Lower">Raw units; null for none.</param>
/// <param name="Upper">Raw units, above <paramref name="Lower"/>; null for none.</param>
public sealed record LimitedTransform(TargetTransform Inner, double? Lower, double? Upper) : TargetTransform
{
    /// <inheritdoc/>
    public override string Name => Inner.IsIdentity ? "limited" : $"{Inner.Name}, limited";

    internal override string Domain => (Lower, Upper) switch
    {
        ({ } lower, null) => FormattableString.Invariant($"numbers of at least {lower}"),
        (null, { } upper) => FormattableString.Invariant($"numbers of at most {upper}"),
        _ => FormattableString.Invariant($"numbers from {Lower} to {Upper}"),
    } + (Inner.IsIdentity ? "" : $", and of these {Inner.Domain}");

    internal override bool MayHaveTails => Inner.MayHaveTails;

    private double Least => Lower ?? double.NegativeInfinity;

    private double Most => Upper ?? double.PositiveInfinity;

    /// <summary>The same transform within limits, where it does not keep them by itself.</summary>
    internal static TargetTransform Of(TargetTransform transform, double lower, double upper)
    {
        TargetTransform inner = transform is LimitedTransform limited ? limited.Inner : transform;
        double? least = lower > inner.Invert(double.NegativeInfinity) ? lower : null, most = upper < inner.Invert(double.PositiveInfinity) ? upper : null;
        return least is null && most is null ? inner : new LimitedTransform(inner, least, most);
    }

    /// <inheritdoc/>
    public override double Apply(double value) => value < Least ? double.NegativeInfinity : value > Most ? double.PositiveInfinity : Inner.Apply(value);

    /// <inheritdoc/>
    public override double Invert(double transformed) => double.IsNaN(transformed) ? transformed : Math.Clamp(Inner.Invert(transformed), Least, Most);

    internal override double ScaleOf(double value) => value >= Most ? double.PositiveInfinity : Apply(value);

    internal override double LogDerivative(double value) => Inner.LogDerivative(value);

    internal override double InverseDerivative(double transformed) =>
        Inner.Invert(transformed) is var value && value > Least && value < Most ? Inner.InverseDerivative(transformed) : 0;

    internal override (double Mean, double Variance) Moments(double mean, double standardDeviation)
    {
        if (!Inner.IsIdentity)
        {
            return base.Moments(mean, standardDeviation);
        }

        double origin = Invert(mean), distance = mean - origin;
        if (standardDeviation == 0)
        {
            return (origin, 0);
        }

        // Of what is gathered at each limit, and of the part between: of normal distributions cut off.
        (double below, double density, double product) = End(Least);
        (double above, double otherDensity, double otherProduct) = End(Most);
        double between = above - below, first = (distance * between) + (standardDeviation * (density - otherDensity));
        double second = (((distance * distance) + (standardDeviation * standardDeviation)) * between) + (2 * distance * standardDeviation * (density - otherDensity))
            + (standardDeviation * standardDeviation * (product - otherProduct));
        Gather(Least, below);
        Gather(Most, 1 - above);
        return (origin + first, Math.Max(0, second - (first * first)));

        (double Cdf, double Density, double Product) End(double limit)
        {
            double z = (limit - mean) / standardDeviation, height = Normal.PDF(0, 1, z);
            return (Normal.CDF(0, 1, z), height, double.IsInfinity(z) ? 0 : z * height);
        }

        void Gather(double limit, double share)
        {
            double deviation = double.IsInfinity(limit) ? 0 : limit - origin;
            (first, second) = (first + (deviation * share), second + (deviation * deviation * share));
        }
    }
}
