using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Prediction;

/// <summary>Predicts single rows in microseconds: the networks stay on their device, and nothing is allocated.</summary>
/// <remarks>
/// For a surrogate inside a loop (<see cref="BayesianNetwork.CreatePredictor(Device?)"/>). Not thread-safe, but for <see cref="Dispose"/>: use one per thread. For a whole table
/// <see cref="BayesianNetwork.Predict(double[,], Device?)"/> is faster.
/// </remarks>
public sealed class Predictor : IDisposable
{
    private readonly TableEncoding _encoding;
    private readonly Ensemble _ensemble;
    private readonly OutputCalibration _calibration;
    private readonly VarianceFunction[] _varianceFunctions;
    private readonly int _particles;
    private readonly int _targets;
    private readonly DeviceBuffer _theta;
    private readonly DeviceRows _row;
    private readonly DeviceBuffer _outputs;
    private readonly NetworkWorkspace _workspace;
    private readonly NetworkBuffers _buffers;
    private readonly Action<ParticleBlock> _pass;
    private readonly float[] _inputs;
    private readonly float[] _values;

    private readonly double[] _features;

    // [component] of one particle, and [particle, target], standardised; null where networks' outputs are the targets.
    private readonly double[]? _scores;
    private readonly double[]? _decoded;

    private readonly Lock _use = new();
    private readonly Device _device;
    private bool _disposed;

    // [target]; null where no target is transformed.
    private readonly IReadOnlyList<TargetTransform>? _transforms;

    // [target, particle], on the scale of the target's transform.
    private readonly double[] _means;
    private readonly double[] _noise;
    private readonly double[] _deviations;

    private readonly double[] _mean;
    private readonly double[] _aleatoric;
    private readonly double[] _epistemic;

    /// <param name="states">Numbers of a particle's state, which recurrent layers go on from; 0 where each row begins anew.</param>
    /// <exception cref="NotSupportedException">The device keeps no states.</exception>
    internal Predictor(TableEncoding encoding, Ensemble ensemble, OutputCalibration calibration, Device device, int states = 0)
    {
        _device = device;
        (_encoding, _features, _transforms) = (encoding, new double[encoding.FeatureCount], encoding.HasPlainTargets ? null : encoding.Targets);
        (_ensemble, _calibration, _particles, _targets) = (ensemble, calibration, ensemble.ParticleCount, ensemble.TargetNames.Count);
        _varianceFunctions = ensemble.VarianceFunctions(calibration);
        _theta = device.Allocate(ensemble.Particles.Length);
        _theta.Upload(ensemble.Particles);
        _row = DeviceRows.Empty(device, 1, ensemble.InputNames.Count, 0);
        _outputs = device.Allocate(SizeLimits.ArrayLength("Outputs of particles for targets and rows", _particles, ensemble.Layout.Network.Outputs.Count, _row.Stride));
        (_scores, _decoded) = ensemble.Components is { } components ? (new double[components.Count], new double[_particles * _targets]) : (null, null);
        _workspace = states == 0 ? device.CreateRowWorkspace(ensemble.Layout.Shape, _particles) : device.CreateStateWorkspace(ensemble.Layout.Shape, _particles, states);
        _buffers = new NetworkBuffers(_theta, null, null, _outputs);
        Network network = ensemble.Layout.Network;
        _pass = block =>
        {
            network.Forward(block);
            block.StoreOutputs();
        };
        (_inputs, _values) = (new float[_row.Inputs.Length], new float[_outputs.Length]);
        (_means, _noise, _deviations) = (new double[_targets * _particles], new double[_targets * _particles], new double[_targets * _particles]);
        (_mean, _aleatoric, _epistemic) = (new double[_targets], new double[_targets], new double[_targets]);
        double[,] variances = ensemble.NoiseVariances(calibration);
        for (int k = 0; k < _noise.Length; k++)
        {
            _noise[k] = Math.Sqrt(variances[k % _particles, k / _particles]);
        }
    }

    /// <summary>Predicts one row.</summary>
    /// <param name="inputs">Raw units, in the order of <see cref="BayesianNetwork.InputNames"/>; finite.</param>
    /// <returns>A view of this predictor's memory, valid until the next call.</returns>
    /// <exception cref="ArgumentException">There is not one value per input, or one is not finite.</exception>
    /// <exception cref="ObjectDisposedException">This predictor or its device has been disposed of.</exception>
    public RowPrediction Predict(ReadOnlySpan<double> inputs)
    {
        using Lock.Scope scope = _use.EnterScope();
        ObjectDisposedException.ThrowIf(_disposed, this);
        _device.RequireOpen();
        _encoding.EncodeRow(inputs, _features);
        for (int i = 0; i < _features.Length; i++)
        {
            _inputs[i * _row.Stride] = _ensemble.ScaledInput(_features[i], 0, i);
        }

        _row.Inputs.Upload(_inputs);
        _workspace.Run(_buffers, _row, new RowRange(0, _row.Stride), _pass);
        _outputs.Download(_values);
        Decode();
        for (int o = 0; o < _targets; o++)
        {
            SetMoments(o);
        }

        return new RowPrediction(_mean, _aleatoric, _epistemic, _means, _deviations, _transforms);
    }

    /// <summary>Recurrent layers begin anew.</summary>
    /// <exception cref="ObjectDisposedException">This predictor has been disposed of.</exception>
    internal void ClearStates()
    {
        using Lock.Scope scope = _use.EnterScope();
        ObjectDisposedException.ThrowIf(_disposed, this);
        _workspace.ClearStates();
    }

    /// <summary>Frees the device's memory, after a prediction at hand on another thread.</summary>
    public void Dispose()
    {
        using Lock.Scope scope = _use.EnterScope();
        _disposed = true;
        _workspace.Dispose();
        _theta.Dispose();
        _outputs.Dispose();
        _row.Dispose();
    }

    private void Decode()
    {
        for (int s = 0; s < _particles && _decoded is not null; s++)
        {
            for (int k = 0; k < _scores!.Length; k++)
            {
                _scores[k] = _values[((s * _scores.Length) + k) * _row.Stride];
            }

            _ensemble.Components!.Decode(_scores, s % _ensemble.Components.FoldCount, _decoded.AsSpan(s * _targets, _targets));
        }
    }

    private double Standardised(int particle, int target) =>
        _decoded?[(particle * _targets) + target] ?? _values[((particle * _targets) + target) * _row.Stride];

    private void SetMoments(int target)
    {
        Span<double> means = _means.AsSpan(target * _particles, _particles), deviations = _deviations.AsSpan(target * _particles, _particles);
        double sum = 0, squares = 0, noise = 0;
        double centre = _ensemble.TargetScaling.Mean[target], scale = _ensemble.TargetScaling.Scale[target] * _calibration.Shrinkages[target];
        OutputBounds bounds = _calibration.Bounds[target];
        for (int s = 0; s < means.Length; s++)
        {
            means[s] = bounds.Clamp(centre + (scale * Standardised(s, target)));
            sum += means[s];
        }

        double mean = sum / _particles, own = _calibration.EpistemicScales[target], factor = _varianceFunctions[target].FactorAt(mean);
        ReadOnlySpan<double> unscaled = _noise.AsSpan(target * _particles, _particles);
        foreach (double value in means)
        {
            squares += own * own * (value - mean) * (value - mean) / _particles;
        }

        double smoothing = _calibration.Smoothings[target], kernel = smoothing * smoothing * squares, shrink = own * Math.Sqrt(1 - (smoothing * smoothing));
        for (int s = 0; s < means.Length; s++)
        {
            means[s] = mean + (shrink * (means[s] - mean));
            noise += unscaled[s] * unscaled[s] / _particles;
        }

        (double times, double plus) = MixtureTable.Widening(factor, kernel, noise);
        for (int s = 0; s < means.Length; s++)
        {
            deviations[s] = Math.Sqrt((times * unscaled[s] * unscaled[s]) + plus);
        }

        noise *= factor * factor;
        (_mean[target], _epistemic[target], _aleatoric[target]) = (mean, squares, noise);
        if (_transforms?[target] is { IsIdentity: false } transform)
        {
            (_mean[target], _epistemic[target], _aleatoric[target]) = new GaussianMixture(means, deviations, transform).Moments(squares, noise);
        }
    }
}

/// <summary>A <see cref="Predictor"/>'s prediction of one row: a view of its memory, valid until its next call.</summary>
public readonly ref struct RowPrediction
{
    private readonly ReadOnlySpan<double> _means;
    private readonly ReadOnlySpan<double> _deviations;
    private readonly IReadOnlyList<TargetTransform>? _transforms;

    internal RowPrediction(
        ReadOnlySpan<double> mean, ReadOnlySpan<double> aleatoric, ReadOnlySpan<double> epistemic, ReadOnlySpan<double> means, ReadOnlySpan<double> deviations,
        IReadOnlyList<TargetTransform>? transforms)
    {
        _transforms = transforms;
        Mean = mean;
        AleatoricVariance = aleatoric;
        EpistemicVariance = epistemic;
        _means = means;
        _deviations = deviations;
    }

    /// <summary>[target], raw units.</summary>
    public ReadOnlySpan<double> Mean { get; }

    /// <summary>Variance from noise, [target], raw units squared; see <see cref="PredictiveDistribution.AleatoricVariance"/>.</summary>
    public ReadOnlySpan<double> AleatoricVariance { get; }

    /// <summary>Variance from too little data, [target], raw units squared; see <see cref="PredictiveDistribution.EpistemicVariance"/>.</summary>
    public ReadOnlySpan<double> EpistemicVariance { get; }

    /// <summary>The predictive distribution of one target, raw units.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such target.</exception>
    public GaussianMixture Mixture(int target = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(target);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(target, Mean.Length);
        int particles = _means.Length / Mean.Length;
        return new GaussianMixture(_means.Slice(target * particles, particles), _deviations.Slice(target * particles, particles), _transforms?[target]);
    }

    /// <summary>Standard deviation of a new measurement, aleatoric and epistemic, raw units.</summary>
    /// <param name="target">Index of the target.</param>
    public double StandardDeviation(int target = 0) => Math.Sqrt(AleatoricVariance[target] + EpistemicVariance[target]);

    /// <summary>The central interval that contains a new measurement with probability <paramref name="level"/>, raw units.</summary>
    /// <param name="level">Between 0 and 1, exclusive.</param>
    /// <param name="target">Index of the target.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is not between 0 and 1, or there is no such target.</exception>
    public (double Lower, double Upper) Interval(double level, int target = 0)
    {
        (double lower, double upper) = Probabilities.OfInterval(level);
        GaussianMixture mixture = Mixture(target);
        return (mixture.Quantile(lower), mixture.Quantile(upper));
    }
}
