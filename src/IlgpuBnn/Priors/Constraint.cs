using System.Globalization;
using System.Text.Json.Serialization;
using IlgpuBnn.Data;

namespace IlgpuBnn.Priors;

/// <summary>What is known of targets as functions of the inputs, beside the rows.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Limits), "limits")]
[JsonDerivedType(typeof(Monotone), "monotone")]
[JsonDerivedType(typeof(FixedSum), "sum")]
public abstract record Constraint
{
    private protected Constraint()
    {
    }

    /// <summary>Targets that it is about.</summary>
    internal abstract IEnumerable<string> Targets { get; }

    /// <summary>As a user would write it.</summary>
    public sealed override string ToString() => Text;

    private protected abstract string Text { get; }

    /// <summary>What is wrong with it by itself, a sentence each.</summary>
    internal abstract IEnumerable<string> Problems();
}

/// <summary>A target lies within limits: every network's output, mean, quantile and draw does, exactly.</summary>
/// <remarks>Of a target that is in a <see cref="FixedSum"/> too, networks beyond are unlikely, and how often they are is measured.</remarks>
/// <param name="Target">Its name.</param>
/// <param name="Lower">Raw units; null (default) for none.</param>
/// <param name="Upper">Raw units, above <paramref name="Lower"/>; null (default) for none.</param>
public sealed record Limits(string Target, double? Lower = null, double? Upper = null) : Constraint
{
    internal override IEnumerable<string> Targets => [Target];

    private protected override string Text => (Lower, Upper) switch
    {
        ({ } lower, { } upper) => string.Create(CultureInfo.InvariantCulture, $"{lower} <= {Target} <= {upper}"),
        ({ } lower, null) => string.Create(CultureInfo.InvariantCulture, $"{Target} >= {lower}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Target} <= {Upper}"),
    };

    internal override IEnumerable<string> Problems()
    {
        if (Lower is null && Upper is null)
        {
            yield return $"The limits of {ShownText.Of(Target)} are none. Give one, or both.";
        }

        if (Lower is { } low && !double.IsFinite(low))
        {
            yield return $"The lower limit of {ShownText.Of(Target)} is {low}; it must be finite, or none.";
        }

        if (Upper is { } high && !double.IsFinite(high))
        {
            yield return $"The upper limit of {ShownText.Of(Target)} is {high}; it must be finite, or none.";
        }
    }
}

/// <summary>A target never falls, or never rises, with an input, whatever the others are.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Input">Name of the input, a number.</param>
/// <param name="Rising">Whether it never falls (default); otherwise it never rises.</param>
public sealed record Monotone(string Target, string Input, bool Rising = true) : Constraint
{
    internal override IEnumerable<string> Targets => [Target];

    private protected override string Text => $"{Target} {(Rising ? "rises" : "falls")} with {Input}";

    internal override IEnumerable<string> Problems() => [];
}

/// <summary>A weighted sum of targets is fixed, such as fractions that are 1 together, or a budget that closes: means of predictions have it exactly.</summary>
/// <param name="Terms">At least two, each of another target.</param>
/// <param name="Total">Raw units.</param>
public sealed record FixedSum(IReadOnlyList<SumTerm> Terms, double Total) : Constraint
{
    internal override IEnumerable<string> Targets => Terms.Select(own => own.Target);

    private protected override string Text => string.Create(CultureInfo.InvariantCulture, $"{string.Concat(Terms.Select(Shown))} = {Total}");

    /// <summary>Has the same terms in the same order.</summary>
    public bool Equals(FixedSum? other) => other is not null && Total == other.Total && Terms.SequenceEqual(other.Terms);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Terms.Count, Total);

    internal override IEnumerable<string> Problems()
    {
        if (Terms.Count < 2 || Terms.Select(own => own.Target).Distinct().Count() < Terms.Count)
        {
            yield return $"The sum {Text} needs two targets or more, each of them once.";
        }

        if (Terms.Any(own => own.Factor == 0 || !double.IsFinite(own.Factor)) || !double.IsFinite(Total))
        {
            yield return $"The sum {Text} needs factors other than 0, and finite numbers.";
        }
    }

    private string Shown(SumTerm term, int index)
    {
        double size = Math.Abs(term.Factor);
        string sign = term.Factor < 0 ? (index == 0 ? "-" : " - ") : index == 0 ? "" : " + ";
        return string.Create(CultureInfo.InvariantCulture, $"{sign}{(size == 1 ? "" : $"{size}*")}{term.Target}");
    }
}

/// <summary>Of a <see cref="FixedSum"/>.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Factor">That it is multiplied by, not 0. Default 1.</param>
public sealed record SumTerm(string Target, double Factor = 1);
