using IlgpuBnn.Training;

namespace IlgpuBnn.Reporting;

/// <summary>The history of a training.</summary>
public static class TrainingHistoryChart
{
    /// <summary>Draws the mean log density and, if there is one, the validation or out-of-fold score over iterations, with the iteration kept.</summary>
    /// <param name="history">At least one evaluation.</param>
    /// <param name="keptIteration">Iteration whose particles the model has.</param>
    /// <param name="logarithmic">Whether the axis of iterations is logarithmic. Default false.</param>
    /// <exception cref="ArgumentException">No evaluation has a finite value.</exception>
    public static Figure Create(IReadOnlyList<StepInfo> history, int keptIteration, bool logarithmic = false)
    {
        var iterations = new ChartAxis("iteration") { Logarithmic = logarithmic };
        var kept = new Guide("iteration kept") { X = keptIteration };
        Chart density = Panel("Mean log posterior density", "log density", step => step.MeanLogDensity);
        return HasScores(history) ? new Panels("", [Panel(Scored(), "score (higher is better)", step => step.ValidationScore), density], 2) : density;

        // Validation rows are scored in every evaluation, out-of-fold rows at the end of each budget.
        string Scored() => history.Any(step => double.IsNaN(step.ValidationScore)) ? "Out-of-fold score" : "Validation score";

        Chart Panel(string title, string quantity, Func<StepInfo, double> value)
        {
            StepInfo[] shown = [.. history.Where(step => double.IsFinite(value(step)))];
            Mark[] marks = [kept, new Line("", [.. shown.Select(step => (double)step.Iteration)], [.. shown.Select(value)]) { Markers = shown.Length < history.Count }];
            return new Chart(title, iterations, new ChartAxis(quantity), marks) { Height = 280 };
        }
    }

    /// <summary>Whether there are validation or out-of-fold scores.</summary>
    internal static bool HasScores(IReadOnlyList<StepInfo> history) => history.Any(step => double.IsFinite(step.ValidationScore));
}
