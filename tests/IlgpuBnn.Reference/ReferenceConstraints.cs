namespace IlgpuBnn.Reference;

/// <summary>A constraint on outputs of one or two rows, of which a violation v adds -weight v^2 / 2 to the log density.</summary>
/// <param name="Weight">Of this one.</param>
/// <param name="Violation">By outputs [row, output].</param>
/// <param name="Derivatives">Of the violation by the outputs it reads, where it is above 0.</param>
public sealed record ReferenceConstraint(double Weight, Func<double[,], double> Violation, IReadOnlyList<(int Row, int Output, double Value)> Derivatives)
{
    /// <summary>A linear combination of outputs must not fall (sign 1), or not rise (-1), from one row to another a step on.</summary>
    public static ReferenceConstraint Slope(double weight, int first, int second, IReadOnlyList<(int Output, double Factor)> terms, double sign, double step) => new(
        weight, f => Math.Max(0, sign * terms.Sum(term => term.Factor * (f[first, term.Output] - f[second, term.Output])) / step),
        [.. terms.Select(term => (first, term.Output, sign * term.Factor / step)), .. terms.Select(term => (second, term.Output, -sign * term.Factor / step))]);

    /// <summary>A linear combination of outputs is at least a bound.</summary>
    public static ReferenceConstraint AtLeast(double weight, int row, IReadOnlyList<(int Output, double Factor)> terms, double bound) => new(
        weight, f => Math.Max(0, bound - terms.Sum(term => term.Factor * f[row, term.Output])), [.. terms.Select(term => (row, term.Output, -term.Factor))]);

    /// <summary>A linear combination of outputs is at most a bound.</summary>
    public static ReferenceConstraint AtMost(double weight, int row, IReadOnlyList<(int Output, double Factor)> terms, double bound) =>
        AtLeast(weight, row, [.. terms.Select(term => (term.Output, -term.Factor))], -bound);

    /// <summary>What all add to the log density of a network, and their gradient by its parameters.</summary>
    public static (double LogDensity, double[] Gradient) Of(IEnumerable<ReferenceConstraint> constraints, ReferenceNetwork network, double[] theta, double[,] x)
    {
        double[,] f = network.Forward(theta, x), adjoints = new double[x.GetLength(0), network.OutputCount];
        double density = 0;
        foreach (ReferenceConstraint own in constraints)
        {
            double violation = own.Violation(f);
            density -= 0.5 * own.Weight * violation * violation;
            foreach ((int row, int output, double value) in own.Derivatives)
                adjoints[row, output] -= own.Weight * violation * value;
        }

        return (density, network.Backward(theta, x, adjoints));
    }
}
