using System.Globalization;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Equations;

/// <summary>How closely fields are to obey an equation: where the standard deviation sd_e of its residual, in the residual's own unit, comes from (docs/maths.md, "Equations").</summary>
/// <remarks>The residual has no error of its own in a particle: particles spread by priors and measurements, not by sd_e.</remarks>
public abstract record EquationPrecision
{
    private protected EquationPrecision()
    {
    }

    /// <summary>Known beforehand.</summary>
    /// <param name="standardDeviation">sd_e; 1 to 10 % of the equation's terms is sensible. Above 0.</param>
    public static EquationPrecision Given(double standardDeviation) => new GivenPrecision(standardDeviation);

    /// <summary>
    /// Found with the fields: 1 / sd_e^2 has a Gamma prior, of shape w N / 2 and rate w N typical^2 / 2 for N points, and is drawn from its distribution given the residuals, so
    /// that about sd_e^2 = (w typical^2 + mean of e^2) / (1 + w).
    /// </summary>
    /// <param name="typical">sd_e beforehand, in the residual's unit; the search begins with it. Above 0.</param>
    /// <param name="weight">
    /// w: how much the prior counts, of the points. Networks can bring most residuals to nearly 0, and sd_e after them; the prior stops it at typical * sqrt(w / (1 + w)), 0.3 times
    /// the typical one with the default of 0.1. It is a share, as points are no observations: twice as many must not count twice. Above 0.
    /// </param>
    /// <param name="shared">Whether all particles have one precision, of the mean of their squared residuals; otherwise (default) each has its own.</param>
    public static EquationPrecision Learnt(double typical, double weight = 0.1, bool shared = false) => new LearntPrecision(typical, weight, shared);

    /// <summary>
    /// From the share of an equation in a loss (1 - g) mean (f - y)^2 + g mean e^2 of raw units: g / (1 - g) = (N_e / sd_e^2) / sum of N_d / sd_d^2, over N_e points, and N_d
    /// measured values with errors of sd_d. What was observed without an error of its own (<see cref="FieldObservations.Perturbed"/>) does not count.
    /// </summary>
    /// <param name="share">g, in (0, 1). Fields and equation should be scaled to about 1.</param>
    public static EquationPrecision Balanced(double share) => new BalancedPrecision(share);

    /// <summary>sd_e, or where its search begins.</summary>
    /// <param name="points">N_e.</param>
    internal abstract double Start(EquationProblem problem, int points);

    /// <param name="name">Of the equation.</param>
    internal abstract IEnumerable<string> Problems(string name, EquationProblem problem);

    private protected static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>See <see cref="EquationPrecision.Given"/>.</summary>
internal sealed record GivenPrecision(double StandardDeviation) : EquationPrecision
{
    internal override double Start(EquationProblem problem, int points) => StandardDeviation;

    internal override IEnumerable<string> Problems(string name, EquationProblem problem)
    {
        if (!OptionChecks.IsPositive(StandardDeviation))
        {
            yield return $"{name} has a standard deviation of {Text(StandardDeviation)}; it must be above 0.";
        }
    }
}

/// <summary>See <see cref="EquationPrecision.Learnt"/>.</summary>
internal sealed record LearntPrecision(double Typical, double Weight, bool Shared) : EquationPrecision
{
    /// <summary>Twice the shape of the precision's distribution given the residuals.</summary>
    public double Freedom(int points) => points * (1 + Weight);

    /// <summary>One over the root of the precision's mean given the residuals.</summary>
    /// <param name="meanSquare">Of the residuals, in their unit squared.</param>
    public double Deviation(double meanSquare) => Math.Sqrt(((Weight * Typical * Typical) + meanSquare) / (1 + Weight));

    internal override double Start(EquationProblem problem, int points) => Typical;

    internal override IEnumerable<string> Problems(string name, EquationProblem problem)
    {
        if (!OptionChecks.IsPositive(Typical) || !OptionChecks.IsPositive(Weight))
        {
            yield return $"{name} has a typical standard deviation of {Text(Typical)} and a weight of {Text(Weight)} for it; both must be above 0: without a prior the precision grows without end.";
        }
    }
}

/// <summary>See <see cref="EquationPrecision.Balanced"/>.</summary>
internal sealed record BalancedPrecision(double Share) : EquationPrecision
{
    internal override double Start(EquationProblem problem, int points) => Math.Sqrt((1 - Share) * points / (Share * Precision(problem)));

    internal override IEnumerable<string> Problems(string name, EquationProblem problem)
    {
        if (!(Share is > 0 and < 1))
        {
            yield return $"{name} has a share of {Text(Share)} in the loss; it must be between 0 and 1.";
        }

        if (Precision(problem) == 0)
        {
            yield return $"{name} is balanced against measured values, and there are none. Give its standard deviation.";
        }
    }

    /// <summary>Of all measurements together.</summary>
    private static double Precision(EquationProblem problem) => problem.Observations.Where(own => own.Perturbed)
        .Sum(own => own.Values.Count(value => !double.IsNaN(value)) / (own.StandardDeviation * own.StandardDeviation));
}
