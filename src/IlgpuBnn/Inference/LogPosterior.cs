using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Inference;

/// <summary>log p(theta | D) of every particle over a batch, and its gradient (docs/maths.md, "Posterior").</summary>
internal sealed class LogPosterior : IDisposable
{
    private readonly Device _device;
    private readonly ParameterLayout _layout;
    private readonly Likelihood _likelihood;
    private readonly PriorGradient _prior;
    private readonly ConstraintRows? _constraints;
    private readonly float? _noiseLogPrecision;
    private readonly NetworkWorkspace _workspace;
    private readonly Action<ParticleBlock> _pass;
    private readonly OutputSystem? _outputs;
    private readonly DeviceBuffer? _outputSums;
    private readonly Action<ParticleBlock> _outputPass;
    private readonly Action<ParticleBlock> _constraintPass;
    private ConstraintTerm? _constraintTerm;
    private LikelihoodTerm _likelihoodTerm;
    private PriorTerm _priorTerm;
    private NetworkBuffers? _buffers;
    private DeviceBuffer? _particles;
    private double _scale = 1;
    private AnchoredUpdate? _update;
    private bool _isUpdated;

    /// <param name="prior">Disposed with this.</param>
    /// <param name="noiseLogPrecision">Null if particles learn it, or there is none.</param>
    /// <param name="batchRows">Maximum number of rows of a batch.</param>
    /// <param name="constraints">Disposed with this; null for none.</param>
    /// <param name="outputs">The output layer, where it is solved for before every gradient: of Gaussian noise of given precision, batches of all rows, and no constraints. Null if not.</param>
    public LogPosterior(
        Device device, ParameterLayout layout, Likelihood likelihood, PriorGradient prior, float? noiseLogPrecision, int particles, int batchRows,
        ConstraintRows? constraints = null, OutputSystem? outputs = null)
    {
        (_device, _layout, _likelihood, _prior, _noiseLogPrecision, _constraints, _outputs) = (device, layout, likelihood, prior, noiseLogPrecision, constraints, outputs);
        _outputSums = outputs is { } system ? device.Allocate((long)particles * system.Stride) : null;
        Shape = layout.ShapeOf(particles);
        Gradients = device.Allocate((long)particles * layout.Stride);

        // The padding is never written, and must not move the particles.
        Gradients.Clear();
        Statistics = GradientStatistics.Allocate(device, layout.Shape, particles);
        _workspace = device.CreateWorkspace(layout.Shape, particles, Math.Max(batchRows, constraints?.Count ?? 0));

        // One delegate for all iterations: nothing is allocated per call.
        _pass = Pass;
        _outputPass = OutputPass;
        _constraintPass = ConstraintPass;
    }

    public ParticleShape Shape { get; }

    /// <summary>Whether all particles have the same posterior.</summary>
    public bool IsShared => _prior.IsShared;

    /// <summary>Of the last <see cref="Gradient"/>, [S, stride].</summary>
    public DeviceBuffer Gradients { get; }

    /// <summary>Of the last <see cref="Gradient"/>.</summary>
    public GradientStatistics Statistics { get; }

    /// <summary>Computes <see cref="Gradients"/> and <see cref="Statistics"/>, for particles whose output layer it has solved for if that is wanted.</summary>
    /// <param name="particles">theta [S, stride].</param>
    /// <param name="iteration">1-based; recorded where a gradient is not finite.</param>
    /// <param name="adam">A step along the gradient, for a device that takes it in the same operation; null for none.</param>
    /// <returns>Whether it has taken the step.</returns>
    public bool Gradient(DeviceBuffer particles, Batch batch, int iteration, AdamTerm? adam = null)
    {
        (_update, _isUpdated) = (_constraints is null ? _prior.UpdateOf(particles, adam) : null, false);
        SolveOutputs(particles, batch);
        _priorTerm = _prior.TermOf(iteration);
        _prior.Prepare(particles);
        _workspace.Run(_buffers!, batch.Data, batch.Range, _pass);
        if (_constraints?.Of(iteration) is var (rows, range, term))
        {
            _constraintTerm = term;
            _workspace.Run(_buffers!, rows, range, _constraintPass, adds: true);
        }

        if (!_isUpdated)
        {
            _prior.Finish(particles, Gradients);
        }

        return _isUpdated && adam is not null;
    }

    /// <summary>Moves output layers to their most probable weights, given all others; nothing where they are not solved for.</summary>
    /// <param name="particles">theta [S, stride]; changed.</param>
    public void SolveOutputs(DeviceBuffer particles, Batch batch)
    {
        if (_particles != particles)
        {
            _particles = particles;
            _buffers = new NetworkBuffers(_prior.NetworksOf(particles), Gradients, Statistics, null, _outputSums);
        }

        _scale = batch.Scale;
        _likelihoodTerm = _likelihood.Term(batch.Scale, _noiseLogPrecision is { } given ? MathF.Exp(given) : 0);
        if (_outputs is { } system)
        {
            _prior.Prepare(particles);
            _workspace.Run(_buffers!, batch.Data, batch.Range, _outputPass);
            _prior.SolveOutputs(particles, system, _likelihoodTerm.FixedPrecision, _outputSums!);
        }
    }

    /// <summary>One value per particle, up to a constant, from the sums of the last gradient.</summary>
    /// <param name="particles">theta [S, stride] of that gradient.</param>
    public double[] LogDensity(DeviceBuffer particles)
    {
        float[] logPrecisions = _layout.LogPrecisions(_device, particles);
        int outputs = _layout.Network.Outputs.Count;
        float[] squares = Statistics.ResidualSquares.ToArray(), present = Statistics.PresentCounts.ToArray(), logTerms = Statistics.LogTerms.ToArray();
        float[] violations = Statistics.Violations.ToArray();
        double[]? prior = _prior.LogDensity(particles, logPrecisions, Statistics);
        var result = new double[Shape.Particles];
        for (int s = 0; s < result.Length; s++)
        {
            for (int o = 0; o < outputs; o++)
            {
                int at = (s * outputs) + o;
                double logPrecision = _layout.LogNoisePrecision(logPrecisions, s * _layout.PrecisionCount, o, _noiseLogPrecision);
                result[s] += _scale * _likelihood.LogDensity(new OutputSums(squares[at], present[at], logTerms[at]), logPrecision);
            }

            result[s] += (prior?[s] ?? 0) - (0.5 * violations[s]);
        }

        return result;
    }

    /// <inheritdoc cref="ISampler.Failure"/>
    public (int Iteration, int Particle)? Failure() => Statistics.FailedAt.ToArray()
        .Select((iteration, particle) => ((int, int)?)((int)iteration, particle)).Where(failure => failure!.Value.Item1 > 0).Min();

    public void Dispose()
    {
        _workspace.Dispose();
        _prior.Dispose();
        _outputSums?.Dispose();
        _constraints?.Dispose();
        Gradients.Dispose();
        Statistics.Dispose();
    }

    private void OutputPass(ParticleBlock block)
    {
        _layout.Network.Forward(block);
        block.Likelihood(_likelihoodTerm);
        block.AddToOutputSystem(_outputs!.Value);
    }

    private void ConstraintPass(ParticleBlock block)
    {
        _layout.Network.Forward(block);
        block.Constraints(_constraintTerm!);
        _layout.Network.Backward(block);
    }

    private void Pass(ParticleBlock block)
    {
        if (!block.TryNetworkGradient(_likelihoodTerm))
        {
            _layout.Network.Forward(block);
            block.Likelihood(_likelihoodTerm);
            _layout.Network.Backward(block);
        }

        if (!block.LastRows)
        {
            return;
        }

        if (_update is { } update && block.TryAnchoredUpdate(update, _priorTerm))
        {
            // Of all blocks or none, which such a device runs one after the other.
            _isUpdated = true;
            return;
        }

        block.PriorGradient(_likelihoodTerm, _priorTerm);
    }
}

/// <summary>Rows of one iteration.</summary>
/// <param name="Scale">N/B.</param>
internal readonly record struct Batch(DeviceRows Data, RowRange Range, double Scale);
