using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>Finds inputs that may be further outputs of the simulator: a model that uses them is of no use where outputs are unknown.</summary>
internal static class OtherOutputs
{
    private const double TooGood = 0.98;
    private const int FewestRows = 20;
    private const int MaxRows = 2000;
    private const int MaxListed = 5;

    public static IEnumerable<string> Warnings(Dataset data, ColumnSelection columns)
    {
        (string Input, string Target, double R2)[] found = [.. TooGoodAlone(data, columns)];
        foreach ((string input, string target, double r2) in found.Take(MaxListed))
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{data.SourceName}: input {input} alone explains {100 * Math.Min(r2, 0.9999):F1} % of the variance of {target}. That is fine if it is known before a run: it may be the one "
                + $"input that matters. If it is another output of the simulator, leave it out (--exclude \"{ShownText.Of(input)}\") or add it to the targets. An input named in --inputs gets "
                + $"no such warning.");
        }

        if (found.Length > MaxListed)
        {
            yield return $"{data.SourceName}: likewise {ColumnSelection.List([.. found.Skip(MaxListed).Select(own => own.Input).Distinct()])}.";
        }

        string[] behind = [.. Behind(data, columns)];
        if (behind.Length > 0)
        {
            yield return $"{data.SourceName}: {(behind.Length == 1 ? "1 input stands" : $"{behind.Length} inputs stand")} behind a target in the table: "
                + $"{ColumnSelection.List(behind)}. If {(behind.Length == 1 ? "it is another output" : "they are other outputs")} of the simulator, leave "
                + $"{(behind.Length == 1 ? "it" : "them")} out (--exclude) or add {(behind.Length == 1 ? "it" : "them")} to the targets; otherwise name the inputs (--inputs).";
        }
    }

    /// <summary>Inputs that nobody named, behind the first target, where others stand before it.</summary>
    private static IEnumerable<string> Behind(Dataset data, ColumnSelection columns)
    {
        int first = columns.Targets.Min();
        bool isUsual = columns.Guessed && columns.Inputs.Any(column => column < first);
        return isUsual ? data.InputNames.Where((_, i) => columns.Inputs[i] > first) : [];
    }

    private static IEnumerable<(string Input, string Target, double R2)> TooGoodAlone(Dataset data, ColumnSelection columns)
    {
        // Of a single input much is expected.
        if (data.RowCount < FewestRows || data.InputCount < 2)
        {
            yield break;
        }

        int count = Math.Min(MaxRows, data.RowCount);
        int[] rows = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * data.RowCount / count))];
        for (int i = 0; i < data.InputCount; i++)
        {
            int input = i;
            double[] x = Array.ConvertAll(rows, row => data.Inputs[row, input]);
            if (columns.Named.Contains(columns.Inputs[input]) || data.InputTexts[input] is not null || Distinct(x) < FewestRows)
            {
                continue;
            }

            int[] order = [.. Enumerable.Range(0, count).OrderBy(own => x[own])];
            double[] sorted = Array.ConvertAll(order, own => x[own]);
            for (int o = 0; o < data.TargetCount; o++)
            {
                int target = o;
                double r2 = Explained(sorted, Array.ConvertAll(order, own => data.Targets[rows[own], target]));
                if (r2 > TooGood)
                {
                    yield return (data.InputNames[input], data.TargetNames[target], r2);
                }
            }
        }
    }

    private static int Distinct(double[] values) => values.Distinct().Count();

    /// <summary>How much of y's variance its neighbours along x explain, or a straight line.</summary>
    private static double Explained(double[] x, double[] y)
    {
        int[] present = [.. Enumerable.Range(0, y.Length).Where(i => !double.IsNaN(y[i]))];
        if (present.Length < FewestRows)
        {
            return double.NaN;
        }

        double[] u = Scaled(Array.ConvertAll(present, i => x[i])), v = Scaled(Array.ConvertAll(present, i => y[i]));
        int n = v.Length;
        double total = v.Sum(value => value * value), uu = u.Sum(value => value * value);
        double line = Math.Pow(u.Zip(v, (a, b) => a * b).Sum(), 2) / (uu * total);
        double left = 0;
        for (int i = 1; i + 1 < n; i++)
        {
            double share = u[i + 1] > u[i - 1] ? (u[i] - u[i - 1]) / (u[i + 1] - u[i - 1]) : 0.5;
            left += Math.Pow(v[i] - v[i - 1] - (share * (v[i + 1] - v[i - 1])), 2);
        }

        // An error of neighbours without a relation is half as large again as the variance.
        return Math.Max(line, 1 - (left / total));
    }

    /// <summary>Deviations from the mean, in units of the largest: no square overflows.</summary>
    private static double[] Scaled(double[] values)
    {
        double unit = values.Max(Math.Abs);
        if (!(unit > 0))
        {
            return values;
        }

        double mean = values.Average(value => value / unit);
        double[] deviations = Array.ConvertAll(values, value => (value / unit) - mean);
        double largest = deviations.Max(Math.Abs);
        return largest > 0 ? Array.ConvertAll(deviations, value => value / largest) : deviations;
    }
}
