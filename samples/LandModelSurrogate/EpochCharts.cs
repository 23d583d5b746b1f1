using IlgpuBnn.Reporting;

namespace LandModelSurrogate;

/// <summary>The figure over the number of epochs.</summary>
internal static class EpochCharts
{
    public static Figure Accuracy(Results results) => SizeCharts.PerSettings(results, settings => new Chart(
        settings.Title, new ChartAxis("epochs") { Logarithmic = true }, new ChartAxis("R2") { From = -1, To = 1 },
        [
            .. from method in new[] { Methods.Svgd, Methods.Deterministic }
               let rows = results.EpochsOf(settings, method)
               let name = method == Methods.Svgd ? "Bayesian" : "deterministic"
               from line in new[]
               {
                   SizeCharts.LineOf(
                       $"{name}, training rows", rows, row => row.Epochs, row => row.TrainingR2, row => row.TrainingLowerQuartile, row => row.TrainingUpperQuartile),
                   SizeCharts.LineOf(
                       $"{name}, test rows", rows, row => row.Epochs, row => row.TestR2, row => row.TestLowerQuartile, row => row.TestUpperQuartile),
               }
               select line,
        ]));
}
