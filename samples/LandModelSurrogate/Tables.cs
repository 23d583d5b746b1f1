using System.Reflection;
using CsvHelper;
using IlgpuBnn.Reporting;
using MathNet.Numerics.Statistics;

namespace LandModelSurrogate;

/// <summary>Fig. 1. Medians over the outputs, then median and quartiles over the seeds; MeanR2 averages over the outputs instead.</summary>
internal sealed record AccuracyRow(
    string Settings, string Method, int Rows, int Seeds, double R2, double R2LowerQuartile, double R2UpperQuartile, double MeanR2, double Crps);

/// <summary>Fig. 2. Mean absolute error over the test rows, in the output's standard deviations over them; median over the seeds.</summary>
internal sealed record ErrorRow(string Settings, string Method, string Output, int Rows, double AbsoluteError);

/// <summary>Fig. 3. One test row, first seed, raw units; the bound is two predictive standard deviations.</summary>
internal sealed record PointRow(
    string Settings, string Output, int Rows, double Reference, double Deterministic, double Mean, double Lower, double Upper);

/// <summary>Fig. 4. Medians over the outputs, then median and quartiles over the seeds.</summary>
internal sealed record EpochsRow(
    string Settings, string Method, int Epochs, double TrainingR2, double TrainingLowerQuartile, double TrainingUpperQuartile,
    double TestR2, double TestLowerQuartile, double TestUpperQuartile);

/// <summary>Fig. 5, 6 and 7. Medians over the outputs; PredictiveSd in the output's standard deviations over the test rows.</summary>
internal sealed record ArchitectureRow(string Settings, int Units, int Particles, double R2, double Seconds, double PredictiveSd);

/// <summary>Intervals. Medians over the outputs, then over the seeds; Width in the output's standard deviations over the test rows.</summary>
internal sealed record IntervalRow(string Settings, string Method, int Rows, double Level, double Coverage, double Width);

/// <summary>Coverage of the paper's bound of two standard deviations, and the epistemic fraction of the variance.</summary>
internal sealed record UncertaintyRow(
    string Settings, string Method, int Rows, double CoverageTwoSd, double EpistemicShare, double ShareLowerQuartile, double ShareUpperQuartile);

/// <summary>The Gaussian process. Medians over the outputs, then over the seeds; Crps in the training rows' standard deviations.</summary>
[CsvRecord]
internal sealed partial record PeerRow(int Rows, int Seeds, double R2, double Crps, double Coverage95, double Seconds);

/// <summary>Bayesian networks beside the Gaussian process.</summary>
internal sealed record ComparisonRow(string Model, int Rows, double R2, double Crps, double Coverage95);

/// <summary>The data behind each figure, made from the scores of the trainings.</summary>
internal static class Tables
{
    /// <summary>A column per member of the record.</summary>
    public static ReportTable Of<T>(IEnumerable<T> rows)
    {
        PropertyInfo[] members = typeof(T).GetProperties();
        TableCell Cell(PropertyInfo member, T row) => member.GetValue(row) is string text ? text : Convert.ToDouble(member.GetValue(row));
        return new ReportTable(
            [.. members.Select(member => new TableColumn(member.Name))],
            [.. rows.Select(row => (TableCell[])[.. members.Select(member => Cell(member, row))])]);
    }

    public static AccuracyRow[] Accuracy(IEnumerable<OutputScores> scores) =>
    [
        .. from score in scores
           group score by (score.Settings, score.Method, score.Rows) into same
           let r2 = Quartiles.OverSeeds(same, score => score.R2)
           let means = same.GroupBy(score => score.Seed).Select(training => training.Average(score => score.R2)).ToArray()
           select new AccuracyRow(same.Key.Settings, same.Key.Method, same.Key.Rows, means.Length, r2.Median, r2.Lower, r2.Upper, means.Median(),
               Quartiles.OverSeeds(same, score => score.Crps).Median),
    ];

    public static ErrorRow[] Errors(IEnumerable<OutputScores> scores) =>
    [
        .. from score in scores
           group score by (score.Settings, score.Method, score.Output, score.Rows) into same
           select new ErrorRow(same.Key.Settings, same.Key.Method, same.Key.Output, same.Key.Rows, same.Select(score => score.AbsoluteError).Median()),
    ];

    public static PointRow[] Points(IEnumerable<OutputScores> scores)
    {
        OutputScores[] first = [.. scores.Where(score => score.Seed == 1 && score.Output.EndsWith("_2010", StringComparison.Ordinal))];
        return
        [
            .. from bayesian in first
               where bayesian.Method == Methods.Svgd
               let plain = first.Single(score => score.Method == Methods.Deterministic
                   && (score.Settings, score.Output, score.Rows) == (bayesian.Settings, bayesian.Output, bayesian.Rows))
               select new PointRow(bayesian.Settings, bayesian.Output, bayesian.Rows, bayesian.FirstRowReference, plain.FirstRowMean,
                   bayesian.FirstRowMean, bayesian.FirstRowMean - (2 * bayesian.FirstRowSd), bayesian.FirstRowMean + (2 * bayesian.FirstRowSd)),
        ];
    }

    public static EpochsRow[] Epochs(IEnumerable<OutputScores> scores) =>
    [
        .. from score in scores
           group score by (score.Settings, score.Method, score.Epochs) into same
           let training = Quartiles.OverSeeds(same, score => score.TrainingR2)
           let test = Quartiles.OverSeeds(same, score => score.R2)
           select new EpochsRow(same.Key.Settings, same.Key.Method, same.Key.Epochs,
               training.Median, training.Lower, training.Upper, test.Median, test.Lower, test.Upper),
    ];

    public static ArchitectureRow[] Architectures(IEnumerable<OutputScores> scores) =>
    [
        .. from score in scores
           group score by (score.Settings, score.Units, score.Particles) into same
           select new ArchitectureRow(same.Key.Settings, same.Key.Units, same.Key.Particles, same.Select(score => score.R2).Median(),
               same.First().Seconds, same.Select(score => score.PredictiveSd).Median()),
    ];

    public static IntervalRow[] Intervals(IEnumerable<OutputScores> scores)
    {
        (double Level, Func<OutputScores, double> Coverage, Func<OutputScores, double> Width)[] levels =
        [
            (0.5, score => score.Coverage50, score => score.Width50), (0.8, score => score.Coverage80, score => score.Width80),
            (0.95, score => score.Coverage95, score => score.Width95), (0.99, score => score.Coverage99, score => score.Width99),
        ];
        return
        [
            .. from score in scores
               where score.Method != Methods.Deterministic
               group score by (score.Settings, score.Method, score.Rows) into same
               from level in levels
               select new IntervalRow(same.Key.Settings, same.Key.Method, same.Key.Rows, level.Level,
                   Quartiles.OverSeeds(same, level.Coverage).Median, Quartiles.OverSeeds(same, level.Width).Median),
        ];
    }

    public static UncertaintyRow[] Uncertainty(IEnumerable<OutputScores> scores) =>
    [
        .. from score in scores
           where score.Method != Methods.Deterministic
           group score by (score.Settings, score.Method, score.Rows) into same
           let share = Quartiles.OverSeeds(same, score => score.EpistemicShare)
           select new UncertaintyRow(same.Key.Settings, same.Key.Method, same.Key.Rows,
               Quartiles.OverSeeds(same, score => score.CoverageTwoSd).Median, share.Median, share.Lower, share.Upper),
    ];
}

/// <summary>Median and quartiles over trainings.</summary>
internal readonly record struct Quartiles(double Median, double Lower, double Upper)
{
    /// <summary>Of each training's median over its outputs.</summary>
    public static Quartiles OverSeeds(IEnumerable<OutputScores> scores, Func<OutputScores, double> value)
    {
        double[] trainings = [.. scores.GroupBy(score => score.Seed).Select(training => training.Select(value).Median())];
        return new Quartiles(trainings.Median(), trainings.LowerQuartile(), trainings.UpperQuartile());
    }
}
