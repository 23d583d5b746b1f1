using System.Diagnostics;
using System.Globalization;
using IlgpuBnn.Devices;
using IlgpuBnn.Devices.Simd;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Training;

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
    private const double Seconds = 8;

    public static void Run()
    {
        foreach (Activation activation in new[] { Activation.Identity, Activation.Relu, Activation.Silu })
        {
            double peak = Best(() => PeakRate.Measure(threads: 1), larger: true);
            foreach ((string pass, bool backward, double operations) in new[] { ("forward", false, 2.0), ("forward and backward", true, 6.0) })
            {
                double seconds = (SecondsOf(Network(2 + More, activation), backward) - SecondsOf(Network(2, activation), backward)) / More;
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

    /// <summary>Processor time of one pass.</summary>
    private static double SecondsOf(Layer[] layers, bool backward)
    {
        var options = new TrainingOptions { Method = new IndependentParticles { Particles = Particles }, Layers = layers };
        (double[,] inputs, double[,] targets) = RandomTable.Draw(Rows, Channels * Side * Side, 1);
        using Device device = DeviceCatalog.OpenCpu(1);
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(inputs.GetLength(1), 1), training: true);
        float[] initial = options.Method.DrawAll(layout, seed: 0);
        using DeviceRows rows = DeviceRows.Upload(device, inputs, targets);
        using DeviceBuffer particles = device.Allocate(initial.Length);
        particles.Upload(initial);
        using var outputs = new EnsembleOutputs(device, layout, particles, Particles, Rows);
        using var target = new LogPosterior(
            device, layout, options.UsedLikelihood, options.Method.GradientOfPrior(device, layout, initial), null, Particles, rows.Stride);
        var batch = new Batch(rows, new RowRange(0, rows.Stride), 1);
        Action pass = backward ? () => target.Gradient(particles, batch, 1) : () => outputs.Compute(rows);
        pass();
        return Best(() => TimeOf(pass), larger: false);
    }

    private static double TimeOf(Action pass)
    {
        using var process = Process.GetCurrentProcess();
        double before = process.TotalProcessorTime.TotalSeconds, after;
        int count = 0;
        do
        {
            pass();
            count++;
            process.Refresh();
            after = process.TotalProcessorTime.TotalSeconds;
        }
        while (after - before < 0.5);
        return (after - before) / count;
    }

    private static double Best(Func<double> measure, bool larger)
    {
        double best = measure();
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalSeconds < Seconds;)
        {
            best = larger ? Math.Max(best, measure()) : Math.Min(best, measure());
        }

        return best;
    }
}
