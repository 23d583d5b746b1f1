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

    /// <summary>One iteration over a batch; copies nothing from the device but the sums of an evaluation.</summary>
    /// <param name="gradientWeight">Factor of the gradients; 1 except in annealing.</param>
    /// <param name="isEvaluated">Whether <see cref="Measure"/> follows.</param>
    /// <param name="all">Makes of [particle, stride] here that of all of the ensemble's; null where they are the same.</param>
    void Step(Batch batch, double stepSize, double gradientWeight, bool isEvaluated = false, Func<float[], float[]>? all = null);

    /// <summary>After an iteration, before its particles are used: solves once more for what is solved for.</summary>
    void Settle()
    {
    }

    /// <summary>Statistics of the last iteration, which was to be evaluated.</summary>
    /// <param name="withSpread">Of all of the ensemble's particles after it.</param>
    /// <param name="together">Makes of one value per particle here those of all of the ensemble's; null where they are the same.</param>
    /// <param name="all">As in <see cref="Step"/>.</param>
    StepStatistics Measure(bool withSpread, Func<double[], double[]>? together = null, Func<float[], float[]>? all = null);

    /// <summary>The first iteration with a gradient that was not finite, and its first particle; null for none.</summary>
    (int Iteration, int Particle)? Failure();
}

/// <summary>Steps along each particle's own gradient.</summary>
internal class GradientSampler : ISampler
{
    private readonly Optimizer _optimizer;
    private readonly DeviceBuffer[] _moments;
    private Batch? _batch;
    private Evaluated? _evaluated;

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

    /// <summary>Whether its direction is the gradient itself.</summary>
    protected virtual bool StepsAlongGradient => true;

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

    public void Step(Batch batch, double stepSize, double gradientWeight, bool isEvaluated = false, Func<float[], float[]>? all = null)
    {
        Iteration++;
        _batch = batch;

        // An evaluation is of the particles that the gradient belongs to.
        bool mayStep = StepsAlongGradient && !isEvaluated;
        if (Target.Gradient(Particles, batch, Iteration, mayStep ? _optimizer.TermOf(_moments, stepSize, Iteration) : null))
        {
            return;
        }

        if (isEvaluated)
        {
            // Before the particles move away from their gradient.
            double ratio = Target.IsShared ? SteinIdentityRatio(all) : double.NaN;
            _evaluated = new Evaluated(Target.LogDensity(Particles), Device.SquaredLengths(Target.Gradients, Target.Shape), ratio);
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

    public StepStatistics Measure(bool withSpread, Func<double[], double[]>? together = null, Func<float[], float[]>? all = null)
    {
        (double[] densities, double[] squares, double ratio) = _evaluated ?? throw new InvalidOperationException("The last iteration was not to be evaluated.");
        (double density, double norm) = together is null ? StepStatistics.Of(densities, squares) : StepStatistics.Of(together(densities), together(squares));
        return new StepStatistics(Bandwidth, density, norm, withSpread ? Spread(all) : double.NaN, ratio);
    }

    public (int Iteration, int Particle)? Failure() => Target.Failure();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private double Spread(Func<float[], float[]>? all)
    {
        using Whole particles = WholeOf(Particles, all);
        return StepStatistics.SpreadOf(Device, particles.Values, particles.Shape);
    }

    private double SteinIdentityRatio(Func<float[], float[]>? all)
    {
        using Whole particles = WholeOf(Particles, all), gradients = WholeOf(Target.Gradients, all);
        return StepStatistics.SteinIdentityRatioOf(Device, particles.Values, gradients.Values, particles.Shape);
    }

    private Whole WholeOf(DeviceBuffer own, Func<float[], float[]>? all)
    {
        if (all is null)
        {
            return new Whole(own, Target.Shape, isOwn: true);
        }

        float[] values = all(own.ToArray());
        DeviceBuffer whole = Device.Allocate(values.Length);
        whole.Upload(values);
        return new Whole(whole, Target.Shape with { Particles = values.Length / Target.Shape.Stride }, isOwn: false);
    }

    /// <summary>Direction of ascent, from the gradients of <see cref="Target"/>.</summary>
    protected virtual DeviceBuffer Direction(double gradientWeight) => Target.Gradients;

    protected virtual void Dispose(bool disposing)
    {
        Target.Dispose();
        Particles.Dispose();
        Array.ForEach(_moments, moment => moment.Dispose());
    }

    /// <summary>What an evaluation needs of the particles before a step.</summary>
    /// <param name="Densities">[particle].</param>
    /// <param name="Squares">[particle]: square of the gradient's length.</param>
    private sealed record Evaluated(double[] Densities, double[] Squares, double SteinIdentityRatio);

    /// <summary>Numbers of all of the ensemble's particles on this device.</summary>
    /// <param name="isOwn">Whether they are those that were there.</param>
    private readonly struct Whole(DeviceBuffer values, ParticleShape shape, bool isOwn) : IDisposable
    {
        public DeviceBuffer Values => values;

        public ParticleShape Shape => shape;

        public void Dispose()
        {
            if (!isOwn)
            {
                values.Dispose();
            }
        }
    }
}
