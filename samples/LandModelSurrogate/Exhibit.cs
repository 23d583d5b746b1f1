using IlgpuBnn.Reporting;

namespace LandModelSurrogate;

/// <summary>A set of trainings that several figures are made of.</summary>
internal enum Experiment
{
    /// <summary>Different numbers of training rows.</summary>
    Sizes,

    /// <summary>Trainings of different lengths.</summary>
    Lengths,

    /// <summary>Different networks and ensembles.</summary>
    Grid,
}

/// <summary>A figure, the data behind it, and what to say of it.</summary>
/// <param name="Name">Of its files.</param>
/// <param name="Experiment">What has to be trained for it.</param>
/// <param name="Title">Above it.</param>
/// <param name="Caption">Below it: what is shown, not what came out.</param>
/// <param name="Data">The numbers behind it.</param>
/// <param name="Draw">Draws it.</param>
internal sealed record Exhibit(
    string Name, Experiment Experiment, string Title, string Caption, Func<Results, ReportTable> Data, Func<Results, Figure> Draw);

/// <summary>All figures: the paper's, then what it does not show.</summary>
internal static class Exhibits
{
    public static IReadOnlyList<Exhibit> All { get; } =
    [
        Create("fig1", Experiment.Sizes, "The paper's Fig. 1: accuracy against the number of training rows",
            "R2 on the 100 test rows: median over the 15 outputs, then median (line) and quartiles (band) over the seeds. What lies below 0 leaves "
                + "the frame; the paper draws it as 0.",
            results => results.Accuracy, SizeCharts.Accuracy),
        Create("fig2", Experiment.Sizes, "The paper's Fig. 2: errors of the outputs",
            "Mean absolute error over the test rows, in standard deviations of the output over them; median over the seeds. 1 and more has the lightest colour.",
            results => results.Errors, SizeCharts.Errors),
        Create("fig3", Experiment.Sizes, "The paper's Fig. 3: one test row",
            "The first test row, in 2010, first seed; band: two predictive standard deviations. An axis covers what the output does over the test rows.",
            results => results.Points, SizeCharts.Points),
        Create("fig4", Experiment.Lengths, "The paper's Fig. 4: accuracy against epochs",
            "R2 on training and test rows of trainings of different lengths, each from the start; medians over the outputs, median and quartiles over the seeds. "
                + "The paper does not say its number of training rows. What lies below -1 leaves the frame.",
            results => results.Epochs, EpochCharts.Accuracy),
        Create("fig5", Experiment.Grid, "The paper's Fig. 5: accuracy of networks and ensembles",
            "R2 on the test rows, median over the outputs, one seed. 0.9 and less has the darkest colour.",
            results => results.Architectures, ArchitectureCharts.Accuracy),
        Create("fig6", Experiment.Grid, "The paper's Fig. 6: training time",
            "Seconds on one core, while the other cores train other networks. Trainings that hold rows out may end early.",
            results => results.Architectures, ArchitectureCharts.Seconds),
        Create("fig7", Experiment.Grid, "The paper's Fig. 7: predictive standard deviation",
            "Mean over the test rows, in standard deviations of the output over them; median over the outputs. 0.05 and less has "
                + "the darkest colour, 1 and more the lightest.",
            results => results.Architectures, ArchitectureCharts.PredictiveSd),
        Create("intervals", Experiment.Sizes, "Beyond the paper: do the intervals cover what they say, and how wide are they?",
            "Bayesian network. Above: share of the test rows inside their interval, thin lines where it should be. Below: mean width in standard "
                + "deviations of the output over the test rows; at equal coverage narrower is better. Medians over the outputs, then over the seeds.",
            results => results.Intervals, SizeCharts.Intervals),
        Create("epistemic", Experiment.Sizes, "Beyond the paper: what of the variance would more runs lower?",
            "Share of the predictive variance that is the networks' disagreement, not noise; median and quartiles over the seeds. The simulator has no noise: "
                + "what a network calls noise is what it cannot represent.",
            results => results.Uncertainty, SizeCharts.EpistemicShare),
        Create("peers", Experiment.Sizes, "Beyond the paper: against a Gaussian process",
            "Medians over the outputs, then over the seeds. CRPS, in standard deviations of the training rows, is small for predictions that are close and "
                + "as sure as they may be. The Gaussian process (scikit-learn, ARD Matern 5/2 and white noise, one per output) drew its "
                + "training rows with other seeds.",
            results => results.Comparison, SizeCharts.Peers),
    ];

    private static Exhibit Create<T>(
        string name, Experiment experiment, string title, string caption, Func<Results, IEnumerable<T>> rows, Func<Results, Figure> draw) =>
        new(name, experiment, title, caption, results => Tables.Of(rows(results)), draw);
}
