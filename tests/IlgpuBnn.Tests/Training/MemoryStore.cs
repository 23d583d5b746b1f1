namespace IlgpuBnn.Tests.Training;

/// <summary>A checkpoint in memory; it may kill the training that writes it.</summary>
internal sealed record MemoryStore : ICheckpointStore
{
    public byte[]? Content { get; set; }

    public int WritesLeft { get; set; } = int.MaxValue;

    public Action? Written { get; set; }

    public string Name => "memory";

    public Stream? OpenRead() => Content is null ? null : new MemoryStream(Content);

    public void Write(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        Content = stream.ToArray();
        Written?.Invoke();
        if (--WritesLeft == 0)
        {
            throw new KilledException();
        }
    }

    public void Delete() => Content = null;
}

internal sealed class KilledException : Exception;

/// <summary>Two trainings that must have come to the same end.</summary>
internal static class SameModel
{
    public static void Assert(BayesianNetwork expected, BayesianNetwork actual, Dataset rows)
    {
        Xunit.Assert.Equal(expected.Model.Ensemble.Particles, actual.Model.Ensemble.Particles);
        Xunit.Assert.Equal(expected.Predict(rows).Interval(0.9).Upper, actual.Predict(rows).Interval(0.9).Upper);
        Xunit.Assert.Equal(Timeless(expected), Timeless(actual));
        Xunit.Assert.Equal(Counts(expected), Counts(actual));
        Xunit.Assert.Equal(expected.Report.Notes, actual.Report.Notes);

        static object Counts(BayesianNetwork model) => (
            model.Report.Iterations, model.Report.KeptIteration, model.Report.StopReason, model.Report.TrainingRows, model.Report.ValidationRows, model.Report.Folds,
            string.Join(' ', model.Report.RowCounts));

        static IEnumerable<StepInfo> Timeless(BayesianNetwork model) => model.Report.History.Select(step => step with { Elapsed = TimeSpan.Zero });
    }
}

internal static class SkewedRows
{
    /// <summary>A target over decades, an input over decades, and one of three levels.</summary>
    public static Dataset Make()
    {
        var random = new Random(4);
        const int rows = 80;
        double[,] inputs = new double[rows, 3], targets = new double[rows, 1];
        for (int n = 0; n < rows; n++)
        {
            (inputs[n, 0], inputs[n, 1], inputs[n, 2]) = (random.NextDouble(), Math.Pow(10, -3 * random.NextDouble()), n % 3);
            targets[n, 0] = Math.Exp((6 * inputs[n, 0]) + inputs[n, 2]);
        }

        return new Dataset(inputs, targets, ["a", "b", "c"], ["y"]);
    }
}
