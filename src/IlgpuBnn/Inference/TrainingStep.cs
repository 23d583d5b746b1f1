using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;

namespace IlgpuBnn.Inference;

/// <summary>Iterations on a device: gradient; with SVGD distances, bandwidth and Stein direction; Adam (MATHS "SVGD").</summary>
/// <remarks>Nothing is copied from the device unless <see cref="Measure"/> is called.</remarks>
internal sealed class TrainingStep : IDisposable
{
    private readonly Device _device;
    private readonly ParameterLayout _layout;
    private readonly TrainingOptions _options;
    private readonly bool _deterministic;
    private readonly bool _interacting;
    private readonly PosteriorGradient _gradient;
    private readonly AnchoredGradient? _anchored;
    private readonly IReadOnlyList<int>? _rounds;
    private readonly NetworkWorkspace _workspace;
    private readonly NetworkBuffers _buffers;
    private double _scale = 1;

    /// <param name="layout">With input scales where there are anchors.</param>
    /// <param name="batchRows">Most rows of a batch.</param>
    /// <param name="anchors">Of an anchored ensemble.</param>
    /// <param name="rounds">Iterations at whose end the step size has fallen; null for one that does not fall.</param>
    public TrainingStep(
        Device device, ParameterLayout layout, TrainingOptions options, int batchRows, Anchors? anchors = null, IReadOnlyList<int>? rounds = null)
    {
        (_device, _layout, _options, _rounds) = (device, layout, options, rounds);
        _deterministic = options.Method == InferenceMethod.Deterministic;

        // One particle meets no other: k = 1 and no repulsion, its direction is its gradient.
        _interacting = options.Method == InferenceMethod.Svgd && options.Particles > 1;
        _gradient = new PosteriorGradient(layout, options.Priors, _deterministic, options.DegreesOfFreedom);
        State = new ParticleState(device, layout, options.Particles, _interacting);
        _workspace = device.CreateWorkspace(layout, options.Particles, batchRows);
        _anchored = anchors is null ? null : new AnchoredGradient(device, layout, anchors, options.DegreesOfFreedom);
        _buffers = new NetworkBuffers(layout, _anchored?.Networks ?? State.Particles, State.Gradients, State.Statistics, null);
    }

    public ParticleState State { get; }

    /// <summary>Iterations done.</summary>
    public int Iteration { get; private set; }

    /// <summary>One iteration over a batch.</summary>
    /// <param name="scale">N/B.</param>
    public void Advance(DeviceRows data, RowRange batch, double scale)
    {
        Iteration++;
        _scale = scale;
        if (_anchored is not null)
        {
            _anchored.Compute(State.Particles, _workspace, _buffers, data, batch, scale, Iteration);
        }
        else
        {
            _gradient.Compute(_workspace, _buffers, data, batch, scale, Iteration);
        }

        DeviceBuffer direction = State.Gradients;
        if (_interacting)
        {
            direction = State.Direction;
            _device.PairwiseSquaredDistances(State.Particles, State.Shape, State.Distances);
            _device.Bandwidth(State.Distances, State.Shape.Particles, _options.Bandwidth, State.Bandwidth);
            _device.SteinDirection(State.Particles, State.Gradients, State.Shape, State.Distances, State.Bandwidth, Term(), direction);
        }

        _device.AdamStep(State.Particles, direction, State.FirstMoment, State.SecondMoment, State.Shape, Adam());
    }

    /// <summary>What <see cref="StepInfo"/> tells; copies the state from the device.</summary>
    /// <param name="before">The particles before the last <see cref="Advance"/>: its gradient and sums belong to them.</param>
    /// <param name="after">The particles now.</param>
    public (double Bandwidth, double MeanLogDensity, double GradientNorm, double Spread, double CollapseRatio) Measure(float[] before, float[] after)
    {
        double[] logDensity = _anchored?.LogDensity(before, State.Statistics, _scale)
            ?? LogDensity.OfParticles(_layout, _options.Priors, _deterministic, before, State.Statistics, _scale, _options.DegreesOfFreedom);
        float[] gradients = State.Gradients.ToArray();
        double squares = 0;
        foreach (float g in gradients)
        {
            squares += (double)g * g;
        }

        double bandwidth = _interacting ? State.Bandwidth.ToArray()[0] : double.NaN;
        return (bandwidth, logDensity.Average(), Math.Sqrt(squares / State.Shape.Particles), Spread(after), CollapseRatio(before, gradients));
    }

    /// <summary>The first iteration with a gradient that was not finite, and its first particle; null where there is none.</summary>
    public (int Iteration, int Particle)? Failure()
    {
        float[] failedAt = State.Statistics.FailedAt.ToArray();
        (int Iteration, int Particle)? first = null;
        for (int s = 0; s < failedAt.Length; s++)
        {
            if (failedAt[s] > 0 && (first is null || failedAt[s] < first.Value.Iteration))
            {
                first = ((int)failedAt[s], s);
            }
        }

        return first;
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _anchored?.Dispose();
        State.Dispose();
    }

    private AdamStep Adam()
    {
        AdamOptions adam = _options.Adam;
        return new AdamStep(
            (float)(adam.StepSizeFor(_options.Method) * ShareOfStep()), (float)adam.Beta1, (float)adam.Beta2, (float)adam.Epsilon,
            (float)(1 / (1 - Math.Pow(adam.Beta1, Iteration))), (float)(1 / (1 - Math.Pow(adam.Beta2, Iteration))));
    }

    /// <summary>The kernel, and what gradients count in this iteration.</summary>
    private SteinTerm Term() => new(_options.SteinKernel, (float)_options.Annealing.GradientWeight(Iteration, _rounds?[^1] ?? int.MaxValue));

    private double ShareOfStep()
    {
        if (_rounds is null)
        {
            return 1;
        }

        int end = _rounds.First(end => end >= Iteration), start = _rounds.LastOrDefault(end => end < Iteration);
        return _options.Adam.ShareOfStep(Iteration - start, end - start);
    }

    /// <summary>By Stein's identity the expectation of -(theta - mean) . grad log p over the posterior is P.</summary>
    private double CollapseRatio(float[] particles, float[] gradients)
    {
        (int count, int parameters, int stride) = State.Shape;
        if (_anchored is not null || count == 1)
        {
            return double.NaN;
        }

        double sum = 0;
        for (int p = 0; p < parameters; p++)
        {
            double mean = 0, product = 0, gradient = 0;
            for (int at = p; at < particles.Length; at += stride)
            {
                mean += particles[at] / (double)count;
                product += (double)particles[at] * gradients[at];
                gradient += gradients[at];
            }

            sum -= product - (mean * gradient);
        }

        return sum / count / parameters;
    }

    private double Spread(float[] particles)
    {
        (int count, int parameters, int stride) = State.Shape;
        double sum = 0;
        for (int p = 0; p < parameters; p++)
        {
            double mean = 0;
            for (int s = 0; s < count; s++)
            {
                mean += particles[(s * stride) + p];
            }

            mean /= count;
            for (int s = 0; s < count; s++)
            {
                double deviation = particles[(s * stride) + p] - mean;
                sum += deviation * deviation;
            }
        }

        return Math.Sqrt(sum / count);
    }
}
