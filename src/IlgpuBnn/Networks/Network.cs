using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>A feed-forward network: layers in their places, from the inputs of a table to its outputs.</summary>
internal sealed class Network
{
    /// <param name="layers">The hidden layers; a dense layer of the outputs, without activation, is added.</param>
    /// <exception cref="ArgumentException">A layer cannot stand where it does.</exception>
    public Network(int inputs, IReadOnlyList<Layer> layers, int outputs)
    {
        var builder = new LayerBuilder(inputs);
        Layers = [.. layers.Append(new Dense(outputs, Activation.Identity)).Select(builder.Add)];
        (Inputs, WorkspaceUnits, WeightCount, Blocks) = (inputs, builder.UnitCount, builder.ParameterCount, builder.Blocks);
    }

    /// <summary>I.</summary>
    public int Inputs { get; }

    public Units Outputs => Layers[^1].Outputs;

    public IReadOnlyList<BoundLayer> Layers { get; }

    public int WorkspaceUnits { get; }

    /// <summary>All weights and biases.</summary>
    public int WeightCount { get; }

    /// <summary>Weights and biases, layer by layer, without gaps.</summary>
    public IReadOnlyList<ParameterBlock> Blocks { get; }

    public void Forward(ParticleBlock block)
    {
        for (int layer = 0; layer < Layers.Count; layer++)
        {
            Layers[layer].Forward(block);
        }
    }

    /// <summary>From the gradient of the outputs, in their place, to those of all weights and biases.</summary>
    public void Backward(ParticleBlock block)
    {
        for (int layer = Layers.Count - 1; layer >= 0; layer--)
        {
            Layers[layer].Backward(block);
        }
    }
}
