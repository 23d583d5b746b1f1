using IlgpuBnn.Data;
using IlgpuBnn.Networks;
using MathNet.Numerics.LinearAlgebra;

namespace IlgpuBnn.Priors;

/// <summary>
/// Constraints as a part of the prior (docs/maths.md, "Constraints"): predictions keep limits and sums by construction; networks that violate monotonicity, or limits of targets
/// that are in a sum, at points all over the box of the inputs are unlikely.
/// </summary>
/// <param name="Constraints">At least one.</param>
/// <param name="Margin">By which fraction of its range among the training rows each input goes beyond it, on both sides, in that box. At least 0. Default 0.25.</param>
/// <param name="Tolerance">
/// Root mean square violation over the box that is as unlikely as an error of one standard deviation in every row, in standard deviations of a target; of a derivative for a
/// change of the input by its range. Above 0. Default 0.05.
/// </param>
public sealed record ConstraintPrior(IReadOnlyList<Constraint> Constraints, double Margin = 0.25, double Tolerance = 0.05)
{
    internal static (double Lower, double Upper) NoLimits { get; } = (double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>Targets of all sums.</summary>
    internal IEnumerable<string> Summed => Constraints.OfType<FixedSum>().SelectMany(own => own.Targets).Distinct();

    /// <summary>Has the same constraints in the same order.</summary>
    public bool Equals(ConstraintPrior? other) =>
        other is not null && Margin == other.Margin && Tolerance == other.Tolerance && Constraints.SequenceEqual(other.Constraints);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Constraints.Count, Margin, Tolerance);

    /// <summary>The limits of a target, of all constraints on it; infinite for none.</summary>
    internal (double Lower, double Upper) LimitsOf(string target)
    {
        Limits[] own = [.. Constraints.OfType<Limits>().Where(limits => limits.Target == target)];
        return (own.Select(limits => limits.Lower ?? double.NegativeInfinity).DefaultIfEmpty(NoLimits.Lower).Max(),
            own.Select(limits => limits.Upper ?? double.PositiveInfinity).DefaultIfEmpty(NoLimits.Upper).Min());
    }

    /// <summary>An encoding whose targets keep their limits exactly, but for those of sums.</summary>
    internal TableEncoding Limit(TableEncoding encoding, IReadOnlyList<string> targetNames) => encoding with
    {
        Targets = [.. encoding.Targets.Zip(targetNames, (own, name) => LimitsOf(name) is var (lower, upper) && !Summed.Contains(name) ? LimitedTransform.Of(own, lower, upper) : own)],
    };

    /// <summary>Whether there is more than what predictions keep by construction, which training must be told.</summary>
    internal bool HasTerm => Constraints.Any(own => !IsExact(own));

    /// <summary>Whether predictions keep a constraint by construction.</summary>
    internal bool IsExact(Constraint constraint) => constraint is FixedSum || (constraint is Limits limits && !Summed.Contains(limits.Target));

    /// <summary>Options out of range and contradictions, a sentence each.</summary>
    internal IEnumerable<string> Problems()
    {
        foreach (string problem in OptionChecks.Problems(
            (Constraints.Count > 0, "There are no constraints in the prior of constraints. Leave it out."),
            (Margin >= 0 && double.IsFinite(Margin), $"The margin of constraints is {Margin}; it must be at least 0."),
            (OptionChecks.IsPositive(Tolerance), $"The tolerance of constraints is {Tolerance}; it must be above 0."))
            .Concat(Constraints.SelectMany(own => own.Problems())))
        {
            yield return problem;
        }

        foreach (string target in Constraints.OfType<Limits>().Select(own => own.Target).Distinct())
        {
            (double lower, double upper) = LimitsOf(target);
            if (lower >= upper)
            {
                yield return $"The limits of {ShownText.Of(target)} contradict each other: it must be at least {lower} and at most {upper}. Correct one of them.";
            }
        }

        foreach (IGrouping<(string Target, string Input), Monotone> both in Constraints.OfType<Monotone>().GroupBy(own => (own.Target, own.Input))
            .Where(own => own.Select(each => each.Rising).Distinct().Count() > 1))
        {
            yield return $"{ShownText.Of(both.Key.Target)} must both rise and fall with {ShownText.Of(both.Key.Input)}. Leave out one of the two.";
        }

        foreach (string problem in ProblemsOfSums())
        {
            yield return problem;
        }
    }

    private IEnumerable<string> ProblemsOfSums()
    {
        FixedSum[] sums = [.. Constraints.OfType<FixedSum>().Where(own => !own.Problems().Any())];
        foreach (FixedSum sum in sums)
        {
            double least = sum.Terms.Sum(own => End(own, least: true)), most = sum.Terms.Sum(own => End(own, least: false));
            if (!(sum.Total >= least && sum.Total <= most))
            {
                yield return $"The sum {sum} contradicts the limits of its targets, with which it lies between {least} and {most}. Correct one of them.";
            }
        }

        // Each must say something that those before it do not.
        for (int k = 1; k < sums.Length; k++)
        {
            if (RankOf(sums[..(k + 1)]) == RankOf(sums[..k]))
            {
                yield return $"The sum {sums[k]} says what the sums before it say already, or contradicts them. Leave it out.";
                break;
            }
        }

        double End(SumTerm term, bool least)
        {
            (double lower, double upper) = LimitsOf(term.Target);
            return term.Factor * (least == term.Factor > 0 ? lower : upper);
        }

        int RankOf(FixedSum[] own)
        {
            string[] names = [.. Summed];
            return Matrix<double>.Build.Dense(own.Length, names.Length, (k, o) => own[k].Terms.FirstOrDefault(term => term.Target == names[o])?.Factor ?? 0).Rank();
        }
    }
}
