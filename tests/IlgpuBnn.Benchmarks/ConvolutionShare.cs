using System.Globalization;
using IlgpuBnn.Devices.Simd;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Benchmarks;

/// <summary>A convolution's share of the measured multiply-add peak of one thread, in processor time, which neighbours on a busy machine change little.</summary>
/// <remarks>Times are differences of networks with four convolutions more, so that the likelihood, the prior and the layers around it are not counted.</remarks>
internal static class ConvolutionShare
{
    private const int Channels = 16;
    private const int Side = 32;
    private const int Rows = 64;
    private const int Particles = 10;
    private const int More = 4;

    public static void Run()
    {
        foreach (Activation activation in new[] { Activation.Identity, Activation.Relu, Activation.Silu })
        {
            double peak = PassTime.Best(() => PeakRate.Measure(threads: 1), larger: true);
            foreach ((string pass, bool backward, double operations) in new[] { ("forward", false, 2.0), ("forward and backward", true, 6.0) })
            {
                double seconds = (PassTime.Of(Network(2 + More, activation), Rows, Particles, backward) - PassTime.Of(Network(2, activation), Rows, Particles, backward)) / More;
                double rate = operations * Particles * Rows * Side * Side * 9 * Channels * Channels / seconds / 1e9;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{activation}, {pass}: {seconds * 1e3:F1} ms, {rate:F1} GFLOP/s of {peak:F1}, {rate / peak:P0}"));
            }
        }
    }

    private static Layer[] Network(int convolutions, Activation activation) =>
    [
        new FieldLayer(Channels, Side, Side),
        .. Enumerable.Repeat(new Convolution(Channels, 3, activation, Padding.Periodic), convolutions),
        new Pooling(Side),
    ];
}
