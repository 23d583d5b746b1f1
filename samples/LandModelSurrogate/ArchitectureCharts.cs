using IlgpuBnn.Reporting;

namespace LandModelSurrogate;

/// <summary>Figures over the sizes of networks and ensembles.</summary>
internal static class ArchitectureCharts
{
    public static Figure Accuracy(Results results) => Map(results, row => row.R2, new ChartAxis("R2") { From = 0.9, To = 1 });

    public static Figure Seconds(Results results) => Map(results, row => row.Seconds, new ChartAxis("seconds") { Logarithmic = true });

    public static Figure PredictiveSd(Results results) =>
        Map(results, row => row.PredictiveSd, new ChartAxis("sd / sd of the output") { Logarithmic = true, From = 0.05, To = 1 });

    /// <summary>A map per settings, with a common colour scale.</summary>
    private static Panels Map(Results results, Func<ArchitectureRow, double> value, ChartAxis scale)
    {
        IReadOnlyList<int> units = results.Plan.GridUnits, particles = results.Plan.GridParticles;
        ChartAxis shared = scale with { From = scale.From ?? results.Architectures.Min(value), To = scale.To ?? results.Architectures.Max(value) };
        return new Panels("",
        [
            .. from settings in results.Plan.Settings
               let cells = results.ArchitecturesOf(settings).ToDictionary(row => (row.Units, row.Particles), value)
               select new HeatMap(settings.Title, "particles", [.. particles.Select(count => $"{count}")], "units", [.. units.Select(count => $"{count}")],
                   SizeCharts.Cells(particles, units, (count, width) => cells[(width, count)]), shared) { Width = 380 },
        ], results.Plan.Settings.Count);
    }
}
