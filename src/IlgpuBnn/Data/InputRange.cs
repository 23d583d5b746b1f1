namespace IlgpuBnn.Data;

/// <summary>Smallest and largest value of each input over the training rows, raw units: beyond them a model extrapolates.</summary>
/// <param name="Smallest">[input].</param>
/// <param name="Largest">[input].</param>
public sealed record InputRange(IReadOnlyList<double> Smallest, IReadOnlyList<double> Largest)
{
    /// <summary>[input]: the values of a category, which alone are inside; null for a number.</summary>
    internal IReadOnlyList<IReadOnlyList<double>?>? Levels { get; init; }

    /// <summary>Indices of a row's inputs outside the range: there a prediction rests more on the prior than on the runs.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    /// <param name="row">Row of <paramref name="inputs"/>.</param>
    public IEnumerable<int> Outside(double[,] inputs, int row) =>
        Enumerable.Range(0, Smallest.Count).Where(input => IsOutside(input, inputs[row, input]));

    /// <summary>Whether a value of an input is outside.</summary>
    internal bool IsOutside(int input, double value) => value < Smallest[input] || value > Largest[input] || Levels?[input]?.Contains(value) == false;

    internal static InputRange Of(double[,] inputs)
    {
        int columns = inputs.GetLength(1);
        double[] smallest = new double[columns], largest = new double[columns];
        for (int c = 0; c < columns; c++)
        {
            (smallest[c], largest[c]) = (double.PositiveInfinity, double.NegativeInfinity);
            for (int n = 0; n < inputs.GetLength(0); n++)
            {
                smallest[c] = Math.Min(smallest[c], inputs[n, c]);
                largest[c] = Math.Max(largest[c], inputs[n, c]);
            }
        }

        return new InputRange(smallest, largest);
    }
}
