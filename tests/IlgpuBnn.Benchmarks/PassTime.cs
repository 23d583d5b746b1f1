using System.Diagnostics;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Training;

namespace IlgpuBnn.Benchmarks;

/// <summary>Times of one thread, in processor time, which neighbours on a busy machine change little.</summary>
internal static class PassTime
{
    private const double Seconds = 8;

    /// <summary>Processor time of one pass.</summary>
    /// <param name="layers">The first says how many inputs there are.</param>
    /// <param name="backward">Whether the gradient is computed, otherwise the outputs.</param>
    public static double Of(Layer[] layers, int rows, int particles, bool backward)
    {
        var options = new TrainingOptions { Method = new IndependentParticles { Particles = particles }, Layers = layers };
        (double[,] inputs, double[,] targets) = RandomTable.Draw(rows, ((FieldLayer)layers[0]).Shape.Count, 1);
        using Device device = DeviceCatalog.OpenCpu(1);
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(inputs.GetLength(1), 1), training: true);
        float[] initial = options.Method.DrawAll(layout, seed: 0);
        using DeviceRows table = DeviceRows.Upload(device, inputs, targets);
        using DeviceBuffer theta = device.Allocate(initial.Length);
        theta.Upload(initial);
        using var outputs = new EnsembleOutputs(device, layout, theta, particles, rows);
        using var target = new LogPosterior(
            device, layout, options.UsedLikelihood, options.Method.GradientOfPrior(device, layout, initial), null, particles, table.Stride);
        var batch = new Batch(table, new RowRange(0, table.Stride), 1);
        Action pass = backward ? () => target.Gradient(theta, batch, 1) : () => outputs.Compute(table);
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

    /// <summary>The best of several seconds.</summary>
    public static double Best(Func<double> measure, bool larger)
    {
        double best = measure();
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalSeconds < Seconds;)
        {
            best = larger ? Math.Max(best, measure()) : Math.Min(best, measure());
        }

        return best;
    }
}
