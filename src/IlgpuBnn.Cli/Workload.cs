using System.Diagnostics;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Training;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Random;

namespace IlgpuBnn.Cli;

/// <summary>How <c>ilgpubnn bench</c> measures.</summary>
internal sealed record Timing(int Iterations, int Repeats, int Threads, string DeviceId)
{
    /// <summary>The device: of a process of a group by its place, unless the number of threads is given.</summary>
    public Device Open(bool isAlone) => DeviceId == "cpu" && (Threads > 0 || isAlone) ? DeviceCatalog.OpenCpu(Threads) : Ranks.Open(DeviceId);
}

/// <summary>SVGD with shared precisions on random data y = sin(x W) + noise, as other implementations are timed.</summary>
internal sealed record Workload(int Particles, int[] Hidden, int Rows, int Inputs, int Outputs, Activation Activation, int? BatchRows = null)
{
    private const int DataSeed = 0;
    private const int ParticleSeed = 1;

    // Time for the runtime's tiered recompilation.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(0.5);

    /// <summary>Floating-point operations of the matrix products: forward, backward (weights and inputs), and two over all pairs of particles.</summary>
    public double OperationsPerIteration
    {
        get
        {
            ParameterLayout layout = Layout();
            double products = layout.Shape.DenseLayers.Sum(layer => (double)layer.Inputs.Count * layer.Outputs.Count);
            return 6.0 * Particles * ((RowsOfBatch * products) + ((double)Particles * layout.ParameterCount));
        }
    }

    /// <summary>Milliseconds per iteration of each repeat.</summary>
    /// <param name="group">Processes, each of which moves its share of the particles; null for one.</param>
    /// <param name="kernels">Hears of the time of each kernel in as many iterations, where it is not null and the device has kernels.</param>
    /// <exception cref="CommandException">The result is not finite, or there are more processes than particles.</exception>
    /// <exception cref="InsufficientMemoryException">It would not fit into memory.</exception>
    public double[] Measure(Timing timing, IProcessGroup? group = null, Action<KernelProfile>? kernels = null)
    {
        if (group?.Size > Particles)
        {
            throw new CommandException($"There are {group.Size} processes for {Particles} networks. Start at most {Particles}, or use more particles.") { IsOfAllProcesses = true };
        }

        using Device device = timing.Open(isAlone: group is null);
        ParameterLayout layout = Layout();
        ParticleShare share = group is null ? ParticleShare.Whole : new ParticleShare(group.Rank, group.Size);
        ProgressDisplay.ShowMemory(TrainingMemory.OfSteps(device, layout, Particles, Rows, share));
        using DeviceRows data = UploadData(device);
        using var batches = new Batches(device, data, Options().BatchesFor(Rows), DataSeed);
        TrainingOptions options = Options();
        var target = new LogPosterior(
            device, layout, options.UsedLikelihood, options.Method.GradientOfPrior(device, layout, []), null, share.CountOf(Particles), batches.LargestBatch);
        using ISampler sampler = options.Method.Start(target, device, share.Of(DrawParticles(layout), layout.Stride), options.Optimizer, group);
        long started = Stopwatch.GetTimestamp();
        do
        {
            Advance(sampler, batches, 1);
        }
        while (Goes(Stopwatch.GetElapsedTime(started) < WarmUp));

        var milliseconds = new double[timing.Repeats];
        for (int repeat = 0; repeat < milliseconds.Length; repeat++)
        {
            Goes(true);
            started = Stopwatch.GetTimestamp();
            Advance(sampler, batches, timing.Iterations);
            milliseconds[repeat] = Stopwatch.GetElapsedTime(started).TotalMilliseconds / timing.Iterations;
        }

        if (kernels is not null && device.MeasureCeilings() is { } ceilings)
        {
            kernels(new KernelProfile(device.TimeKernels(() => Advance(sampler, batches, timing.Iterations)), ceilings, timing.Iterations, WorkOf));
        }

        return Array.TrueForAll(sampler.Particles.ToArray(), float.IsFinite)
            ? milliseconds
            : throw new CommandException("The particles are no longer finite, so the timings are meaningless. Use fewer iterations.");

        // All processes do as many iterations.
        bool Goes(bool own) => group is null ? own : group.Exchange<int>([own ? 1 : 0]).Contains(1);
    }

    /// <summary>A whole training on the same data: iterations and evaluations, never stopped early.</summary>
    public WholeTraining Training(int iterations)
    {
        (double[,] inputs, double[,] targets) = DrawData();
        TrainingOptions options = Options() with { Method = new Svgd { Particles = Particles, EarlyStopping = new EarlyStopping(Patience: iterations) }, MaxIterations = iterations };
        return new WholeTraining($"SVGD, {Particles} x {string.Join(",", Hidden)}, {Rows} rows, {iterations} iterations", new Dataset(inputs, targets), options);
    }

    /// <summary>Milliseconds that a process takes to send its particles to all, and hear of theirs.</summary>
    public double MeasureAllGather(Timing timing, IProcessGroup group)
    {
        byte[] own = new byte[AllGatherBytes(group)], all = new byte[own.Length * group.Size];
        double best = double.MaxValue;
        for (int repeat = 0; repeat <= timing.Repeats; repeat++)
        {
            group.AllGather(own, all);
            long started = Stopwatch.GetTimestamp();
            for (int k = 0; k < timing.Iterations; k++)
            {
                group.AllGather(own, all);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMilliseconds / timing.Iterations);
        }

        return best;
    }

    /// <summary>Of the particles of one process; in an iteration as many of gradients follow.</summary>
    public int AllGatherBytes(IProcessGroup group) => checked(new ParticleShare(0, group.Size).CountOf(Particles) * Layout().Stride * sizeof(float));

    /// <summary>What a kernel does in an iteration at least; null for what is not counted.</summary>
    public KernelWork? WorkOf(string kernel)
    {
        ParameterLayout layout = Layout();
        return KernelWork.Of(
            kernel, [.. layout.Shape.DenseLayers.Select(layer => (layer.Inputs.Count, layer.Outputs.Count))], Particles, layout.ParameterCount, RowsOfBatch);
    }

    /// <summary>Weights, biases and log precisions of a network.</summary>
    public int Parameters => Layout().ParameterCount;

    private static void Advance(ISampler sampler, Batches batches, int iterations)
    {
        for (int i = 0; i < iterations; i++)
        {
            sampler.Step(batches.Next(), 0.01, 1);
        }

        // Reads a few floats, which waits for an asynchronous device.
        sampler.Failure();
    }

    private TrainingOptions Options() => new()
    {
        HiddenUnits = Hidden,
        Activation = Activation,
        Method = new Svgd { Particles = Particles },
        Likelihood = new GaussianLikelihood(NoisePrecision.Shared),
        BatchSize = BatchRows ?? Rows,
    };

    private double RowsOfBatch => (double)Rows / Options().BatchesFor(Rows);

    private ParameterLayout Layout() => Options().LayoutOf(Options().BuildNetwork(Inputs, Outputs), training: true);

    private DeviceRows UploadData(Device device)
    {
        (double[,] inputs, double[,] targets) = DrawData();
        return DeviceRows.Upload(device, inputs, targets);
    }

    private (double[,] Inputs, double[,] Targets) DrawData()
    {
        var random = new Xoshiro256StarStar(DataSeed);
        var inputs = new double[Rows, Inputs];
        var weights = new double[Inputs, Outputs];
        var targets = new double[Rows, Outputs];
        Fill(inputs, (_, _) => Normal.Sample(random, 0, 1));
        Fill(weights, (_, _) => Normal.Sample(random, 0, 1));
        Fill(targets, (row, output) =>
            Math.Sin(Enumerable.Range(0, Inputs).Sum(i => inputs[row, i] * weights[i, output])) + Normal.Sample(random, 0, 0.05));
        return (inputs, targets);
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
            for (int p = 0; p < layout.Network.WeightCount; p++)
            {
                particles[((nint)s * layout.Stride) + p] = (float)Normal.Sample(random, 0, scale);
            }
        }

        return particles;
    }
}
