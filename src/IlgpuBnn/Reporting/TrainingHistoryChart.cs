using IlgpuBnn.Inference;

namespace IlgpuBnn.Reporting;

/// <summary>How a training went, look by look.</summary>
public static class TrainingHistoryChart
{
    /// <summary>
    /// Draws the mean log density over iterations and, if rows were held out, their score, with the iteration that was kept.
    /// </summary>
    /// <param name="history">At least one look.</param>
    /// <param name="keptIteration">Iteration whose particles the model has.</param>
    /// <param name="logarithmic">Whether iterations are on a logarithmic axis, which shows the beginning. Default false.</param>
    /// <exception cref="ArgumentException">There is no look with a finite value.</exception>
    public static Figure Create(IReadOnlyList<StepInfo> history, int keptIteration, bool logarithmic = false)
    {
        var iterations = new ChartAxis("iteration") { Logarithmic = logarithmic };
        double[] x = [.. history.Select(step => (double)step.Iteration)];
        var kept = new Guide("iteration that was kept") { X = keptIteration };
        Chart density = Panel("Mean log posterior density", "log density", step => step.MeanLogDensity);
        return history.Any(step => double.IsFinite(step.HeldOutScore))
            ? new Panels("", [Panel("Score of the held-out rows", "score (higher is better)", step => step.HeldOutScore), density], 2)
            : density;

        Chart Panel(string title, string quantity, Func<StepInfo, double> value)
        {
            double[] values = [.. history.Select(step => double.IsFinite(value(step)) ? value(step) : double.NaN)];
            Mark[] marks = [kept, new Line("", x, values) { Markers = false }];
            return new Chart(title, iterations, new ChartAxis(quantity), marks) { Height = 280 };
        }
    }
}
