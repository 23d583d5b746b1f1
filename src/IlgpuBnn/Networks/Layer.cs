using System.Text.Json.Serialization;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>A layer of a network as a user describes it: immutable, without weights, the same for every particle.</summary>
/// <remarks>
/// A new kind is a record of its own that binds itself to the units before it. Its operations are the device's
/// (<see cref="ParticleBlock"/>), which is why kinds cannot be added from other assemblies.
/// </remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Dense), "dense")]
[JsonDerivedType(typeof(SkipConnection), "skip")]
public abstract record Layer
{
    private protected Layer()
    {
    }

    /// <summary>Finds room for the layer's units and parameters behind the layers before it.</summary>
    /// <exception cref="ArgumentException">The layer cannot stand where it does.</exception>
    internal abstract BoundLayer Bind(LayerBuilder builder);

    /// <summary>What is wrong with the description itself, a sentence each.</summary>
    internal virtual IEnumerable<string> Problems() => [];
}

/// <summary>A layer in its place in a network: it knows which units and parameters are its own.</summary>
/// <param name="outputs">What the next layer reads.</param>
internal abstract class BoundLayer(Units outputs)
{
    public Units Outputs { get; } = outputs;

    /// <summary>Its operation, if it is an ordinary dense layer.</summary>
    public virtual DenseTerm? Dense => null;

    /// <summary>Where it puts a copy of the network's inputs; -1 if it does not.</summary>
    public virtual int InputCopySlot => -1;

    public abstract void Forward(ParticleBlock block);

    /// <summary>Adds to the gradient of the layer's parameters, then puts the gradient of its inputs' sums in their place.</summary>
    public abstract void Backward(ParticleBlock block);
}

/// <summary>Gives layers their units of the workspace and their parameters, in the order of the network.</summary>
internal sealed class LayerBuilder(int networkInputs)
{
    private readonly List<ParameterBlock> _blocks = [];
    private int _layer;

    public int NetworkInputs => networkInputs;

    /// <summary>What the layer reads.</summary>
    public Units Inputs { get; private set; } = Units.OfData(networkInputs);

    /// <summary>Units so far.</summary>
    public int UnitCount { get; private set; }

    /// <summary>Parameters so far.</summary>
    public int ParameterCount { get; private set; }

    public IReadOnlyList<ParameterBlock> Blocks => _blocks;

    /// <returns>The slot of the first.</returns>
    public int AddUnits(int count)
    {
        int slot = UnitCount;
        UnitCount = checked(UnitCount + count);
        return slot;
    }

    /// <param name="name">Of the block within its layer.</param>
    /// <param name="fanIn">Inputs of each unit that the parameters belong to.</param>
    /// <returns>The offset of the first.</returns>
    public int AddParameters(string name, ParameterRole role, int fanIn, params int[] shape)
    {
        int offset = ParameterCount;
        _blocks.Add(new ParameterBlock($"layers.{_layer}.{name}", role, shape, fanIn, offset, _layer));
        ParameterCount = checked(offset + _blocks[^1].Count);
        return offset;
    }

    public BoundLayer Add(Layer layer)
    {
        BoundLayer bound = layer.Bind(this);
        (Inputs, _layer) = (bound.Outputs, _layer + 1);
        return bound;
    }
}
