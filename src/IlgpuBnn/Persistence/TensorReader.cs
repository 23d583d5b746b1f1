namespace IlgpuBnn.Persistence;

/// <summary>Tensors of a model file, checked for shape and range.</summary>
internal sealed class TensorReader(SafetensorsFile file)
{
    /// <exception cref="ModelFileException">Missing, of another type or shape.</exception>
    public double[] Doubles(string name, int count)
    {
        double[] values = file.Doubles(name);
        RequireShape(name, [count]);
        return values;
    }

    /// <exception cref="ModelFileException">Missing, of another type or shape, not finite, or further from 0 than the limit.</exception>
    public double[] Finite(string name, int count, double limit = double.MaxValue)
    {
        double[] values = Doubles(name, count);
        return !Array.TrueForAll(values, double.IsFinite) ? throw Damaged(name, "has a value that is not finite")
            : Array.TrueForAll(values, value => Math.Abs(value) <= limit) ? values
            : throw Damaged(name, $"has a value of {values.First(value => Math.Abs(value) > limit)}; at most {limit} is possible");
    }

    /// <exception cref="ModelFileException">Missing, of another type or shape, not finite, not above 0, or out of range.</exception>
    public double[] Positive(string name, int count, double least, double most)
    {
        double[] values = Finite(name, count, most);
        return !Array.TrueForAll(values, value => value > 0) ? throw Damaged(name, "has a value that is not above 0")
            : Array.TrueForAll(values, value => value >= least) ? values
            : throw Damaged(name, $"has a value of {values.Min()}; at least {least} is possible");
    }

    /// <exception cref="ModelFileException">Missing, of another type or shape, or not between 0 and 1.</exception>
    public double[] Fractions(string name, int count)
    {
        double[] values = Finite(name, count);
        return Array.TrueForAll(values, value => value is >= 0 and <= 1) ? values : throw Damaged(name, "has a value that is not between 0 and 1");
    }

    /// <exception cref="ModelFileException">Missing, of another type or shape, or not finite, or out of range.</exception>
    public float[] FiniteSingles(string name, IReadOnlyList<int> shape, double least, double most)
    {
        float[] values = file.Singles(name);
        RequireShape(name, shape);
        return !Array.TrueForAll(values, float.IsFinite) ? throw Damaged(name, "has a value that is not finite")
            : Array.TrueForAll(values, value => value >= least && value <= most) ? values
            : throw Damaged(name, $"has a value of {values.First(value => !(value >= least && value <= most))}; {least} to {most} is possible");
    }

    /// <summary>[fold][component][target], with at least one of each.</summary>
    /// <exception cref="ModelFileException">Missing, of another type or shape, not finite, or further from 0 than the limit.</exception>
    public double[][][] Loadings(string name, int folds, int targets, double limit)
    {
        double[] values = file.Doubles(name);
        int count = folds > 0 ? (int)(values.Length / ((long)folds * targets)) : 0;
        RequireShape(name, [folds, Math.Max(1, count), targets]);
        return folds > 0 && Array.TrueForAll(values, value => Math.Abs(value) <= limit)
            ? [.. values.Chunk(count * targets).Select(fold => fold.Chunk(targets).ToArray())]
            : throw Damaged(name, $"has a value that cannot be: it must be a number within {limit}");
    }

    /// <summary>A table with a given number of columns.</summary>
    /// <exception cref="ModelFileException">Missing, of another type or shape.</exception>
    public double[][] Rows(string name, int columns)
    {
        double[] values = file.Doubles(name);
        RequireShape(name, [values.Length / columns, columns]);
        return [.. values.Chunk(columns)];
    }

    private void RequireShape(string name, IReadOnlyList<int> needed)
    {
        IReadOnlyList<int> found = file.Tensors[name].Shape;
        if (!found.SequenceEqual(needed))
        {
            throw Damaged(name, $"has the shape [{string.Join(", ", found)}], and the network that the file describes needs [{string.Join(", ", needed)}]");
        }
    }

    private ModelFileException Damaged(string name, string problem) => ModelFile.Damaged(file.Path, $"tensor \"{name}\" {problem}");
}
