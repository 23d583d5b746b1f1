using IlgpuBnn;
using IlgpuBnn.Prediction;

namespace SeaIceClasses;

/// <summary>A classifier's probabilities of scenes, and how good they are.</summary>
/// <param name="Name">Of the classifier.</param>
/// <param name="Probabilities">[scene, class], in the chart's order.</param>
/// <param name="Labels">[scene].</param>
/// <param name="Epistemic">[scene]: mutual information of class and network in nats; null of a single rule.</param>
internal sealed record Judged(string Name, double[,] Probabilities, int[] Labels, double[]? Epistemic)
{
    private const int BinCount = 10;

    public double Accuracy => Mean(row => Top(row) == Labels[row] ? 1 : 0);

    public double LogLoss => Mean(row => -Math.Log(Probabilities[row, Labels[row]]));

    /// <summary>Summed over classes: 2 at worst.</summary>
    public double Brier => Mean(row => Enumerable.Range(0, IceChart.Classes.Count).Sum(k => Math.Pow(Probabilities[row, k] - (k == Labels[row] ? 1 : 0), 2)));

    /// <summary>Expected calibration error, of the most probable class in ten bins (Guo et al. 2017).</summary>
    public double CalibrationError => Bins.Sum(bin => bin.Rows * Math.Abs(bin.Predicted - bin.Observed)) / Labels.Length;

    /// <summary>Of the most probable class, by its probability.</summary>
    public ReliabilityBin[] Bins =>
    [
        .. Enumerable.Range(0, Labels.Length).GroupBy(row => Math.Min(BinCount - 1, (int)(BinCount * Probabilities[row, Top(row)]))).OrderBy(bin => bin.Key)
            .Select(bin => new ReliabilityBin(bin.Average(row => Probabilities[row, Top(row)]), bin.Average(row => Top(row) == Labels[row] ? 1.0 : 0), bin.Count())),
    ];

    /// <summary>Mean entropy of the probabilities in nats.</summary>
    public double MeanEntropy => Mean(Entropy);

    /// <summary>Mean mutual information in nats; NaN of a single rule.</summary>
    public double MeanEpistemic => Epistemic?.Average() ?? double.NaN;

    public double Entropy(int row) => Enumerable.Range(0, IceChart.Classes.Count).Sum(k => Probabilities[row, k] is > 0 and var p ? -p * Math.Log(p) : 0);

    public static Judged By(BayesianNetwork model, string name, Scenes scenes)
    {
        ClassPredictions prediction = model.PredictClasses(scenes.Inputs);
        int[] order = [.. IceChart.Classes.Select(own => prediction.ClassNames.ToList().IndexOf(own))];
        var probabilities = new double[scenes.Count, order.Length];
        for (int k = 0; k < probabilities.Length; k++)
        {
            probabilities[k / order.Length, k % order.Length] = prediction.Probabilities[k / order.Length, order[k % order.Length]];
        }

        return new Judged(name, probabilities, scenes.Labels, prediction.MutualInformation);
    }

    public static Judged By(BayesClassifier rule, string name, Scenes scenes) => new(name, rule.Probabilities(scenes.Inputs), scenes.Labels, null);

    private int Top(int row) => Enumerable.Range(0, IceChart.Classes.Count).MaxBy(k => Probabilities[row, k]);

    private double Mean(Func<int, double> value) => Enumerable.Range(0, Labels.Length).Average(value);
}
