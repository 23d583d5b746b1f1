using System.Text.Json;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Cli;

/// <summary>Where the time of iterations goes on a device with GPU kernels, beside what the device can do at most.</summary>
/// <param name="Times">Of the iterations together, every launch waited for.</param>
/// <param name="Iterations">How many they were.</param>
/// <param name="WorkOf">What a kernel does in an iteration; null for what is not counted.</param>
internal sealed record KernelProfile(IReadOnlyList<KernelTime> Times, Ceilings Ceilings, int Iterations, Func<string, KernelWork?> WorkOf)
{
    private static readonly string[] _columns = ["kernel", "launches", "ms", "of the time", "GFLOP/s", "GB/s", "of the ceiling"];

    /// <summary>Kernels, longest first.</summary>
    public IReadOnlyList<KernelRate> Rates
    {
        get
        {
            double whole = Times.Sum(Seconds);
            return [.. Times.Select(own => Rate(own, whole)).OrderByDescending(rate => rate.Share)];
        }
    }

    /// <summary>The ceilings in a sentence.</summary>
    public string CeilingsText => FormattableString.Invariant(
        $"Measured ceilings: {Ceilings.MultiplyAdds / 1e9:G4} GFLOP/s of multiply-adds, {Ceilings.Copy / 1e9:G4} GB/s of a copy of {Ceilings.CopiedBytes / 1048576.0:G4} MiB; ")
        + FormattableString.Invariant($"a launch that does next to nothing takes {1e3 * Ceilings.LaunchSeconds:G3} ms and is taken off each.");

    /// <summary>A line for each kernel, indented.</summary>
    public IEnumerable<string> Lines => Rates.Select(rate =>
        FormattableString.Invariant($"  {rate.Kernel}: {100 * rate.Share:F1} %, {rate.Milliseconds:F4} ms in {rate.Launches:G3} launches per iteration")
        + (rate.Gflops is null ? "" : FormattableString.Invariant($", {rate.Gflops:G3} GFLOP/s, {rate.GigabytesPerSecond:G3} GB/s, {100 * rate.OfCeiling:F0} % of the ceiling")));

    /// <summary>The same as a table.</summary>
    public IEnumerable<string> MarkdownLines =>
    [
        Markdown.Row(_columns), Markdown.Rule(_columns.Length),
        .. Rates.Select(rate => Markdown.Row(
            $"`{rate.Kernel}`", Markdown.Number(rate.Launches, "G3"), Markdown.Number(rate.Milliseconds, "F4"), Markdown.Percent(rate.Share),
            Markdown.Number(rate.Gflops, "G3"), Markdown.Number(rate.GigabytesPerSecond, "G3"), Markdown.Percent(rate.OfCeiling))),
    ];

    public void Write(Utf8JsonWriter json)
    {
        json.WriteNumber("copy_gbs", Math.Round(Ceilings.Copy / 1e9, 3));
        json.WriteNumber("copied_bytes", Ceilings.CopiedBytes);
        json.WriteNumber("launch_ms", Math.Round(1e3 * Ceilings.LaunchSeconds, 5));
        json.WriteStartObject("kernel_ms_per_iteration");
        foreach (KernelTime own in Times)
        {
            json.WriteNumber(own.Kernel, Math.Round(1e3 * own.Seconds / Iterations, 5));
        }

        json.WriteEndObject();
        json.WriteStartArray("kernels");
        foreach (KernelRate rate in Rates)
        {
            rate.Write(json);
        }

        json.WriteEndArray();
    }

    /// <summary>Without starting the launches.</summary>
    private double Seconds(KernelTime own) => Math.Max(own.Seconds - (own.Launches * Ceilings.LaunchSeconds), 0);

    private KernelRate Rate(KernelTime own, double whole)
    {
        double seconds = Seconds(own) / Iterations;

        // Of less than half a launch nothing can be told.
        KernelWork? work = Seconds(own) > 0.5 * own.Launches * Ceilings.LaunchSeconds ? WorkOf(own.Kernel) : null;
        return new KernelRate(
            own.Kernel, (double)own.Launches / Iterations, 1e3 * seconds, whole > 0 ? Seconds(own) / whole : 0,
            work?.Operations / seconds / 1e9, work?.Bytes / seconds / 1e9, work is null ? null : Ceilings.LeastSeconds(work.Operations, work.Bytes) / seconds);
    }
}

/// <summary>How fast a kernel is.</summary>
/// <param name="Launches">Of an iteration.</param>
/// <param name="Milliseconds">Of an iteration, without starting the launches.</param>
/// <param name="Share">Of the time of all kernels.</param>
/// <param name="Gflops">Its least operations in that time; null where they are not counted, or the time is too short to tell.</param>
/// <param name="GigabytesPerSecond">Its least bytes in that time.</param>
/// <param name="OfCeiling">The least time that the ceilings allow for it, to the time it takes. Above 1 where its arrays stay in a cache.</param>
internal sealed record KernelRate(string Kernel, double Launches, double Milliseconds, double Share, double? Gflops, double? GigabytesPerSecond, double? OfCeiling)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name", Kernel);
        json.WriteNumber("launches", Launches);
        json.WriteNumber("ms", Math.Round(Milliseconds, 5));
        if (Gflops is { } gflops && GigabytesPerSecond is { } gigabytes && OfCeiling is { } share)
        {
            json.WriteNumber("gflops", Math.Round(gflops, 3));
            json.WriteNumber("gbs", Math.Round(gigabytes, 3));
            json.WriteNumber("of_ceiling", Math.Round(share, 4));
        }

        json.WriteEndObject();
    }
}
