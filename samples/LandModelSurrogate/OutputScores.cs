using CsvHelper;
using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Prediction;
using MathNet.Numerics;

namespace LandModelSurrogate;

/// <summary>Scores of one training on one output, from which all figures are made.</summary>
/// <remarks>
/// R2, AbsoluteError, Crps, coverages, widths, PredictiveSd and EpistemicShare (fraction of the predictive variance) are means over the test rows; Crps in
/// standard deviations of the output over the training rows, AbsoluteError, widths and PredictiveSd over the test rows. Coverages are NaN for a single
/// point, widths if not requested. FirstRow: the first test row, raw units.
/// </remarks>
/// <param name="Method">One of <see cref="Methods.All"/>.</param>
/// <param name="Rows">Training rows, validation rows included.</param>
/// <param name="Epochs">Maximum number of epochs.</param>
/// <param name="CoverageTwoSd">Within two predictive standard deviations of the mean, the paper's bound.</param>
[CsvRecord]
internal sealed partial record OutputScores(
    string Settings, string Method, int Rows, int Units, int Particles, int Epochs, int Seed, string Output, double R2, double TrainingR2,
    double AbsoluteError, double Crps, double Coverage50, double Coverage80, double Coverage95, double Coverage99, double CoverageTwoSd,
    double Width50, double Width80, double Width95, double Width99, double PredictiveSd, double EpistemicShare,
    double FirstRowReference, double FirstRowMean, double FirstRowSd, int KeptEpoch, double Seconds)
{
    /// <summary>Levels of the intervals.</summary>
    public static readonly double[] Levels = [0.5, 0.8, 0.95, 0.99];

    /// <summary>Scores a trained network on the test rows.</summary>
    /// <returns>[output].</returns>
    public static OutputScores[] Of(Job job, BayesianNetwork network, Dataset training, LandModel data)
    {
        Dataset test = data.Test;
        PredictiveDistribution prediction = network.Predict(test);
        double[,] onTraining = network.PredictMoments(training.Inputs).Mean;
        Scores scores = Scores.Evaluate(prediction, test.Targets);
        CalibrationCurve calibration = CalibrationCurve.Evaluate(prediction, test.Targets);
        IReadOnlyList<double> trainingDeviations = Standardisation.Fit(training.Targets).Scale;
        (double[,] Lower, double[,] Upper)?[] intervals =
            [.. Levels.Select(level => job.Intervals ? prediction.Interval(level) : ((double[,], double[,])?)null)];
        var entries = new OutputScores[test.TargetCount];
        for (int output = 0; output < entries.Length; output++)
        {
            double Mean(Func<int, double> ofRow) => Enumerable.Range(0, test.RowCount).Average(row => ofRow(row));
            double deviation = data.TestDeviations[output];
            int o = output;
            double Coverage(double level) => calibration.ObservedShares[calibration.NominalLevels.ToList().IndexOf(level), o];
            double Width(int i) => intervals[i] is var (lower, upper) ? Mean(row => upper[row, o] - lower[row, o]) / deviation : double.NaN;
            double Sd(int row) => Math.Sqrt(prediction.Variance[row, o]);
            double Error(int row) => Math.Abs(test.Targets[row, o] - prediction.Mean[row, o]);
            TargetScores target = scores.PerTarget[o];
            entries[o] = new OutputScores(
                job.Settings, job.Method, job.Rows, job.Options.HiddenUnits[0], job.Options.Method.Particles, job.Options.IterationsFor(job.Rows), job.Options.Seed,
                test.TargetNames[o], target.R2, GoodnessOfFit.CoefficientOfDetermination(Column(onTraining, o), Column(training.Targets, o)), target.Mae / deviation,
                target.Crps / trainingDeviations[o], Coverage(0.5), Coverage(0.8), Coverage(0.95), Coverage(0.99),
                Mean(row => Error(row) <= 2 * Sd(row) ? 1 : 0), Width(0), Width(1), Width(2), Width(3),
                Mean(Sd) / deviation, Mean(row => prediction.EpistemicVariance[row, o] / prediction.Variance[row, o]),
                test.Targets[0, o], prediction.Mean[0, o], Sd(0), network.Report.KeptIteration, network.Report.Elapsed.TotalSeconds);
        }

        return entries;
    }

    private static IEnumerable<double> Column(double[,] table, int column) =>
        Enumerable.Range(0, table.GetLength(0)).Select(row => table[row, column]);
}
