using System.Globalization;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reporting;

namespace FlowEmulator;

/// <summary>What a page shows of glaciers.</summary>
internal static class Pictures
{
    private const int N = Glacier.Points, Cells = N * N, PointsPerName = 8;

    /// <summary>One glacier: thickness and friction, speed as solved and as predicted, error and epistemic standard deviation. Without ice 0.</summary>
    public static Figure Maps(Glaciers glaciers, PredictiveDistribution predicted, int glacier)
    {
        double[,] targets = glaciers.Data.Targets;
        double Solved(int k) => Math.Sqrt((targets[glacier, k] * targets[glacier, k]) + (targets[glacier, Cells + k] * targets[glacier, Cells + k]));
        double Predicted(int k) => Math.Sqrt((predicted.Mean[glacier, k] * predicted.Mean[glacier, k]) + (predicted.Mean[glacier, Cells + k] * predicted.Mean[glacier, Cells + k]));
        double Error(int k) => Math.Sqrt(Math.Pow(targets[glacier, k] - predicted.Mean[glacier, k], 2) + Math.Pow(targets[glacier, Cells + k] - predicted.Mean[glacier, Cells + k], 2));
        double Spread(int k) => Math.Sqrt(predicted.EpistemicVariance[glacier, k] + predicted.EpistemicVariance[glacier, Cells + k]);
        double fastest = Enumerable.Range(0, Cells).Max(k => Math.Max(Solved(k), Predicted(k))), worst = Enumerable.Range(0, Cells).Max(k => Math.Max(Error(k), Spread(k)));
        Glacier own = glaciers.All[glacier];
        return new Panels("",
        [
            Map("Thickness, m", own, k => own.Thickness[k / N, k % N]), Map("Friction, MPa a/km", own, k => 1000 * own.Friction[k / N, k % N]),
            Map("Speed, solved, m/a", own, Solved, fastest), Map("Speed, predicted, m/a", own, Predicted, fastest),
            Map("Error, m/a", own, Error, worst), Map("Epistemic sd, m/a", own, Spread, worst),
        ], 2);
    }

    /// <summary>Every glacier's error against its epistemic standard deviation.</summary>
    public static Chart OfGlaciers(IReadOnlyList<(string Name, Scores Scores)> sets) => new(
        "Glaciers", new ChartAxis("epistemic sd, m/a") { Logarithmic = true }, new ChartAxis("RMSE, m/a") { Logarithmic = true },
        [.. sets.Select(set => new Points(set.Name, Positive(set.Scores.EpistemicSds), set.Scores.Errors))])
    {
        Width = 420,
        Height = 380,
    };

    /// <summary>Groups of velocities of like epistemic standard deviation.</summary>
    public static Chart OfVelocities(IReadOnlyList<(string Name, Scores Scores)> sets, int groups) => new(
        "Velocities in groups", new ChartAxis("epistemic sd, m/a") { Logarithmic = true }, new ChartAxis("RMSE, m/a") { Logarithmic = true },
        [.. sets.Select(set => (set.Name, Groups: set.Scores.Groups(groups))).Select(set => new Line(set.Name, Positive(set.Groups.Sds), set.Groups.Errors))])
    {
        Width = 420,
        Height = 380,
    };

    /// <summary>Where calibration found that networks differ by chance alone, there is no sd to draw.</summary>
    private static double[] Positive(double[] values) => [.. values.Select(value => value > 0 ? value : double.NaN)];

    private static HeatMap Map(string title, Glacier glacier, Func<int, double> value, double? largest = null)
    {
        var values = new double[N, N];
        for (int k = 0; k < Cells; k++)
        {
            values[k / N, k % N] = glacier.HasIce(k / N, k % N) ? value(k) : 0;
        }

        string[] places = [.. Enumerable.Range(0, N).Select(k => k % PointsPerName == 0 ? (k * Glacier.Spacing / 1000).ToString("0.#", CultureInfo.InvariantCulture) : "")];
        return new HeatMap(title, "y, km", places, "x, km", places, values, new ChartAxis("") { From = 0, To = largest }) { Width = 420, CellHeight = 8.5 };
    }
}
