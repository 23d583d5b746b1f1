using IlgpuBnn.Training;

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
        var kept = new Guide("iteration that was kept") { X = keptIteration };
        Chart density = Panel("Mean log posterior density", "log density", step => step.MeanLogDensity);
        return HasScores(history) ? new Panels("", [Panel(Scored(), "score (higher is better)", step => step.ValidationScore), density], 2) : density;

        // Every look has a score where rows are held out, and only the ends of rounds where they are left out by turns.
        string Scored() => history.Any(step => double.IsNaN(step.ValidationScore)) ? "Score of the rows left out" : "Score of the held-out rows";

        Chart Panel(string title, string quantity, Func<StepInfo, double> value)
        {
            StepInfo[] shown = [.. history.Where(step => double.IsFinite(value(step)))];
            Mark[] marks = [kept, new Line("", [.. shown.Select(step => (double)step.Iteration)], [.. shown.Select(value)]) { Markers = shown.Length < history.Count }];
            return new Chart(title, iterations, new ChartAxis(quantity), marks) { Height = 280 };
        }
    }

    /// <summary>Whether any look scored rows that were held out or left out.</summary>
    internal static bool HasScores(IReadOnlyList<StepInfo> history) => history.Any(step => double.IsFinite(step.ValidationScore));
}
