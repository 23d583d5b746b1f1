using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Training;

namespace KnownAnswers;

/// <summary>Functions whose Sobol indices are known exactly (docs/maths.md, "Sensitivity"), seen through surrogates.</summary>
internal static class SensitivityStudy
{
    private static readonly double[] _weights = [0, 1, 4.5, 9, 99, 99, 99, 99];

    private static readonly Function[] _functions =
    [
        new("Ishigami", new Uniform(-Math.PI, Math.PI), x => Math.Sin(x[0]) + (7 * Math.Pow(Math.Sin(x[1]), 2)) + (0.1 * Math.Pow(x[2], 4) * Math.Sin(x[0])),
            [0.3139, 0.4424, 0], [0.5576, 0.4424, 0.2437]),
        new("Sobol-G", new Uniform(0, 1), x => Enumerable.Range(0, 8).Aggregate(1.0, (product, i) => product * (Math.Abs((4 * x[i]) - 2) + _weights[i]) / (1 + _weights[i])),
            [0.7162, 0.1790, 0.0237, 0.0072, 0.0001, 0.0001, 0.0001, 0.0001], [0.7871, 0.2422, 0.0343, 0.0105, 0.0001, 0.0001, 0.0001, 0.0001]),
    ];

    private sealed record Function(string Name, Uniform Input, Func<double[], double> Value, double[] First, double[] Total);

    public static void Write(IReadOnlyList<int> sizes, int seeds, TextWriter output)
    {
        foreach (Function function in _functions)
        {
            foreach (int runs in sizes)
            {
                int inside = 0, all = 0;
                for (int seed = 0; seed < seeds; seed++)
                {
                    SensitivityAnalysis analysis = Analyse(function, runs, seed, out double r2);
                    output.WriteLine(Text($"{function.Name}, {runs} runs, seed {seed}: R2 of out-of-fold rows {r2:F3}"));
                    output.WriteLine("  input  first, exact   found ± 90 %    total, exact   found ± 90 %");
                    for (int i = 0; i < function.First.Length; i++)
                    {
                        (double first, double total) = (analysis.HalfWidth(i, 0, false), analysis.HalfWidth(i, 0, true));
                        output.WriteLine(Text(
                            $"  {i + 1,5}  {function.First[i],12:F4}  {analysis.First[i, 0],6:F4} ± {first:F4}  {function.Total[i],12:F4}  {analysis.Total[i, 0],7:F4} ± {total:F4}"));
                        inside += (Math.Abs(analysis.First[i, 0] - function.First[i]) <= first ? 1 : 0) + (Math.Abs(analysis.Total[i, 0] - function.Total[i]) <= total ? 1 : 0);
                        all += 2;
                    }
                }

                output.WriteLine(Text($"{function.Name}, {runs} runs: {inside} of {all} exact indices inside their intervals of about 90 %"));
                output.WriteLine();
            }
        }
    }

    private static SensitivityAnalysis Analyse(Function function, int runs, int seed, out double r2)
    {
        int width = function.First.Length;
        var box = new InputDistributions([.. Enumerable.Range(1, width).Select(i => $"x{i}")], [.. Enumerable.Repeat(function.Input, width)]);
        double[,] inputs = Design.Create(box, runs, DesignKind.Sobol, seed), targets = new double[runs, 1];
        for (int n = 0; n < runs; n++)
        {
            targets[n, 0] = function.Value([.. Enumerable.Range(0, width).Select(i => inputs[n, i])]);
        }

        var data = new Dataset(inputs, targets, inputNames: box.Names);
        var model = BayesianNetwork.Fit(data, new TrainingOptions { Seed = seed });
        r2 = IlgpuBnn.Prediction.Scores.Evaluate(model.PredictOutOfFold(data), data.Targets).PerTarget[0].R2;
        return SensitivityAnalysis.Of(model, box, new SensitivityOptions { Seed = seed });
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
