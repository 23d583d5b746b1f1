using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>How a column of class labels becomes targets of networks: an output for each class, or one for the second of two.</summary>
/// <remarks>A target is its row's weight: of the row's class for an output each, otherwise with a sign that tells the second class from the first; 0 for other classes.</remarks>
/// <param name="Target">Name of the column.</param>
/// <param name="Names">[class]: labels, in order; at least two.</param>
/// <param name="Weights">[class]: of its rows; 1 for none.</param>
/// <param name="OutputCount">As many as classes, or 1 for two.</param>
internal sealed record ClassEncoding(string Target, IReadOnlyList<string> Names, IReadOnlyList<double> Weights, int OutputCount)
{
    /// <summary>[output].</summary>
    public IReadOnlyList<string> OutputNames => [.. Names.Skip(Names.Count - OutputCount).Select(name => $"{Target}={name}")];

    /// <summary>Weights that give every class the same sum over rows, and 1 on average.</summary>
    public ClassEncoding Balanced(Dataset data)
    {
        var counts = new int[Names.Count];
        for (int row = 0; row < data.RowCount; row++)
        {
            if (!double.IsNaN(data.Targets[row, 0]))
            {
                counts[(int)data.Targets[row, 0]]++;
            }
        }

        return this with { Weights = [.. counts.Select(count => count == 0 ? 1 : (double)counts.Sum() / (counts.Count(own => own > 0) * count))] };
    }

    /// <summary>[row, output]; NaN where the label is missing.</summary>
    /// <param name="labels">[row, 0]: indices of classes.</param>
    public double[,] Encode(double[,] labels)
    {
        var targets = new double[labels.GetLength(0), OutputCount];
        for (int row = 0; row < targets.GetLength(0); row++)
        {
            double label = labels[row, 0];
            for (int o = 0; o < OutputCount; o++)
            {
                targets[row, o] = double.IsNaN(label) ? double.NaN
                    : OutputCount == 1 ? label == 1 ? Weights[1] : -Weights[0]
                    : label == o ? Weights[o] : 0;
            }
        }

        return targets;
    }

    /// <summary>Class and weight of an encoded row; null where the label is missing.</summary>
    /// <param name="targets">[row, output].</param>
    public (int Class, double Weight)? Decode(double[,] targets, int row)
    {
        if (double.IsNaN(targets[row, 0]))
        {
            return null;
        }

        if (OutputCount == 1)
        {
            return (targets[row, 0] > 0 ? 1 : 0, Math.Abs(targets[row, 0]));
        }

        int own = Enumerable.Range(0, OutputCount).First(o => targets[row, o] > 0);
        return (own, targets[row, own]);
    }

    /// <summary>Has the same classes, weights and outputs.</summary>
    public bool Equals(ClassEncoding? other) => other is not null && Target == other.Target && OutputCount == other.OutputCount && Names.SequenceEqual(other.Names)
        && Weights.SequenceEqual(other.Weights);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Target, OutputCount);
}

/// <summary>Labels of classes.</summary>
internal static class ClassLabels
{
    /// <summary>More are mostly no classes, but numbers or names of rows.</summary>
    public const int MaxClasses = 100;

    /// <summary>With fewer rows, networks learn next to nothing of a class.</summary>
    public const int FewRows = 5;

    private const int Shown = 3;

    /// <summary>One name for all ways of writing a whole number; other texts as they are.</summary>
    public static string NameOf(string label) => double.TryParse(label, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsInteger(value)
        ? value.ToString("R", CultureInfo.InvariantCulture)
        : label;

    /// <summary>The classes of labels: in the order of whole numbers where all are, otherwise of letters.</summary>
    /// <param name="labels">[row]: names; null where missing.</param>
    /// <exception cref="DataException">These are no classes to learn.</exception>
    public static IReadOnlyList<string> ClassesOf(IReadOnlyList<string?> labels, string sourceName, string column)
    {
        string[] names = [.. labels.OfType<string>().Distinct()];
        int rows = labels.Count(label => label is not null);
        string some = string.Join(", ", names.Take(Shown).Select(name => $"\"{ShownText.Of(name)}\""));
        double[] values = [.. names.Select(name => double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN)];
        string? problem = values.Length > 0 && values.All(double.IsFinite) && !values.All(double.IsInteger)
            ? $"holds numbers that are not whole ({some}, ...), and classes are texts or whole numbers. Name it as a target of numbers, or give each class a name."
            : names.Length == 0 ? "holds no label. Name another column."
            : names.Length == 1 ? $"holds one class only, {some}: there is nothing to tell apart. Add rows of another class."
            : names.Length > MaxClasses ? $"holds {names.Length} different labels ({some}, ...), and at most {MaxClasses} classes are learnt. Name another column, or join classes."
            : names.Length == rows ? $"holds another label in every row ({some}, ...). Name a column whose labels stand in several rows each."
            : null;
        return problem is not null ? throw new DataException(sourceName, problem, column: column)
            : values.All(double.IsFinite) ? [.. names.Zip(values).OrderBy(own => own.Second).Select(own => own.First)]
            : [.. names.Order(StringComparer.Ordinal)];
    }

    /// <summary>[row, 0]: index of each label's class, NaN where missing.</summary>
    public static double[,] IndicesOf(IReadOnlyList<string?> labels, IReadOnlyList<string> classes)
    {
        Dictionary<string, int> known = classes.Index().ToDictionary(own => own.Item, own => own.Index, StringComparer.Ordinal);
        var indices = new double[labels.Count, 1];
        for (int row = 0; row < labels.Count; row++)
        {
            indices[row, 0] = labels[row] is { } label ? known[label] : double.NaN;
        }

        return indices;
    }

    /// <summary>A warning of classes with few rows.</summary>
    /// <param name="labels">[row, 0]: indices of classes.</param>
    public static IEnumerable<string> Warnings(double[,] labels, IReadOnlyList<string> classes, string sourceName, string column)
    {
        int[] counts = [.. classes.Select((_, k) => labels.Cast<double>().Count(label => label == k))];
        string[] few = [.. classes.Zip(counts).Where(own => own.Second < FewRows).Select(own => $"{own.First} ({own.Second})")];
        return few.Length == 0 ? [] :
        [
            $"{sourceName}: {column} has classes of fewer than {FewRows} rows: {ColumnSelection.List(few)}. Next to nothing can be learnt of them, and scores say little of them. Add rows, "
                + "join classes, or leave these rows out.",
        ];
    }
}
