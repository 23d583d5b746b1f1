using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Reporting;
using MathNet.Numerics.Statistics;

namespace Physics;

/// <summary>The first example of Wang and Lai (2024): ln(t + 2) cos(2 t + t^3), learnt in stages.</summary>
internal static class Stages
{
    private const int Points = 1501, Between = 8000;

    public static void Add(ReportPage page, TextWriter output)
    {
        page.AddHeading("A function, to many digits");
        double[] t = Even(Points, 1.02), between = Even(Between, 1), truth = [.. between.Select(Target)];
        var table = new List<TableCell[]>();
        for (int stages = 1; stages <= 3; stages++)
        {
            var network = MultiStageNetwork.Fit(t, [.. t.Select(Target)], new MultiStageOptions { Stages = stages, Seed = 1 });
            if (network.Stages.Count < stages)
            {
                output.WriteLine($"Stages: {network.StopReason}.");
                break;
            }

            double error = network.Predict(between).Zip(truth, (a, b) => a - b).RootMeanSquare();
            StageReport own = network.Stages[^1];
            table.Add([stages.ToString(CultureInfo.InvariantCulture), own.Kappa, own.Scale, own.TrainingError, error]);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{stages} stages: RMSE between the points {error:E2}"));
        }

        page.AddTable("stages", new ReportTable(
            ["stages", new TableColumn("kappa", "F0"), new TableColumn("scale", "E2"), new TableColumn("RMSE at the points", "E2"), new TableColumn("RMSE between them", "E2")], [.. table]),
            $"ln(t + 2) cos(2 t + t^3) at {Points} points, and its error at {Between} others. Each stage learns what those before it left, with sines as fast as that varies.");
    }

    private static double Target(double t) => Math.Log(t + 2) * Math.Cos((2 * t) + (t * t * t));

    private static double[] Even(int count, double end) => [.. Enumerable.Range(0, count).Select(n => ((2.0 * n / (count - 1)) - 1) * end)];
}
