using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>A feed-forward network: bound layers.</summary>
internal sealed class Network
{
    private readonly IReadOnlyList<Layer> _hidden;

    /// <param name="layers">The hidden layers; a linear output layer is added.</param>
    /// <exception cref="ArgumentException">A layer cannot follow those before it, or the network is larger than <see cref="SizeLimits"/> allow.</exception>
    public Network(int inputs, IReadOnlyList<Layer> layers, int outputs)
        : this(inputs, layers, outputs, 0)
    {
    }

    private Network(int inputs, IReadOnlyList<Layer> layers, int outputs, int frozenOffset)
    {
        SizeLimits.RequireInputs(inputs);
        SizeLimits.RequireLayers(layers.Count + 1);
        var builder = new LayerBuilder(inputs, frozenOffset);
        Layers = [.. layers.Append(new Dense(outputs, Activation.Identity)).Select(builder.Add)];
        (Inputs, WorkspaceUnits, WeightCount, Blocks) = (inputs, builder.UnitCount, builder.ParameterCount, builder.Blocks);
        (_hidden, FrozenBlocks, FrozenCount) = (layers, builder.FrozenBlocks, builder.FrozenCount);
    }

    /// <summary>I.</summary>
    public int Inputs { get; }

    public Units Outputs => Layers[^1].Outputs;

    public IReadOnlyList<BoundLayer> Layers { get; }

    public int WorkspaceUnits { get; }

    /// <summary>All weights and biases.</summary>
    public int WeightCount { get; }

    /// <summary>Weights and biases, layer by layer, contiguous.</summary>
    public IReadOnlyList<ParameterBlock> Blocks { get; }

    /// <summary>Numbers of a particle that are never trained, contiguous.</summary>
    public IReadOnlyList<ParameterBlock> FrozenBlocks { get; }

    public int FrozenCount { get; }

    /// <summary>The same network, whose frozen numbers begin at another offset of the particle.</summary>
    public Network WithFrozenAt(int offset) => new(Inputs, _hidden, Outputs.Count, offset);

    /// <summary>Draws a particle's frozen numbers.</summary>
    /// <param name="particle">[stride]; changed.</param>
    public void DrawFrozen(Random random, Span<float> particle)
    {
        foreach (BoundLayer layer in Layers)
        {
            layer.DrawFrozen(random, particle);
        }
    }

    public void Forward(ParticleBlock block)
    {
        for (int layer = 0; layer < Layers.Count; layer++)
        {
            Layers[layer].Forward(block);
        }
    }

    /// <summary>Backpropagates the gradient of the outputs, which has replaced them.</summary>
    public void Backward(ParticleBlock block)
    {
        for (int layer = Layers.Count - 1; layer >= 0; layer--)
        {
            Layers[layer].Backward(block);
        }
    }
}
