namespace IlgpuBnn.Data;

/// <summary>The box of all inputs that something shall hold in: the range of the training rows and a margin, on the scale that networks see; of a category its levels.</summary>
/// <param name="encodings">[input].</param>
/// <param name="range">Of the training rows, raw units.</param>
/// <param name="margin">By which fraction of its range each input goes beyond it, on both sides.</param>
internal sealed class InputBox(IReadOnlyList<InputEncoding> encodings, InputRange range, double margin)
{
    /// <summary>Between the points of a pair, in ranges of the training rows.</summary>
    public const double Step = 0.02;

    /// <summary>Whether an input varies among the training rows.</summary>
    public bool Varies(int input) => range.Smallest[input] < range.Largest[input];

    /// <summary>[row, input], raw units.</summary>
    /// <param name="unit">[row, input], between 0 and 1.</param>
    public double[,] At(double[,] unit)
    {
        var rows = new double[unit.GetLength(0), unit.GetLength(1)];
        for (int n = 0; n < rows.GetLength(0); n++)
        {
            for (int i = 0; i < rows.GetLength(1); i++)
            {
                rows[n, i] = At(i, unit[n, i]);
            }
        }

        return rows;
    }

    /// <summary>Pairs of points that differ by a small step of one input, to take a derivative by: [2 pairs, input], raw units, the larger value second.</summary>
    /// <param name="unit">[pair, input], between 0 and 1.</param>
    /// <param name="input">Not a category.</param>
    public double[,] Pairs(double[,] unit, int input)
    {
        int pairs = unit.GetLength(0), inputs = unit.GetLength(1);
        double step = Step / (1 + (2 * margin));
        var both = new double[2 * pairs, inputs];
        for (int p = 0; p < 2 * pairs; p++)
        {
            for (int i = 0; i < inputs; i++)
            {
                double own = unit[p / 2, i];
                both[p, i] = i == input ? ((1 - step) * own) + (p % 2 * step) : own;
            }
        }

        return At(both);
    }

    private double At(int input, double unit)
    {
        if (encodings[input] is CategoryEncoding category)
        {
            return category.Levels[Math.Min((int)(unit * category.Levels.Count), category.Levels.Count - 1)];
        }

        bool isLog = encodings[input] is LogEncoding;
        double lower = Scale(range.Smallest[input]), width = Scale(range.Largest[input]) - lower, value = lower + (width * (((1 + (2 * margin)) * unit) - margin));
        return isLog ? Math.Exp(value) : value;

        double Scale(double raw) => isLog ? Math.Log(raw) : raw;
    }
}
