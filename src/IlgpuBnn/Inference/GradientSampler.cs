using IlgpuBnn.Devices;

namespace IlgpuBnn.Inference;

/// <summary>Particles on a device, and their iteration.</summary>
internal interface ISampler : IDisposable
{
    /// <summary>theta [S, stride].</summary>
    DeviceBuffer Particles { get; }

    /// <summary>Iterations done.</summary>
    int Iteration { get; }

    /// <summary>All that the next iteration depends on besides its number and its batch.</summary>
    IReadOnlyList<DeviceBuffer> State { get; }

    /// <summary>Goes on after an iteration.</summary>
    /// <param name="iteration">Iterations done.</param>
    /// <param name="state">Contents of <see cref="State"/> then.</param>
    void Restore(int iteration, IReadOnlyList<float[]> state);

    /// <summary>One iteration over a batch; copies nothing from the device but what is asked for.</summary>
    /// <param name="gradientWeight">Factor of the gradients; 1 except in annealing.</param>
    /// <param name="before">Becomes the particles to which the gradient belongs, [S, stride]; null if not wanted.</param>
    void Step(Batch batch, double stepSize, double gradientWeight, float[]? before = null);

    /// <summary>After an iteration, before its particles are used: solves once more for what is solved for.</summary>
    void Settle()
    {
    }

    /// <summary>Statistics of the last iteration; copies its gradient from the device.</summary>
    /// <param name="before">Particles to which its gradient belongs, as <see cref="Step"/> gave them.</param>
    /// <param name="after">All of the ensemble's particles after it; null for no spread.</param>
    /// <param name="together">Makes of one value per particle here those of all of the ensemble's; null where they are the same.</param>
    /// <param name="all">Makes of [particle, stride] here that of all of the ensemble's; null where they are the same.</param>
    StepStatistics Measure(float[] before, float[]? after, Func<double[], double[]>? together = null, Func<float[], float[]>? all = null);

    /// <summary>The first iteration with a gradient that was not finite, and its first particle; null for none.</summary>
    (int Iteration, int Particle)? Failure();
}

/// <summary>Steps along each particle's own gradient.</summary>
internal class GradientSampler : ISampler
{
    private readonly Optimizer _optimizer;
    private readonly DeviceBuffer[] _moments;
    private Batch? _batch;

    /// <param name="target">Disposed with this.</param>
    /// <param name="initial">[S, stride].</param>
    public GradientSampler(LogPosterior target, Device device, float[] initial, Optimizer optimizer)
    {
        (Target, Device, _optimizer) = (target, device, optimizer);
        Particles = device.Allocate(initial.Length);
        Particles.Upload(initial);
        _moments = [.. Enumerable.Range(0, optimizer.Moments).Select(_ => device.Allocate(initial.Length))];
        Array.ForEach(_moments, moment => moment.Clear());
    }

    public DeviceBuffer Particles { get; }

    public int Iteration { get; private set; }

    public IReadOnlyList<DeviceBuffer> State => [Particles, .. _moments];

    protected LogPosterior Target { get; }

    protected Device Device { get; }

    /// <summary>NaN without interaction.</summary>
    protected virtual double Bandwidth => double.NaN;

    public void Restore(int iteration, IReadOnlyList<float[]> state)
    {
        Iteration = iteration;
        foreach ((DeviceBuffer buffer, float[] values) in State.Zip(state))
        {
            buffer.Upload(values);
        }
    }

    public void Step(Batch batch, double stepSize, double gradientWeight, float[]? before = null)
    {
        Iteration++;
        _batch = batch;
        Target.Gradient(Particles, batch, Iteration);
        if (before is not null)
        {
            Particles.Download(before);
        }

        _optimizer.Step(Device, Particles, Direction(gradientWeight), _moments, Target.Shape, stepSize, Iteration);
    }

    public void Settle()
    {
        if (_batch is { } batch)
        {
            Target.SolveOutputs(Particles, batch);
        }
    }

    public StepStatistics Measure(float[] before, float[]? after, Func<double[], double[]>? together = null, Func<float[], float[]>? all = null)
    {
        float[] gradients = Target.Gradients.ToArray();
        ParticleShape shape = Target.Shape;
        double[] densities = Target.LogDensity(before), squares = StepStatistics.SquaresOf(gradients, shape.Stride);
        (double density, double norm) = together is null ? StepStatistics.Of(densities, squares) : StepStatistics.Of(together(densities), together(squares));
        double spread = after is null ? double.NaN : StepStatistics.SpreadOf(after, shape.Parameters, shape.Stride);
        double ratio = Target.IsShared ? StepStatistics.SteinIdentityRatioOf(all?.Invoke(before) ?? before, all?.Invoke(gradients) ?? gradients, shape.Parameters, shape.Stride) : double.NaN;
        return new StepStatistics(Bandwidth, density, norm, spread, ratio);
    }

    public (int Iteration, int Particle)? Failure() => Target.Failure();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Direction of ascent, from the gradients of <see cref="Target"/>.</summary>
    protected virtual DeviceBuffer Direction(double gradientWeight) => Target.Gradients;

    protected virtual void Dispose(bool disposing)
    {
        Target.Dispose();
        Particles.Dispose();
        Array.ForEach(_moments, moment => moment.Dispose());
    }
}
