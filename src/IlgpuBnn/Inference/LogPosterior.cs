using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Inference;

/// <summary>log p(theta | D) of every particle over a batch (docs/maths.md, "Posterior"), and its gradient: device operations in their order.</summary>
internal sealed class LogPosterior : IDisposable
{
    private readonly ParameterLayout _layout;
    private readonly Likelihood _likelihood;
    private readonly PriorGradient _prior;
    private readonly float? _noiseLogPrecision;
    private readonly NetworkWorkspace _workspace;
    private readonly Action<ParticleBlock> _pass;
    private LikelihoodTerm _likelihoodTerm;
    private PriorTerm _priorTerm;
    private NetworkBuffers? _buffers;
    private DeviceBuffer? _particles;
    private double _scale = 1;

    /// <param name="prior">Disposed with this.</param>
    /// <param name="noiseLogPrecision">Where it is given; null where particles learn it, or there is none.</param>
    /// <param name="batchRows">Rows of a batch at most.</param>
    public LogPosterior(
        Device device, ParameterLayout layout, Likelihood likelihood, PriorGradient prior, float? noiseLogPrecision, int particles, int batchRows)
    {
        (_layout, _likelihood, _prior, _noiseLogPrecision) = (layout, likelihood, prior, noiseLogPrecision);
        Shape = layout.ShapeOf(particles);
        Gradients = device.Allocate((long)particles * layout.Stride);

        // Their padding, which is never written, must be finite and not move the particles' own.
        Gradients.Clear();
        Statistics = GradientStatistics.Allocate(device, layout.Shape, particles);
        _workspace = device.CreateWorkspace(layout.Shape, particles, batchRows);

        // One delegate for all iterations: a new one per call would be garbage.
        _pass = Pass;
    }

    public ParticleShape Shape { get; }

    /// <summary>Whether all particles have the same posterior, of which they can be a sample.</summary>
    public bool IsShared => _prior.IsShared;

    /// <summary>Of the last <see cref="Gradient"/>, [S, stride].</summary>
    public DeviceBuffer Gradients { get; }

    /// <summary>Of the last <see cref="Gradient"/>.</summary>
    public GradientStatistics Statistics { get; }

    /// <summary>Computes <see cref="Gradients"/> and <see cref="Statistics"/>.</summary>
    /// <param name="particles">theta [S, stride].</param>
    /// <param name="iteration">1-based; noted where a gradient is not finite.</param>
    public void Gradient(DeviceBuffer particles, Batch batch, int iteration)
    {
        if (_particles != particles)
        {
            _particles = particles;
            _buffers = new NetworkBuffers(_prior.NetworksOf(particles), Gradients, Statistics, null);
        }

        _scale = batch.Scale;
        _likelihoodTerm = _likelihood.Term(batch.Scale, _noiseLogPrecision is { } given ? MathF.Exp(given) : 0);
        _priorTerm = _prior.TermOf(iteration);
        _prior.Prepare(particles);
        _workspace.Run(_buffers!, batch.Data, batch.Range, _pass);
        _prior.Finish(particles, Gradients);
    }

    /// <summary>One value per particle, constants left out, from the sums that the last gradient left behind.</summary>
    /// <param name="particles">theta [S, stride], as they were then.</param>
    public double[] LogDensity(ReadOnlySpan<float> particles)
    {
        int outputs = _layout.Network.Outputs.Count;
        float[] squares = Statistics.ResidualSquares.ToArray(), present = Statistics.PresentCounts.ToArray(), tailLogs = Statistics.TailLogs.ToArray();
        double[]? prior = _prior.LogDensity(particles, Statistics);
        var result = new double[Shape.Particles];
        for (int s = 0; s < result.Length; s++)
        {
            for (int o = 0; o < outputs; o++)
            {
                int at = (s * outputs) + o;
                double logPrecision = _layout.LogNoisePrecision(particles, s, o, _noiseLogPrecision);
                result[s] += _scale * _likelihood.LogDensity(new OutputSums(squares[at], present[at], tailLogs[at]), logPrecision);
            }

            result[s] += prior?[s] ?? 0;
        }

        return result;
    }

    /// <summary>The first iteration with a gradient that was not finite, and its first particle; null where there is none.</summary>
    public (int Iteration, int Particle)? Failure()
    {
        float[] failedAt = Statistics.FailedAt.ToArray();
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
        _prior.Dispose();
        Gradients.Dispose();
        Statistics.Dispose();
    }

    private void Pass(ParticleBlock block)
    {
        if (!block.TryNetworkGradient(_likelihoodTerm))
        {
            _layout.Network.Forward(block);
            block.Likelihood(_likelihoodTerm);
            _layout.Network.Backward(block);
        }

        if (block.LastRows)
        {
            block.PriorGradient(_likelihoodTerm, _priorTerm);
        }
    }
}

/// <summary>Rows of one iteration.</summary>
/// <param name="Scale">N/B.</param>
internal readonly record struct Batch(DeviceRows Data, RowRange Range, double Scale);
