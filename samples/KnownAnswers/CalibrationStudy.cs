using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Training;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace KnownAnswers;

/// <summary>Runs that a surrogate has not seen stand for the truth: their outputs, with errors added, are observed, and the posterior should hold their parameters.</summary>
internal static class CalibrationStudy
{
    private const int Inputs = 8, TestRows = 100, NoiseSeed = 17;
    private static readonly double[] _levels = [0.5, 0.9, 0.95];

    public static void Write(IReadOnlyList<int> sizes, int truths, double error, IReadOnlyList<string> targets, TextWriter output)
    {
        CsvTable table = CsvTable.Read(Path.Combine(AppContext.BaseDirectory, "data", "selm-usmoz.csv"));
        Dataset all = Dataset.FromTable(table, [.. table.ColumnNames.Skip(Inputs)], [.. table.ColumnNames.Take(Inputs)]);
        (Dataset pool, Dataset test) = all.SplitLast(TestRows);
        var ranges = InputRange(all);
        output.WriteLine(Text($"{truths} truths, observed: {string.Join(", ", targets)}, error {error} standard deviations"));
        output.WriteLine("  runs   50 %   90 %   95 %  width of 90 % (of the prior's)  beyond 99.9 %");
        WriteLine(output, "prior", [.. Enumerable.Range(0, truths).SelectMany(n => Ranks(ranges, test, n))], 1);
        foreach (int size in sizes)
        {
            var model = BayesianNetwork.Fit(pool.SelectRows([.. Enumerable.Range(0, size)]), new TrainingOptions { Seed = 1 });
            var results = new List<(double Rank, double Width)>();
            for (int n = 0; n < truths; n++)
            {
                results.AddRange(Calibrate(model, ranges, test, n, targets, error));
            }

            WriteLine(output, size.ToString(CultureInfo.InvariantCulture), [.. results.Select(own => own.Rank)], results.Average(own => own.Width));
        }
    }

    private static InputDistributions InputRange(Dataset all) => new(
        all.InputNames,
        [.. Enumerable.Range(0, Inputs).Select(i => new Uniform(Column(all.Inputs, i).Min(), Column(all.Inputs, i).Max()))]);

    /// <summary>Each parameter's true value as a probability of the posterior, and the width of its 90 % interval as a share of the prior's.</summary>
    private static IEnumerable<(double Rank, double Width)> Calibrate(
        BayesianNetwork model, InputDistributions ranges, Dataset test, int row, IReadOnlyList<string> targets, double error)
    {
        var random = new Random(NoiseSeed + row);
        Observation[] observed = [.. targets.Select(name =>
        {
            int o = test.TargetNames.ToList().IndexOf(name);
            double sd = error * Column(test.Targets, o).StandardDeviation();
            return new Observation(name, test.Targets[row, o] + Normal.Sample(random, 0, sd), sd);
        })];
        var calibration = ParameterCalibration.Of(model, new Observations(observed), ranges, new CalibrationOptions { Seed = row });
        for (int i = 0; i < Inputs; i++)
        {
            double truth = test.Inputs[row, i], rank = Column(calibration.Draws, i).Count(draw => draw < truth) / (double)calibration.Draws.GetLength(0);
            InputDistribution prior = ranges.Distributions[i];
            yield return (rank, (calibration.Quantile(i, 0.95) - calibration.Quantile(i, 0.05)) / (prior.Quantile(0.95) - prior.Quantile(0.05)));
        }
    }

    private static IEnumerable<double> Ranks(InputDistributions ranges, Dataset test, int row) => Enumerable.Range(0, Inputs).Select(i =>
        (test.Inputs[row, i] - ranges.Distributions[i].Quantile(0)) / (ranges.Distributions[i].Quantile(1) - ranges.Distributions[i].Quantile(0)));

    private static void WriteLine(TextWriter output, string name, double[] ranks, double width) => output.WriteLine(Text(
        $"{name,6}  {string.Join("  ", _levels.Select(level => Share(ranks, level).ToString("F3", CultureInfo.InvariantCulture)))}  {width,30:F3}  {1 - Share(ranks, 0.999),13:F3}"));

    private static double Share(double[] ranks, double level) => ranks.Count(rank => Math.Abs(rank - 0.5) <= level / 2) / (double)ranks.Length;

    private static IEnumerable<double> Column(double[,] table, int column) => Enumerable.Range(0, table.GetLength(0)).Select(row => table[row, column]);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
