using System.Globalization;
using IlgpuBnn.Devices.Simd;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Benchmarks;

/// <summary>A recurrent network of 32 units over 100 steps of 8 channels, 64 rows, 10 particles: time of a pass, and its share of the measured multiply-add peak of one thread.</summary>
internal static class RecurrenceTime
{
    private const int Channels = 8;
    private const int Steps = 100;
    private const int Units = 32;
    private const int Rows = 64;
    private const int Particles = 10;

    public static void Run()
    {
        foreach ((RecurrentCell cell, int gates) in new[] { (RecurrentCell.Lstm, 4), (RecurrentCell.Gru, 3) })
        {
            Layer[] layers = [new FieldLayer(Channels, Steps), new Recurrence(cell, Units)];
            double peak = PassTime.Best(() => PeakRate.Measure(threads: 1), larger: true);
            foreach ((string pass, bool backward, double operations) in new[] { ("forward", false, 2.0), ("forward and backward", true, 6.0) })
            {
                double seconds = PassTime.Of(layers, Rows, Particles, backward);
                double rate = operations * Particles * Rows * Steps * (Channels + Units) * gates * Units / seconds / 1e9;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{cell}, {pass}: {seconds * 1e3:F1} ms, {rate:F1} GFLOP/s of {peak:F1}, {rate / peak:P0}"));
            }
        }
    }
}
