using System.Runtime.InteropServices;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Prediction;

/// <summary>Trained networks, with the scaling of their inputs and targets. Immutable.</summary>
internal sealed record Ensemble
{
    // Rows predicted at a time: enough to keep a device busy.
    private const int ChunkRows = 2048;

    // Limits the rows of thousands of particles, whose outputs are in memory together.
    private const long MaxOutputs = 1 << 22;

    public required IReadOnlyList<string> InputNames { get; init; }

    public required IReadOnlyList<string> TargetNames { get; init; }

    public required Standardisation InputScaling { get; init; }

    public required Standardisation TargetScaling { get; init; }

    public required ParameterLayout Layout { get; init; }

    public required Likelihood Likelihood { get; init; }

    /// <summary>Log precision of the noise in training; null if learned.</summary>
    public required float? NoiseLogPrecision { get; init; }

    /// <summary>theta [S, stride], for standardised inputs and targets.</summary>
    public required float[] Particles { get; init; }

    /// <summary>What networks' outputs are scores of, a basis for the particles of each fold; null where they are the targets themselves.</summary>
    public OutputComponents? Components { get; init; }

    public int ParticleCount => Particles.Length / Layout.Stride;

    /// <summary>The same networks with some of the targets.</summary>
    public Ensemble Select(IReadOnlyList<int> targets) => this with
    {
        TargetNames = [.. targets.Select(o => TargetNames[o])],
        TargetScaling = TargetScaling.Select(targets),
        Components = (Components ?? throw new InvalidOperationException("Networks without components have an output for every target.")).Select(targets),
    };

    /// <summary>One of the networks, by itself.</summary>
    public Ensemble Particle(int index) => this with
    {
        Particles = Particles[(index * Layout.Stride)..((index + 1) * Layout.Stride)],
        Components = Components?.OfFold(index % Components.FoldCount),
    };

    /// <summary>[particle, target]: noise whose mixture has the likelihood's shape; null for none.</summary>
    /// <remarks>Of components, what the noise of each brings to a target, and what all of them leave out of it.</remarks>
    public float[,]? NoiseLogPrecisions()
    {
        if (!Likelihood.HasNoise)
        {
            return null;
        }

        IReadOnlyList<double> widths = Likelihood.Widths(ParticleCount);
        var result = new float[ParticleCount, TargetNames.Count];
        for (int s = 0; s < ParticleCount; s++)
        {
            for (int o = 0; o < TargetNames.Count; o++)
            {
                result[s, o] = (Components is null ? Layout.LogNoisePrecision(Particles, NoiseOf(s), o, NoiseLogPrecision) : OfComponents(s, o))
                    - (float)(2 * Math.Log(widths[s]));
            }
        }

        return result;

        float OfComponents(int s, int o)
        {
            double[] variances = [.. Enumerable.Range(0, Components.Count).Select(k => Math.Exp(-Layout.LogNoisePrecision(Particles, NoiseOf(s), k, NoiseLogPrecision)))];
            (double carried, double truncated) = Components.Variance(variances, s % Components.FoldCount, o);
            return (float)-Math.Log(Math.Max(carried + truncated, float.Epsilon));
        }
    }

    private int NoiseOf(int particle) => (particle * Layout.Stride) + Layout.Shape.NoiseOffset;

    public IEnumerable<ParameterArray> Parameters() => Layout.StoredBlocks.Select(block =>
    {
        var values = new float[checked(ParticleCount * block.Count)];
        for (int s = 0; s < ParticleCount; s++)
        {
            Particles.AsSpan((s * Layout.Stride) + block.Offset, block.Count).CopyTo(values.AsSpan(s * block.Count));
        }

        return new ParameterArray(block.Name, [ParticleCount, .. block.Shape], values);
    });

    /// <param name="inputs">[row, input], raw units, finite.</param>
    /// <param name="transforms">[target]: of the targets that this ensemble predicts.</param>
    public PredictiveDistribution Predict(double[,] inputs, OutputCalibration calibration, IReadOnlyList<TargetTransform> transforms, Device device) => new(
        TargetNames, Outputs(inputs, calibration.Bounds, calibration.Shrinkages, device), NoiseVariances(calibration), calibration.EpistemicScales,
        VarianceFunctions(calibration), calibration.Smoothings, transforms);

    /// <summary>Predicts mean and variances; the device averages over the particles.</summary>
    /// <param name="inputs">[row, input], raw units, finite.</param>
    public PredictiveMoments PredictMoments(double[,] inputs, OutputCalibration calibration, Device device)
    {
        int targets = TargetNames.Count, particles = ParticleCount;
        double[,] mean = new double[inputs.GetLength(0), targets], epistemic = new double[mean.GetLength(0), targets];
        double[,] aleatoric = new double[mean.GetLength(0), targets], noise = NoiseVariances(calibration);
        double[] noiseOf = [.. Enumerable.Range(0, targets).Select(o => Enumerable.Range(0, particles).Average(s => noise[s, o]))];
        VarianceFunction[] functions = VarianceFunctions(calibration);
        (float[] Lower, float[] Upper) bounds = (
            [.. calibration.Bounds.Select((own, o) => (float)BeforeShrinkage(own.Lower, o))],
            [.. calibration.Bounds.Select((own, o) => (float)BeforeShrinkage(own.Upper, o))]);
        ForChunks(inputs, device, (outputs, rows, first, length) =>
        {
            (float[] scaledMean, float[] scaledVariance) = outputs.ComputeMoments(rows, bounds);
            for (int o = 0; o < targets; o++)
            {
                double scale = TargetScaling.Scale[o] * calibration.Shrinkages[o], own = calibration.EpistemicScales[o];
                for (int n = 0; n < length; n++)
                {
                    int at = (o * rows.Stride) + n;
                    double value = calibration.Bounds[o].Clamp(TargetScaling.Mean[o] + (scale * scaledMean[at])), factor = functions[o].FactorAt(value);
                    mean[first + n, o] = value;
                    epistemic[first + n, o] = scale * scale * own * own * scaledVariance[at];
                    aleatoric[first + n, o] = factor * factor * noiseOf[o];
                }
            }
        });
        return new PredictiveMoments(mean, epistemic, aleatoric);

        // Of outputs that are all drawn to the mean, which lies within any bounds, there is nothing to cut off.
        double BeforeShrinkage(double bound, int o) => calibration.Shrinkages[o] == 0 || double.IsInfinity(bound)
            ? bound < TargetScaling.Mean[o] ? double.NegativeInfinity : double.PositiveInfinity
            : TargetScaling.Standardise(bound, o) / calibration.Shrinkages[o];
    }

    /// <summary>[particle, row, target], raw units.</summary>
    /// <param name="inputs">[row, input], raw units, finite.</param>
    /// <param name="bounds">[target].</param>
    /// <param name="shrinkages">[target].</param>
    public double[,,] Outputs(double[,] inputs, IReadOnlyList<OutputBounds> bounds, IReadOnlyList<double> shrinkages, Device device)
    {
        SizeLimits.ArrayLength("Outputs of particles for rows and targets", ParticleCount, inputs.GetLength(0), TargetNames.Count);
        var result = new double[ParticleCount, inputs.GetLength(0), TargetNames.Count];
        ForChunks(inputs, device, (outputs, rows, first, length) =>
        {
            outputs.Compute(rows);
            Restore(outputs, bounds, shrinkages, result, first, length);
        });
        return result;
    }

    /// <summary>The outputs of some particles for each row, without those of the others for all rows: [k, row, target], raw units.</summary>
    /// <param name="count">Particles for each row.</param>
    /// <param name="particle">The k-th particle for a row.</param>
    /// <inheritdoc cref="Outputs"/>
    public double[,,] SelectOutputs(
        double[,] inputs, IReadOnlyList<OutputBounds> bounds, IReadOnlyList<double> shrinkages, Device device, int count, Func<int, int, int> particle,
        CancellationToken cancellation = default)
    {
        SizeLimits.ArrayLength("Outputs of particles for rows and targets", count, inputs.GetLength(0), TargetNames.Count);
        var result = new double[count, inputs.GetLength(0), TargetNames.Count];
        double[,,]? all = null;
        ForChunks(inputs, device, (outputs, rows, first, length) =>
        {
            cancellation.ThrowIfCancellationRequested();
            if (Components is not null)
            {
                outputs.Compute(rows);
                Parallel.For(0, length, n =>
                {
                    for (int k = 0; k < count; k++)
                    {
                        Decode(outputs, bounds, shrinkages, particle(k, first + n), n, RowOf(result, k, first + n));
                    }
                });
                return;
            }

            if (all?.GetLength(1) != length)
            {
                all = new double[ParticleCount, length, TargetNames.Count];
            }

            outputs.Compute(rows);
            Restore(outputs, bounds, shrinkages, all, 0, length);
            for (int k = 0; k < count; k++)
            {
                for (int n = 0; n < length; n++)
                {
                    int s = particle(k, first + n);
                    for (int o = 0; o < TargetNames.Count; o++)
                    {
                        result[k, first + n, o] = all[s, n, o];
                    }
                }
            }
        });
        return result;
    }

    /// <summary>[particle, target], raw units squared; 0 without noise.</summary>
    public double[,] NoiseVariances(OutputCalibration calibration)
    {
        var variances = new double[ParticleCount, TargetNames.Count];
        for (int s = 0; s < ParticleCount && calibration.NoiseLogPrecisions is not null; s++)
        {
            for (int o = 0; o < TargetNames.Count; o++)
            {
                double scale = TargetScaling.Scale[o];
                variances[s, o] = scale * scale * Math.Exp(-calibration.NoiseLogPrecisions[s, o]);
            }
        }

        return variances;
    }

    public VarianceFunction[] VarianceFunctions(OutputCalibration calibration) =>
        [.. calibration.LogSdSlopes.Select((slope, o) => new VarianceFunction(TargetScaling.Mean[o], TargetScaling.Scale[o], slope))];

    private delegate void ChunkWork(EnsembleOutputs outputs, DeviceRows rows, int first, int length);

    /// <summary>Standardises and uploads rows chunk by chunk.</summary>
    private void ForChunks(double[,] inputs, Device device, ChunkWork work)
    {
        int rows = inputs.GetLength(0), chunk = Math.Clamp((int)(MaxOutputs / ((long)ParticleCount * Layout.Network.Outputs.Count)), 1, ChunkRows);
        chunk = Math.Min(chunk, Math.Max(rows, 1));
        using DeviceBuffer particles = device.Allocate(Particles.Length);
        particles.Upload(Particles);
        using DeviceRows deviceRows = DeviceRows.Empty(device, chunk, InputNames.Count, 0);
        using var outputs = new EnsembleOutputs(device, Layout, particles, ParticleCount, chunk);
        var column = new float[deviceRows.Stride];
        for (int first = 0; first < rows; first += chunk)
        {
            int length = Math.Min(chunk, rows - first);
            for (int i = 0; i < InputNames.Count; i++)
            {
                for (int n = 0; n < length; n++)
                {
                    column[n] = ScaledInput(inputs[first + n, i], first + n, i);
                }

                deviceRows.Inputs.Upload(column, (long)i * deviceRows.Stride);
            }

            work(outputs, deviceRows, first, length);
        }
    }

    /// <exception cref="ArgumentException">The value is not finite.</exception>
    public float ScaledInput(double value, int row, int input) => double.IsFinite(value)
        ? (float)InputScaling.Standardise(value, input)
        : throw new ArgumentException($"inputs[{row}, {input}] (\"{InputNames[input]}\") is {value}. Inputs must be finite.");

    private void Restore(
        EnsembleOutputs outputs, IReadOnlyList<OutputBounds> bounds, IReadOnlyList<double> shrinkages, double[,,] result, int first, int length)
    {
        if (Components is not null)
        {
            Parallel.For(0, outputs.Particles, s =>
            {
                for (int n = 0; n < length; n++)
                {
                    Decode(outputs, bounds, shrinkages, s, n, RowOf(result, s, first + n));
                }
            });
            return;
        }

        int targets = TargetNames.Count, rows = result.GetLength(1);
        Span<double> all = MemoryMarshal.CreateSpan(ref result[0, 0, 0], result.Length);
        for (int s = 0; s < outputs.Particles; s++)
        {
            for (int o = 0; o < targets; o++)
            {
                double mean = TargetScaling.Mean[o], scale = TargetScaling.Scale[o] * shrinkages[o];
                OutputBounds own = bounds[o];
                bool bounded = own != OutputBounds.None;
                ReadOnlySpan<float> scaled = outputs.Of(s, o)[..length];
                Span<double> restored = all[((((s * rows) + first) * targets) + o)..];
                for (int n = 0; n < scaled.Length; n++)
                {
                    double value = mean + (scale * scaled[n]);
                    restored[n * targets] = bounded ? own.Clamp(value) : value;
                }
            }
        }
    }

    /// <summary>A particle's targets of one row, from its scores.</summary>
    /// <param name="result">[target], raw units.</param>
    private void Decode(
        EnsembleOutputs outputs, IReadOnlyList<OutputBounds> bounds, IReadOnlyList<double> shrinkages, int particle, int row, Span<double> result)
    {
        Span<double> scores = stackalloc double[Components!.Count];
        for (int k = 0; k < scores.Length; k++)
        {
            scores[k] = outputs.Of(particle, k)[row];
        }

        Components.Decode(scores, particle % Components.FoldCount, result);
        for (int o = 0; o < result.Length; o++)
        {
            result[o] = bounds[o].Clamp(TargetScaling.Mean[o] + (TargetScaling.Scale[o] * shrinkages[o] * result[o]));
        }
    }

    private static Span<double> RowOf(double[,,] values, int particle, int row) => MemoryMarshal.CreateSpan(ref values[particle, row, 0], values.GetLength(2));
}
