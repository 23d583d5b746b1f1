using CsvHelper;
using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Prediction;
using MathNet.Numerics;

namespace LandModelSurrogate;

/// <summary>What one training came to on one of the outputs. Every figure is made from these.</summary>
/// <param name="Settings">Name of the settings.</param>
/// <param name="Method">One of <see cref="Methods.All"/>.</param>
/// <param name="Rows">Rows trained on, held-out ones included.</param>
/// <param name="Units">Of the hidden layer.</param>
/// <param name="Particles">Networks in the ensemble.</param>
/// <param name="Epochs">Most epochs.</param>
/// <param name="Seed">Of rows and starting points.</param>
/// <param name="Output">Name of the output.</param>
/// <param name="R2">On the test rows.</param>
/// <param name="TrainingR2">On the rows trained on.</param>
/// <param name="AbsoluteError">Mean over the test rows, in the output's standard deviations over them.</param>
/// <param name="Crps">Mean over the test rows, in the output's standard deviations over the training rows.</param>
/// <param name="Coverage50">Share of the test rows inside their central 50 % interval; NaN for a single point.</param>
/// <param name="Coverage80">Inside the 80 % interval.</param>
/// <param name="Coverage95">Inside the 95 % interval.</param>
/// <param name="Coverage99">Inside the 99 % interval.</param>
/// <param name="CoverageTwoSd">Inside mean plus or minus two predictive standard deviations, the paper's bound.</param>
/// <param name="Width50">Mean width of the 50 % interval, in standard deviations over the test rows; NaN where not asked for.</param>
/// <param name="Width80">Of the 80 % interval.</param>
/// <param name="Width95">Of the 95 % interval.</param>
/// <param name="Width99">Of the 99 % interval.</param>
/// <param name="PredictiveSd">Mean over the test rows, in standard deviations over them.</param>
/// <param name="EpistemicShare">Of the predictive variance: what more rows would lower; mean over the test rows.</param>
/// <param name="FirstRowReference">The first test row's value, raw units.</param>
/// <param name="FirstRowMean">Its prediction.</param>
/// <param name="FirstRowSd">Its predictive standard deviation.</param>
/// <param name="KeptEpoch">The epoch whose particles were kept.</param>
/// <param name="Seconds">Of the training.</param>
[CsvRecord]
internal sealed partial record OutputScores(
    string Settings, string Method, int Rows, int Units, int Particles, int Epochs, int Seed, string Output, double R2, double TrainingR2,
    double AbsoluteError, double Crps, double Coverage50, double Coverage80, double Coverage95, double Coverage99, double CoverageTwoSd,
    double Width50, double Width80, double Width95, double Width99, double PredictiveSd, double EpistemicShare,
    double FirstRowReference, double FirstRowMean, double FirstRowSd, int KeptEpoch, double Seconds)
{
    /// <summary>Of the intervals.</summary>
    public static readonly double[] Levels = [0.5, 0.8, 0.95, 0.99];

    /// <summary>Scores a trained network on the test rows.</summary>
    /// <returns>An entry per output.</returns>
    public static OutputScores[] Of(Job job, BayesianNetwork network, Dataset training, LandModel data)
    {
        Dataset test = data.Test;
        PredictiveDistribution prediction = network.Predict(test);
        double[,] onTraining = network.PredictMoments(training.Inputs).Mean;
        Scores scores = Scores.Evaluate(prediction, test.Targets);
        double[,] pit = prediction.Pit(test.Targets);
        (double[,] Lower, double[,] Upper)?[] intervals =
            [.. Levels.Select(level => job.Intervals ? prediction.Interval(level) : ((double[,], double[,])?)null)];
        var entries = new OutputScores[test.TargetCount];
        for (int output = 0; output < entries.Length; output++)
        {
            double Mean(Func<int, double> ofRow) => Enumerable.Range(0, test.RowCount).Average(row => ofRow(row));
            double deviation = data.TestDeviations[output];
            int o = output;
            double Coverage(double level) => double.IsNaN(pit[0, o]) ? double.NaN : Mean(row => Math.Abs(pit[row, o] - 0.5) <= level / 2 ? 1 : 0);
            double Width(int i) => intervals[i] is var (lower, upper) ? Mean(row => upper[row, o] - lower[row, o]) / deviation : double.NaN;
            double Sd(int row) => Math.Sqrt(prediction.Variance[row, o]);
            double Error(int row) => Math.Abs(test.Targets[row, o] - prediction.Mean[row, o]);
            TargetScores target = scores.PerTarget[o];
            entries[o] = new OutputScores(
                job.Settings, job.Method, job.Rows, job.Options.HiddenUnits[0], job.Options.Method.Particles, job.Options.IterationsFor(job.Rows), job.Options.Seed,
                test.TargetNames[o], target.R2, GoodnessOfFit.CoefficientOfDetermination(Column(onTraining, o), Column(training.Targets, o)), target.Mae / deviation,
                target.Crps / LandModel.Deviation(training, o), Coverage(0.5), Coverage(0.8), Coverage(0.95), Coverage(0.99),
                Mean(row => Error(row) <= 2 * Sd(row) ? 1 : 0), Width(0), Width(1), Width(2), Width(3),
                Mean(Sd) / deviation, Mean(row => prediction.EpistemicVariance[row, o] / prediction.Variance[row, o]),
                test.Targets[0, o], prediction.Mean[0, o], Sd(0), network.Report.KeptIteration, network.Report.Elapsed.TotalSeconds);
        }

        return entries;
    }

    private static IEnumerable<double> Column(double[,] table, int column) =>
        Enumerable.Range(0, table.GetLength(0)).Select(row => table[row, column]);
}
