using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>How the inputs of a row are a window of a series: the values at its step and at those before it.</summary>
/// <param name="Time">Column of times, as of <see cref="SeriesWindows.Of"/>.</param>
/// <param name="Groups">Columns that tell series apart; none of a single one.</param>
/// <param name="Inputs">Columns of numbers, of which a window has every step.</param>
/// <param name="Steps">Of a window, with the last, which is the row's own; at least 1.</param>
/// <param name="MarksSteps">
/// Whether <see cref="SeriesWindows.Present"/> says which steps there are, so that a window may have gaps and reach beyond the start of its series. Otherwise only rows
/// with all steps can be used.
/// </param>
/// <param name="Step">Time from one step to the next; null of a description whose table is still to be read.</param>
public sealed record SeriesDescription(string Time, IReadOnlyList<string> Groups, IReadOnlyList<string> Inputs, int Steps, bool MarksSteps, SeriesStep? Step = null)
{
    /// <summary>Values of a step: the inputs, and the one that says whether it is there.</summary>
    public int Channels => Inputs.Count + (MarksSteps ? 1 : 0);

    /// <summary>[channel, step]: names of a model's inputs, <c>rain[0]</c> for the oldest step.</summary>
    public IReadOnlyList<string> InputNames => [.. Inputs.SelectMany(Columns), .. MarksSteps ? Columns(SeriesWindows.Present) : []];

    /// <summary>In words.</summary>
    internal string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"windows of {Steps} steps of {Step?.ToString() ?? "unknown length"} by {Time}{(Groups.Count == 0 ? "" : $", of series told apart by {string.Join(", ", Groups)}")}");

    /// <summary>What a file may not have; null where all is well.</summary>
    internal string? ProblemIn(IReadOnlyList<string> inputNames) =>
        Inputs.Count == 0 || Steps < 1 || Groups.Append(Time).Concat(Inputs).Any(string.IsNullOrEmpty) ? "its series lack columns or steps"
        : Step is not { Length: > 0 } step || !double.IsFinite(step.Length) || !Enum.IsDefined(step.Unit) ? "the step of its series is no time"
        : (long)Steps * Channels != inputNames.Count || !InputNames.SequenceEqual(inputNames) ? "its inputs are not the windows of its series" : null;

    /// <summary>Of each step of a column.</summary>
    internal IEnumerable<string> Columns(string name) => Enumerable.Range(0, Steps).Select(step => string.Create(CultureInfo.InvariantCulture, $"{name}[{step}]"));
}
