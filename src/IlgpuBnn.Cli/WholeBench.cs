using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn bench --whole</c>: whole trainings, on one device or on two in turn.</summary>
/// <param name="Runs">Numbers of runs of the land model.</param>
/// <param name="Beside">Id of a second device; null for none.</param>
internal sealed record WholeBench(Workload Work, Timing Timing, int[] Runs, string? Beside)
{
    /// <exception cref="CommandException">There are several processes, or not as many runs.</exception>
    public int Run(BenchFormat format)
    {
        if (Ranks.Join() is not null)
        {
            throw new CommandException("\"--whole\" times one process. Start it without a launcher.") { IsOfAllProcesses = true };
        }

        WholeTraining[] trainings = [Work.Training(Timing.Iterations), .. Defaults()];
        using Device device = Timing.Open(isAlone: true);
        using Device? beside = Beside is null ? null : (Timing with { DeviceId = Beside }).Open(isAlone: true);
        Header(format);
        var times = new List<(WholeTraining, WholeTime[], WholeTime[])>();
        foreach (WholeTraining training in trainings)
        {
            (WholeTime[] own, WholeTime[] others) = training.Measure(device, beside, Timing.Repeats);
            times.Add((training, own, others));

            // At once: who is cut off keeps what there is.
            Line(format, training, own, others);
        }

        if (format == BenchFormat.Json)
        {
            Output.Json(json => Write(json, times));
        }

        return ExitCode.Success;
    }

    private IEnumerable<WholeTraining> Defaults()
    {
        if (Runs.Length == 0)
        {
            return [];
        }

        Dataset landModel = DemoCommand.LandModel();
        return Runs.Max() <= landModel.RowCount
            ? Runs.Select(rows => new WholeTraining($"default, {rows} runs of the land model", landModel.SelectRows([.. Enumerable.Range(0, rows)]), new TrainingOptions()))
            : throw new CommandException($"--runs is \"{string.Join(',', Runs)}\", but the land model has {landModel.RowCount} runs. Give at most that many.");
    }

    private void Header(BenchFormat format)
    {
        string[] columns =
        [
            "training", $"s, `{Timing.DeviceId}`", "least and most", "its phases", .. Beside is null ? (string[])[] : [$"s, `{Beside}`", "least and most", "ratio"],
        ];
        if (format == BenchFormat.Markdown)
        {
            Console.WriteLine(Markdown.Row(columns));
            Console.WriteLine(Markdown.Rule(columns.Length));
        }
    }

    private void Line(BenchFormat format, WholeTraining training, WholeTime[] own, WholeTime[] others)
    {
        WholeTime median = Median(own);
        if (format == BenchFormat.Markdown)
        {
            Console.WriteLine(Markdown.Row(
            [
                training.Name, .. Cells(own), median.Shares,
                .. others.Length == 0 ? (string[])[] : [.. Cells(others), Markdown.Number(Median(others).Seconds / median.Seconds, "G3")],
            ]));
        }
        else if (format == BenchFormat.Text)
        {
            Console.WriteLine(
                $"{training.Name}: {median.Seconds:F3} s (median of {own.Length}; {own[0].Seconds:F3} to {own[^1].Seconds:F3}): {median.Shares}"
                + (others.Length == 0 ? "" : $"; on {Beside} {Median(others).Seconds:F3} s ({others[0].Seconds:F3} to {others[^1].Seconds:F3})"));
        }

        static string[] Cells(WholeTime[] sorted) =>
            [Markdown.Number(Median(sorted).Seconds, "F3"), $"{Markdown.Number(sorted[0].Seconds, "F3")}, {Markdown.Number(sorted[^1].Seconds, "F3")}"];
    }

    private void Write(Utf8JsonWriter json, IEnumerable<(WholeTraining Training, WholeTime[] Own, WholeTime[] Others)> times)
    {
        json.WriteStartObject();
        json.WriteString("impl", "ilgpubnn");
        json.WriteString("device", Timing.DeviceId);
        json.WriteStartArray("trainings");
        foreach ((WholeTraining training, WholeTime[] own, WholeTime[] others) in times)
        {
            json.WriteStartObject();
            json.WriteString("name", training.Name);
            Write(json, own);
            if (others.Length > 0)
            {
                json.WriteStartObject("beside");
                json.WriteString("device", Beside);
                Write(json, others);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, WholeTime[] sorted)
    {
        WholeTime median = Median(sorted);
        json.WriteNumber("iterations", median.Iterations);
        json.WriteNumber("seconds", Math.Round(median.Seconds, 4));
        json.WriteNumber("min", Math.Round(sorted[0].Seconds, 4));
        json.WriteNumber("max", Math.Round(sorted[^1].Seconds, 4));
        median.Write(json);
    }

    private static WholeTime Median(WholeTime[] sorted) => sorted[sorted.Length / 2];
}
