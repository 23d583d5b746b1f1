using System.Diagnostics;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace IlgpuBnn.Cli;

/// <summary>What <c>ilgpubnn bench</c> repeats, and where.</summary>
internal sealed record Timing(int Iterations, int Repeats, int Threads, string DeviceId);

/// <summary>SVGD with shared precisions on random data, y = sin(x W) and noise: the work that other implementations are timed on.</summary>
internal sealed record Workload(int Particles, int[] Hidden, int Rows, int Inputs, int Outputs, Activation Activation, int? BatchRows = null)
{
    private const int DataSeed = 0;
    private const int ParticleSeed = 1;

    // The runtime compiles loops that run often a second time, in the background.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>Floating-point operations of the products (forward, and both ways back) and of the two products over all pairs of particles.</summary>
    public double OperationsPerIteration
    {
        get
        {
            ParameterLayout layout = Layout();
            double products = layout.Layers.Sum(layer => (double)layer.Inputs * layer.Outputs);
            return 6.0 * Particles * (((double)Rows / Options().BatchesFor(Rows) * products) + ((double)Particles * layout.ParameterCount));
        }
    }

    /// <summary>Milliseconds per iteration of each repeat.</summary>
    /// <exception cref="CommandException">The result is not finite.</exception>
    /// <exception cref="InsufficientMemoryException">It would not fit into memory.</exception>
    public double[] Measure(Timing timing)
    {
        using Device device = timing.DeviceId == "cpu" ? DeviceCatalog.OpenCpu(timing.Threads) : DeviceCatalog.Open(timing.DeviceId);
        ParameterLayout layout = Layout();
        TrainingProgress.ShowMemory(TrainingMemory.OfSteps(device, layout, Particles, Rows));
        using DeviceRows data = UploadData(device);
        using var batches = new Batches(device, data, Options().BatchesFor(Rows), DataSeed);
        using var step = new TrainingStep(device, layout, Options(), batches.LargestBatch);
        step.State.Particles.Upload(DrawParticles(layout));
        long started = Stopwatch.GetTimestamp();
        do
        {
            Advance(step, batches, 1);
        }
        while (Stopwatch.GetElapsedTime(started) < WarmUp);

        var milliseconds = new double[timing.Repeats];
        for (int repeat = 0; repeat < milliseconds.Length; repeat++)
        {
            started = Stopwatch.GetTimestamp();
            Advance(step, batches, timing.Iterations);
            milliseconds[repeat] = Stopwatch.GetElapsedTime(started).TotalMilliseconds / timing.Iterations;
        }

        return Array.TrueForAll(step.State.Particles.ToArray(), float.IsFinite)
            ? milliseconds
            : throw new CommandException("The particles are no longer finite: these times mean nothing. Use fewer iterations.");
    }

    private static void Advance(TrainingStep step, Batches batches, int iterations)
    {
        for (int i = 0; i < iterations; i++)
        {
            (DeviceRows data, RowRange range, double scale) = batches.Next();
            step.Advance(data, range, scale);
        }

        // Reads a few floats: a device that works on its own has then finished.
        step.Failure();
    }

    private TrainingOptions Options() => new()
    {
        Hidden = Hidden,
        Activation = Activation,
        LinearPath = false,
        Particles = Particles,
        Method = InferenceMethod.Svgd,
        BatchRows = BatchRows ?? Rows,
        Noise = NoisePrecision.Shared,
        WeightPrecision = WeightPrecision.Shared,
    };

    private ParameterLayout Layout() => BayesianNetwork.LayoutOf(Options(), Inputs, Outputs);

    private DeviceRows UploadData(Device device)
    {
        var random = new Xoshiro256StarStar(DataSeed);
        var inputs = new double[Rows, Inputs];
        var weights = new double[Inputs, Outputs];
        var targets = new double[Rows, Outputs];
        Fill(inputs, (_, _) => Normal.Sample(random, 0, 1));
        Fill(weights, (_, _) => Normal.Sample(random, 0, 1));
        Fill(targets, (row, output) =>
            Math.Sin(Enumerable.Range(0, Inputs).Sum(i => inputs[row, i] * weights[i, output])) + Normal.Sample(random, 0, 0.05));
        return DeviceRows.Upload(device, inputs, targets);
    }

    private static void Fill(double[,] values, Func<int, int, double> draw)
    {
        for (int row = 0; row < values.GetLength(0); row++)
        {
            for (int column = 0; column < values.GetLength(1); column++)
            {
                values[row, column] = draw(row, column);
            }
        }
    }

    /// <summary>[S, stride]: weights and biases ~ N(0, 1 / widest layer), log precisions 0.</summary>
    private float[] DrawParticles(ParameterLayout layout)
    {
        var random = new Xoshiro256StarStar(ParticleSeed);
        double scale = 1 / Math.Sqrt(Hidden.Append(Inputs).Max());
        var particles = new float[(long)Particles * layout.Stride];
        for (int s = 0; s < Particles; s++)
        {
            for (int p = 0; p < layout.WeightCount; p++)
            {
                particles[((nint)s * layout.Stride) + p] = (float)Normal.Sample(random, 0, scale);
            }
        }

        return particles;
    }
}
