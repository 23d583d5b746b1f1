using System.Text.Json;
using IlgpuBnn.Devices.Simd;
using IlgpuBnn.Mpi;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn bench</c>: the time of an SVGD iteration, and of each of its kernels.</summary>
internal sealed record IterationBench(Workload Work, Timing Timing)
{
    /// <param name="kernels">Whether each kernel is timed, on a device that has them.</param>
    public int Run(bool kernels, BenchFormat format)
    {
        MpiGroup? group = Ranks.Join();

        // Before and after, since a shared machine's speed drifts.
        double peak = group is null ? MeasurePeak() : 0;
        KernelProfile? profile = null;
        double[] milliseconds = Work.Measure(Timing, group, kernels ? own => profile = own : null);
        peak = group is null ? Math.Max(peak, MeasurePeak()) : 0;
        double allGather = group is null ? 0 : Work.MeasureAllGather(Timing, group);
        Array.Sort(milliseconds);
        if (!Ranks.IsFirst)
        {
            return ExitCode.Success;
        }

        var result = new IterationTime(Work, milliseconds, profile is null ? peak : profile.Ceilings.MultiplyAdds / 1e9, group, allGather, profile);
        if (format == BenchFormat.Json)
        {
            Output.Json(json => Write(json, result));
            return ExitCode.Success;
        }

        foreach (string line in format == BenchFormat.Text ? Lines(result) : MarkdownLines(result))
        {
            Console.WriteLine(line);
        }

        return ExitCode.Success;
    }

    /// <summary>Multiply-add peak of the CPU in GFLOP/s; 0 (unknown) for other devices.</summary>
    private double MeasurePeak() => Timing.DeviceId == "cpu" ? PeakRate.Measure(Timing.Threads) : 0;

    private static IEnumerable<string> Lines(IterationTime time) =>
    [
        time.Sentence + (time.Group is null ? ""
            : $", on {time.Group.Size} processes; an allgather of {time.Work.AllGatherBytes(time.Group)} bytes of each {time.AllGather:F4} ms ({time.Group.Library})"),
        .. time.Kernels is null ? (string[])[] : [.. time.Kernels.Lines, time.Kernels.CeilingsText],
    ];

    private IEnumerable<string> MarkdownLines(IterationTime time) =>
    [
        $"S = {Work.Particles}, H = {string.Join(", ", Work.Hidden)}, N = {Work.Rows}, {Work.Inputs} inputs, {Work.Outputs} outputs, "
            + $"{Work.Activation.ToString().ToLowerInvariant()}, `{Timing.DeviceId}`: {time.Sentence}.",
        "",
        .. time.Kernels is null ? (string[])[] : [time.Kernels.CeilingsText, "", .. time.Kernels.MarkdownLines, ""],
    ];

    private void Write(Utf8JsonWriter json, IterationTime time)
    {
        json.WriteStartObject();
        json.WriteString("impl", "ilgpubnn");
        json.WriteString("device", Timing.DeviceId);
        WriteWork(json);
        json.WriteNumber("ms_per_iteration", Math.Round(time.Median, 4));
        json.WriteNumber("min", Math.Round(time.Milliseconds[0], 4));
        json.WriteNumber("max", Math.Round(time.Milliseconds[^1], 4));
        json.WriteNumber("gflops", Math.Round(time.Gflops, 2));
        if (time.Group is { } group)
        {
            json.WriteNumber("parameters", Work.Parameters);
            json.WriteNumber("processes", group.Size);
            json.WriteString("mpi", group.Library);
            json.WriteNumber("allgather_bytes", Work.AllGatherBytes(group));
            json.WriteNumber("allgather_ms", Math.Round(time.AllGather, 5));
        }

        if (time.Peak > 0)
        {
            json.WriteNumber("peak_gflops", Math.Round(time.Peak, 2));
            json.WriteNumber("fraction_of_peak", Math.Round(time.Gflops / time.Peak, 4));
        }

        time.Kernels?.Write(json);
        json.WriteEndObject();
    }

    private void WriteWork(Utf8JsonWriter json)
    {
        json.WriteNumber("particles", Work.Particles);
        if (Work.Hidden.Length == 1)
        {
            json.WriteNumber("hidden", Work.Hidden[0]);
        }
        else
        {
            json.WriteStartArray("hidden");
            Array.ForEach(Work.Hidden, json.WriteNumberValue);
            json.WriteEndArray();
        }

        json.WriteNumber("rows", Work.Rows);
        if (Work.BatchRows is { } batchRows)
        {
            json.WriteNumber("batch", batchRows);
        }

        json.WriteNumber("inputs", Work.Inputs);
        json.WriteNumber("outputs", Work.Outputs);
        json.WriteString("activation", Work.Activation.ToString().ToLowerInvariant());
    }
}

/// <summary>What was measured of iterations.</summary>
/// <param name="Milliseconds">Of an iteration, of each repeat, sorted.</param>
/// <param name="Peak">Measured multiply-add peak in GFLOP/s; 0 for unknown.</param>
/// <param name="Group">The processes; null for one.</param>
/// <param name="AllGather">Milliseconds.</param>
/// <param name="Kernels">Null where they were not timed.</param>
internal sealed record IterationTime(Workload Work, double[] Milliseconds, double Peak, MpiGroup? Group, double AllGather, KernelProfile? Kernels)
{
    public double Median => Milliseconds[Milliseconds.Length / 2];

    public double Gflops => Work.OperationsPerIteration / (Median * 1e6);

    public string Sentence =>
        $"{Median:F4} ms per iteration (median of {Milliseconds.Length}; {Milliseconds[0]:F4} to {Milliseconds[^1]:F4}), {Gflops:F1} GFLOP/s"
        + (Peak > 0 ? $", {100 * Gflops / Peak:F0} % of the measured multiply-add peak of {Peak:F0} GFLOP/s" : "");
}
