using IlgpuBnn.Reporting;

namespace LandModelSurrogate;

/// <summary>A set of trainings behind several figures: over numbers of training rows, lengths of training, or sizes of networks and ensembles.</summary>
internal enum Experiment
{
    Sizes,
    Lengths,
    Grid,
}

/// <summary>A figure with its data and texts.</summary>
/// <param name="Name">Of its files.</param>
/// <param name="Caption">What it shows, not the result.</param>
internal sealed record Exhibit(
    string Name, Experiment Experiment, string Title, string Caption, Func<Results, ReportTable> Data, Func<Results, Figure> Draw);

/// <summary>All figures: the paper's, then what it does not show.</summary>
internal static class Exhibits
{
    public static IReadOnlyList<Exhibit> All { get; } =
    [
        Create("fig1", Experiment.Sizes, "The paper's Fig. 1: accuracy against the number of training rows",
            "R2 on the 100 test rows: median over the 15 outputs, then median (line) and quartiles (band) over the seeds. Values below 0 are outside the frame; "
                + "the paper draws them at 0.",
            results => results.Accuracy, SizeCharts.Accuracy),
        Create("fig2", Experiment.Sizes, "The paper's Fig. 2: errors of the outputs",
            "Mean absolute error over the test rows, in standard deviations of the output over them; median over the seeds. 1 and more has the lightest colour.",
            results => results.Errors, SizeCharts.Errors),
        Create("fig3", Experiment.Sizes, "The paper's Fig. 3: one test row",
            "The first test row, in 2010, first seed; band: two predictive standard deviations. The axis covers the output's range over the test rows.",
            results => results.Points, SizeCharts.Points),
        Create("fig4", Experiment.Lengths, "The paper's Fig. 4: accuracy against epochs",
            "R2 on training and test rows of trainings of different lengths, each from the start; medians over the outputs, median and quartiles over the seeds. "
                + "The paper does not state its number of training rows. Values below -1 are outside the frame.",
            results => results.Epochs, EpochCharts.Accuracy),
        Create("fig5", Experiment.Grid, "The paper's Fig. 5: accuracy of networks and ensembles",
            "R2 on the test rows, median over the outputs, one seed. 0.9 and less has the darkest colour.",
            results => results.Architectures, ArchitectureCharts.Accuracy),
        Create("fig6", Experiment.Grid, "The paper's Fig. 6: training time",
            "Seconds on one core, while the other cores train other networks. Trainings with validation rows may stop early.",
            results => results.Architectures, ArchitectureCharts.Seconds),
        Create("fig7", Experiment.Grid, "The paper's Fig. 7: predictive standard deviation",
            "Mean over the test rows, in standard deviations of the output over them; median over the outputs. 0.05 and less has "
                + "the darkest colour, 1 and more the lightest.",
            results => results.Architectures, ArchitectureCharts.PredictiveSd),
        Create("intervals", Experiment.Sizes, "Beyond the paper: do the intervals cover what they say, and how wide are they?",
            "Bayesian network. Above: fraction of the test rows inside their interval, with thin lines at its level. Below: mean width in standard "
                + "deviations of the output over the test rows; at equal coverage narrower is better. Medians over the outputs, then over the seeds.",
            results => results.Intervals, SizeCharts.Intervals),
        Create("epistemic", Experiment.Sizes, "Beyond the paper: what of the variance would more runs lower?",
            "Epistemic fraction of the predictive variance (the networks' disagreement); median and quartiles over the seeds. The simulator has no noise: the rest "
                + "is what a network cannot represent.",
            results => results.Uncertainty, SizeCharts.EpistemicShare),
        Create("peers", Experiment.Sizes, "Beyond the paper: against a Gaussian process",
            "Medians over the outputs, then over the seeds. CRPS in standard deviations of the training rows; lower is better. The Gaussian process (scikit-learn, "
                + "ARD Matern 5/2 and white noise, one per output) drew its training rows with other seeds.",
            results => results.Comparison, SizeCharts.Peers),
    ];

    private static Exhibit Create<T>(
        string name, Experiment experiment, string title, string caption, Func<Results, IEnumerable<T>> rows, Func<Results, Figure> draw) =>
        new(name, experiment, title, caption, results => Tables.Of(rows(results)), draw);
}
