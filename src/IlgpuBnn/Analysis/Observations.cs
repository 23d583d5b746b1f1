using IlgpuBnn.Data;

namespace IlgpuBnn.Analysis;

/// <summary>What was observed of one target.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Value">Raw units.</param>
/// <param name="StandardDeviation">Of the measurement's error, raw units; not negative.</param>
/// <param name="Discrepancy">Standard deviation of what the simulator misses at its best parameters, raw units; not negative.</param>
public sealed record Observation(string Target, double Value, double StandardDeviation, double Discrepancy = 0)
{
    /// <summary>Of error and discrepancy, raw units squared.</summary>
    internal double Variance => (StandardDeviation * StandardDeviation) + (Discrepancy * Discrepancy);
}

/// <summary>Observations that a simulator should agree with, and how far their errors are correlated.</summary>
public sealed class Observations
{
    private static readonly string[] _columns = ["target", "value", "sd", "discrepancy"];

    /// <param name="values">At least one; several of one target are measurements of the same quantity.</param>
    /// <param name="errorCorrelation">[observation, observation]: of the measurements' errors. Default: independent.</param>
    /// <exception cref="ArgumentException">A number is not finite or negative, an observation has neither error nor discrepancy, or the correlation is none.</exception>
    public Observations(IReadOnlyList<Observation> values, double[,]? errorCorrelation = null)
    {
        if (values.Count == 0)
        {
            throw new ArgumentException("There are no observations. Give at least one.", nameof(values));
        }

        foreach (Observation own in values)
        {
            if (ProblemOf(own) is { } problem)
            {
                throw new ArgumentException($"The observation of \"{own.Target}\" {problem}", nameof(values));
            }
        }

        (Values, ErrorCorrelation) = (values, errorCorrelation);
        RequireCorrelation();
    }

    /// <summary>[observation].</summary>
    public IReadOnlyList<Observation> Values { get; }

    /// <summary>[observation, observation]: of the measurements' errors; null if they are independent.</summary>
    public double[,]? ErrorCorrelation { get; }

    /// <summary>Reads a CSV file of the columns target, value, sd and, if wanted, discrepancy: a row each. Rows without a value are left out.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="correlationPath">A CSV file with the correlation of the errors: a column for each row of the first file, and as many rows. Default: independent.</param>
    /// <exception cref="DataException">The file cannot be read, a column is missing or unknown, or a row makes no sense; names file, row and column.</exception>
    public static Observations ReadCsv(string path, string? correlationPath = null)
    {
        CsvTable table = CsvTable.Read(path);
        int[] columns = [.. _columns.Select(name => ColumnSelection.IndexOf(table.ColumnNames, name))];
        if (columns.AsSpan(0, 3).Contains(-1) || table.ColumnNames.Any(name => !_columns.Contains(name)))
        {
            throw new DataException(
                table.SourceName, $"the columns are {ColumnSelection.List(table.ColumnNames)}. A file of observations has target, value, sd (standard deviation of the measurement's "
                + "error) and, if wanted, discrepancy (standard deviation of what the simulator misses at its best).");
        }

        var values = new List<Observation>();
        var kept = new List<int>();
        for (int row = 0; row < table.RowCount; row++)
        {
            if (table.IsMissing(row, columns[1]))
            {
                continue;
            }

            double discrepancy = columns[3] < 0 || table.IsMissing(row, columns[3]) ? 0 : table.Number(row, columns[3]);
            if (table.IsMissing(row, columns[2]) && discrepancy == 0)
            {
                throw new DataException(
                    table.SourceName, "is missing. An observation without error agrees with no parameters: give its standard deviation.", table.LineNumber(row), "sd",
                    table.Cell(row, columns[2]));
            }

            var own = new Observation(
                table.Cell(row, columns[0]), table.Number(row, columns[1]), table.IsMissing(row, columns[2]) ? 0 : table.Number(row, columns[2]), discrepancy);
            if (ProblemOf(own) is { } problem)
            {
                throw new DataException(table.SourceName, $"of \"{own.Target}\" {problem}", table.LineNumber(row), "sd", table.Cell(row, columns[2]));
            }

            values.Add(own);
            kept.Add(row);
        }

        if (values.Count == 0)
        {
            throw new DataException(table.SourceName, "no row has a value. Give at least one observation.");
        }

        try
        {
            return new Observations(values, correlationPath is null ? null : ReadCorrelation(correlationPath, table, kept));
        }
        catch (ArgumentException problem) when (correlationPath is not null)
        {
            throw new DataException(correlationPath, problem.Message);
        }
    }

    /// <summary>For each observation its target's index.</summary>
    /// <exception cref="ArgumentException">One is of an unknown target.</exception>
    internal int[] Outputs(IReadOnlyList<string> targets) =>
    [
        .. Values.Select(own => ColumnSelection.IndexOf(targets, own.Target) is >= 0 and int at ? at : throw new ArgumentException(
            $"There is an observation of \"{ShownText.Of(own.Target)}\", which is no target of the model, whose targets are {ColumnSelection.List(targets)}."
            + ColumnSelection.Suggestion(targets, own.Target))),
    ];

    /// <summary>Some of them.</summary>
    internal Observations At(IReadOnlyList<int> indices)
    {
        if (ErrorCorrelation is not { } all)
        {
            return new Observations([.. indices.Select(a => Values[a])]);
        }

        var correlation = new double[indices.Count, indices.Count];
        for (int a = 0; a < indices.Count; a++)
        {
            for (int b = 0; b < indices.Count; b++)
            {
                correlation[a, b] = all[indices[a], indices[b]];
            }
        }

        return new Observations([.. indices.Select(a => Values[a])], correlation);
    }

    private static string? ProblemOf(Observation own) =>
        !double.IsFinite(own.Value) ? $"is {own.Value}; it must be finite."
        : own is not { StandardDeviation: >= 0 and < double.PositiveInfinity, Discrepancy: >= 0 and < double.PositiveInfinity }
            ? $"has the standard deviations {own.StandardDeviation} and {own.Discrepancy}; they must not be negative."
        : own.StandardDeviation == 0 && own.Discrepancy == 0 ? "has no error, and agrees with no parameters. Give its standard deviation." : null;

    private static double[,] ReadCorrelation(string path, CsvTable observations, List<int> kept)
    {
        CsvTable table = CsvTable.Read(path);
        int count = observations.RowCount;
        if (table.RowCount != count || table.ColumnNames.Count != count)
        {
            throw new DataException(
                table.SourceName, $"has {table.RowCount} rows and {table.ColumnNames.Count} columns; {observations.SourceName} has {count} observations. Give a header, and one row "
                + "and column for each, in their order.");
        }

        var result = new double[kept.Count, kept.Count];
        for (int a = 0; a < kept.Count; a++)
        {
            for (int b = 0; b < kept.Count; b++)
            {
                result[a, b] = table.Number(kept[a], kept[b]);
            }
        }

        return result;
    }

    private void RequireCorrelation()
    {
        if (ErrorCorrelation is not { } own)
        {
            return;
        }

        int count = Values.Count;
        if (own.GetLength(0) != count || own.GetLength(1) != count)
        {
            throw new ArgumentException($"The correlation of errors is {own.GetLength(0)} x {own.GetLength(1)}; there are {count} observations.");
        }

        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                if (!(a == b ? own[a, b] == 1 : Math.Abs(own[a, b]) <= 1) || Math.Abs(own[a, b] - own[b, a]) > 1e-12)
                {
                    throw new ArgumentException(
                        $"The correlation of errors of observations {b + 1} and {a + 1} is {own[a, b]} and {own[b, a]}. It must be between -1 and 1, the same both ways, and 1 of each "
                        + "with itself.");
                }
            }
        }

        var matrix = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.OfArray(own);
        if (matrix.Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric).EigenValues.Min(value => value.Real) < -1e-9)
        {
            throw new ArgumentException("The correlation of errors is none: some combination of the observations would have a negative variance.");
        }
    }
}
