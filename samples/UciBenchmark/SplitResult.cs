using MathNet.Numerics.Statistics;

namespace UciBenchmark;

/// <summary>Scores on the test rows of one split, in the target's unit, and the training time.</summary>
internal readonly record struct SplitResult(double Rmse, double LogScore, double Crps, double Coverage95, double Seconds);

/// <summary>Mean over splits, and its standard error.</summary>
internal readonly record struct Estimate(double Mean, double StandardError)
{
    public static Estimate Of(IReadOnlyCollection<double> values) => new(values.Average(), values.StandardDeviation() / Math.Sqrt(values.Count));

    public string Text(int digits) => double.IsNaN(StandardError)
        ? Mean.ToString($"F{digits}")
        : $"{Mean.ToString($"F{digits}")} ± {StandardError.ToString($"F{digits}")}";
}

/// <summary>All splits of a set.</summary>
internal sealed record SetResult(string Name, int Rows, int Inputs, IReadOnlyList<SplitResult> Splits)
{
    public Estimate Rmse => Over(split => split.Rmse);

    public Estimate LogScore => Over(split => split.LogScore);

    public Estimate Crps => Over(split => split.Crps);

    public Estimate Coverage95 => Over(split => split.Coverage95);

    public Estimate Seconds => Over(split => split.Seconds);

    private Estimate Over(Func<SplitResult, double> score) => Estimate.Of([.. Splits.Select(score)]);
}
