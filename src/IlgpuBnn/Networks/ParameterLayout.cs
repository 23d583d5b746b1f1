using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>Layout of a particle theta: weights and biases, then parameters of likelihood and prior (docs/maths.md, "Posterior").</summary>
/// <remarks>
/// Particles are stored [S, <see cref="Stride"/>]; the padding is zero and stays zero. Behind it lie the numbers that are never trained: whatever goes over a particle's
/// parameters ends before them, and their gradient stays zero.
/// </remarks>
internal sealed class ParameterLayout
{
    /// <param name="noisePrecisions">Learned log noise precisions: 1 (shared), one per output, or 0.</param>
    /// <param name="weightGroups">Weights and biases under one learned precision each; null for none.</param>
    /// <param name="relevances">Log relevances (<see cref="Network.InputWeights"/>), or 0.</param>
    public ParameterLayout(Network network, int noisePrecisions = 0, IReadOnlyList<WeightGroup>? weightGroups = null, int relevances = 0)
    {
        List<ParameterBlock> blocks = [.. network.Blocks];
        Add("log_noise_precision", ParameterRole.NoisePrecision, noisePrecisions);
        Add("log_weight_precision", ParameterRole.WeightPrecision, weightGroups?.Count ?? 0);
        Add("log_relevance", ParameterRole.Relevance, relevances);
        Blocks = blocks;
        ParameterCount = blocks[^1].End;
        Stride = Alignment.Pad(ParameterCount);
        if (network.FrozenCount > 0)
        {
            network = network.WithFrozenAt(Stride);
            Stride = Alignment.Pad(Stride + network.FrozenCount);
        }

        (Network, StoredBlocks) = (network, [.. blocks, .. network.FrozenBlocks]);
        DenseTerm[] dense = [.. network.Layers.SelectMany(layer => layer.DenseTerms)];
        InputCopy[] copies = [.. network.Layers.Where(layer => layer.Copy is not null).Select(layer => layer.Copy!.Value)];
        bool fusable = network.Layers.All(layer => layer.DenseTerms.Count == 1 || layer.Copy is not null) && copies.Length <= NetworkShape.MaxFusedCopies;
        Shape = new NetworkShape(
            network.Inputs, network.Outputs, network.WorkspaceUnits, ParameterCount, Stride, network.WeightCount, OffsetOf(ParameterRole.NoisePrecision),
            noisePrecisions, weightGroups ?? [], OffsetOf(ParameterRole.WeightPrecision), fusable ? dense : [], copies)
        {
            HasFields = network.Layers.Any(layer => layer.Shape is not null),
        };

        void Add(string name, ParameterRole role, int count)
        {
            if (count > 0)
            {
                SizeLimits.AddParameters(blocks[^1].End, [count]);
                blocks.Add(new ParameterBlock(name, role, [count], 0, blocks[^1].End));
            }
        }
    }

    public Network Network { get; }

    /// <summary>In the order of their offsets, contiguous.</summary>
    public IReadOnlyList<ParameterBlock> Blocks { get; }

    /// <summary><see cref="Blocks"/>, then those that are never trained: all that files keep.</summary>
    public IReadOnlyList<ParameterBlock> StoredBlocks { get; }

    /// <summary>P.</summary>
    public int ParameterCount { get; }

    public int Stride { get; }

    public NetworkShape Shape { get; }

    public ParticleShape ShapeOf(int particles) => new(particles, ParameterCount, Stride);

    /// <summary>Numbers of an array [S, <see cref="Stride"/>].</summary>
    /// <exception cref="InsufficientMemoryException">One array cannot hold them.</exception>
    public int LengthOf(int particles) => SizeLimits.ArrayLength("Particles and their parameters", particles, Stride);

    /// <summary>Learned log precisions of a particle: of the noise, then of weights.</summary>
    public int PrecisionCount => Shape.NoiseCount + Shape.WeightGroups.Count;

    /// <summary>Learned log precisions of particles on a device, [S, <see cref="PrecisionCount"/>].</summary>
    /// <param name="particles">theta [S, stride].</param>
    public float[] LogPrecisions(Device device, DeviceBuffer particles) => PrecisionCount == 0 ? []
        : device.Columns(particles, ShapeOf((int)(particles.Length / Stride)), Network.WeightCount, PrecisionCount);

    /// <summary>Log precision of a particle's noise: its own if learned, otherwise the given one or 0.</summary>
    /// <param name="values">theta [S, stride], or <see cref="LogPrecisions"/>.</param>
    /// <param name="first">Where the particle's learned precisions begin.</param>
    public float LogNoisePrecision(ReadOnlySpan<float> values, int first, int output, float? given) =>
        Shape.NoiseCount > 0 ? values[first + (Shape.NoiseCount == 1 ? 0 : output)] : given ?? 0;

    /// <summary>Null for none.</summary>
    public ParameterBlock? Block(ParameterRole role) => Blocks.FirstOrDefault(block => block.Role == role);

    private int OffsetOf(ParameterRole role) => Block(role)?.Offset ?? ParameterCount;
}
