using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Training;
using MathNet.Numerics.Statistics;

namespace KnownAnswers;

/// <summary>History matching of y1 = t1^2 + t2^2 + .2 t3, y2 = sin 2.5 t1 + t2 t4 + .3 t3 (t = 2u - 1) to its values at a known u, in waves of 30, 50 and 70 runs.</summary>
internal static class WaveStudy
{
    private const int FirstRuns = 30, MoreRuns = 20, WaveCount = 3, RegionPoints = 1 << 20;
    private const double Error = 0.05;
    private static readonly double[] _truth = [0.75, 0.35, 0.6, 0.4];
    private static readonly InputDistributions _box = new(["u1", "u2", "u3", "u4"], [.. Enumerable.Repeat(new Uniform(0, 1), 4)]);

    public static void Write(int seeds, TextWriter output)
    {
        var observed = new Observations([.. Simulate(_truth).Select((value, o) => new Observation($"y{o + 1}", value, Error))]);
        double[,] region = Region(observed, out double volume);
        output.WriteLine(Text($"The exact region is {volume:F4} of the inputs. Medians over {seeds} seeds, and the range."));
        output.WriteLine("wave  runs  remains                wrongly ruled out       truth kept");
        (double Remains, double Wrong, bool Truth)[][] all = [.. Enumerable.Range(0, seeds).Select(seed => Match(seed, observed, region))];
        for (int wave = 0; wave < WaveCount; wave++)
        {
            double[] remains = [.. all.Select(own => own[wave].Remains)], wrong = [.. all.Select(own => own[wave].Wrong)];
            output.WriteLine(Text(
                $"{wave + 1,4}  {FirstRuns + (wave * MoreRuns),4}  {remains.Median():F4} ({remains.Min():F4}-{remains.Max():F4})  {wrong.Median():F4} ({wrong.Min():F4}-{wrong.Max():F4})  {all.Count(own => own[wave].Truth)} of {seeds}"));
        }
    }

    private static (double Remains, double Wrong, bool Truth)[] Match(int seed, Observations observed, double[,] region)
    {
        List<double[]> runs = [.. Rows(Design.Create(_box, FirstRuns, DesignKind.Sobol, seed))];
        var waves = new List<BayesianNetwork>();
        var result = new List<(double, double, bool)>();
        for (int wave = 0; wave < WaveCount; wave++)
        {
            double[][] outputs = [.. runs.Select(Simulate)];
            waves.Add(BayesianNetwork.Fit(
                new Dataset(Table(runs), Table(outputs), targetNames: ["y1", "y2"], inputNames: _box.Names), new TrainingOptions { Seed = seed }));
            var matching = HistoryMatching.Of(waves, observed, _box, new HistoryMatchingOptions { NextRuns = MoreRuns, Seed = seed });
            double[] votes = [.. Votes(waves, observed, region)];
            result.Add((matching.Volume, votes.Count(own => own > 3) / (double)votes.Length, Votes(waves, observed, Table([_truth])).Single() <= 3));
            runs.AddRange(Rows(matching.NextRuns));
        }

        return [.. result];
    }

    /// <summary>Largest implausibility over all waves and both outputs.</summary>
    private static IEnumerable<double> Votes(IEnumerable<BayesianNetwork> waves, Observations observed, double[,] points)
    {
        var predictions = waves.Select(wave => wave.PredictMoments(points)).ToArray();
        for (int n = 0; n < points.GetLength(0); n++)
        {
            yield return predictions.Max(own => Enumerable.Range(0, 2).Max(o =>
                Math.Abs(observed.Values[o].Value - own.Mean[n, o]) / Math.Sqrt((Error * Error) + own.EpistemicVariance[n, o] + own.AleatoricVariance[n, o])));
        }
    }

    /// <summary>Points that the simulator itself does not rule out.</summary>
    private static double[,] Region(Observations observed, out double volume)
    {
        double[][] points = Rows(Design.Create(_box, RegionPoints));
        double[][] inside = [.. points.Where(u => Simulate(u).Zip(observed.Values).All(own => Math.Abs(own.First - own.Second.Value) <= 3 * Error))];
        volume = inside.Length / (double)RegionPoints;
        return Table(inside.Take(4096));
    }

    private static double[] Simulate(double[] u)
    {
        double[] t = [.. u.Select(own => (2 * own) - 1)];
        return [(t[0] * t[0]) + (t[1] * t[1]) + (0.2 * t[2]), Math.Sin(2.5 * t[0]) + (t[1] * t[3]) + (0.3 * t[2])];
    }

    private static double[][] Rows(double[,] table) =>
        [.. Enumerable.Range(0, table.GetLength(0)).Select(n => Enumerable.Range(0, table.GetLength(1)).Select(i => table[n, i]).ToArray())];

    private static double[,] Table(IEnumerable<double[]> rows)
    {
        double[][] all = [.. rows];
        var table = new double[all.Length, all[0].Length];
        for (int n = 0; n < all.Length; n++)
        {
            Buffer.BlockCopy(all[n], 0, table, n * all[n].Length * sizeof(double), all[n].Length * sizeof(double));
        }

        return table;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
