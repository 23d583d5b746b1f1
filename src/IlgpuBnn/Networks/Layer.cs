using System.Text.Json.Serialization;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>Description of a layer, without weights.</summary>
/// <remarks>Closed to other assemblies, as its operations are the device's (<see cref="ParticleBlock"/>).</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Dense), "dense")]
[JsonDerivedType(typeof(SkipConnection), "skip")]
[JsonDerivedType(typeof(FourierFeatures), "fourier")]
[JsonDerivedType(typeof(Sine), "sine")]
[JsonDerivedType(typeof(FieldLayer), "field")]
[JsonDerivedType(typeof(Convolution), "convolution")]
[JsonDerivedType(typeof(Pooling), "pool")]
[JsonDerivedType(typeof(Resizing), "resize")]
[JsonDerivedType(typeof(Recurrence), "recurrence")]
public abstract record Layer
{
    private protected Layer()
    {
    }

    /// <summary>Allocates the layer's units and parameters.</summary>
    /// <exception cref="ArgumentException">The layer cannot follow those before it.</exception>
    internal abstract BoundLayer Bind(LayerBuilder builder);

    /// <summary>Options out of range, a sentence each.</summary>
    internal virtual IEnumerable<string> Problems() => [];

    /// <summary>Its text in a <see cref="NetworkDescription"/>, with every setting.</summary>
    public sealed override string ToString() => Text;

    private protected abstract string Text { get; }
}

/// <summary>A layer of a network, with its units and parameters.</summary>
/// <param name="outputs">Units that the next layer reads.</param>
internal abstract class BoundLayer(Units outputs)
{
    public Units Outputs { get; } = outputs;

    /// <summary>One of a dense layer, several of <see cref="BranchedLayer">branches</see>; otherwise none.</summary>
    public virtual IReadOnlyList<DenseTerm> DenseTerms => [];

    /// <summary>Of <see cref="OutputMeans"/>; otherwise null.</summary>
    public virtual FieldMeanTerm? Means => null;

    /// <summary>Its copy of the network's inputs; null for none.</summary>
    public virtual InputCopy? Copy => null;

    /// <summary>Of the outputs, if they are a field; null otherwise.</summary>
    public virtual FieldShape? Shape => null;

    public abstract void Forward(ParticleBlock block);

    /// <summary>Draws what a particle has of its own and is never trained; nothing in most layers.</summary>
    public virtual void DrawFrozen(Random random, Span<float> particle)
    {
    }

    /// <summary>Adds to the gradient of the layer's parameters, then replaces its inputs by the gradient of their sums.</summary>
    public abstract void Backward(ParticleBlock block);
}

/// <summary>Allocates units of the workspace and parameters to layers, in the order of the network.</summary>
/// <param name="frozenOffset">Of the first number that is not trained.</param>
internal sealed class LayerBuilder(int networkInputs, int frozenOffset)
{
    private readonly List<ParameterBlock> _blocks = [];
    private readonly List<ParameterBlock> _frozen = [];
    private int _layer;
    private int _links;

    public int NetworkInputs => networkInputs;

    /// <summary>Units that the next layer reads.</summary>
    public Units Inputs { get; private set; } = Units.OfData(networkInputs);

    /// <summary>Of <see cref="Inputs"/>, if they are a field.</summary>
    public FieldShape? Shape { get; private set; }

    /// <summary>That the network's inputs are; null if they are none.</summary>
    public FieldShape? FieldOfData { get; private set; }

    /// <summary>What there is before a layer, for messages.</summary>
    public string Found => Shape is { } shape ? $"there is a field of {shape}" : $"there are {Inputs.Count} units";

    /// <summary>How many of <see cref="Inputs"/>, the last, are copies of the network's inputs for a skip connection.</summary>
    public int CopiedInputs => Inputs.IsData ? 0 : Inputs.Count - Inputs.OwnCount;

    public int UnitCount { get; private set; }

    public int ParameterCount { get; private set; }

    public IReadOnlyList<ParameterBlock> Blocks => _blocks;

    public int FrozenCount { get; private set; }

    public IReadOnlyList<ParameterBlock> FrozenBlocks => _frozen;

    /// <returns>The slot of the first.</returns>
    /// <exception cref="ArgumentException">There are more than <see cref="SizeLimits"/> allow.</exception>
    public int AddUnits(int count)
    {
        int slot = UnitCount;
        UnitCount = SizeLimits.AddUnits(slot, count);
        return slot;
    }

    /// <param name="name">Of the block within its layer.</param>
    /// <param name="fanIn">Inputs of each unit.</param>
    /// <returns>The offset of the first.</returns>
    /// <exception cref="ArgumentException">There are more than <see cref="SizeLimits"/> allow.</exception>
    public int AddParameters(string name, ParameterRole role, int fanIn, params int[] shape)
    {
        int offset = ParameterCount;
        ParameterCount = SizeLimits.AddParameters(offset, shape);
        _blocks.Add(new ParameterBlock($"layers.{_layer}.{name}", role, shape, fanIn, offset, _layer));
        return offset;
    }

    /// <summary>Numbers of a particle that are never trained, and that no prior, distance between particles or count of parameters knows.</summary>
    /// <returns>The offset of the first.</returns>
    /// <exception cref="ArgumentException">There are more than <see cref="SizeLimits"/> allow.</exception>
    public int AddFrozen(string name, params int[] shape)
    {
        int offset = frozenOffset + FrozenCount;
        FrozenCount = SizeLimits.AddParameters(offset, shape) - frozenOffset;
        _frozen.Add(new ParameterBlock($"layers.{_layer}.{name}", ParameterRole.Frozen, shape, 0, offset, _layer));
        return offset;
    }

    public BoundLayer Add(Layer layer) => Add(layer.Bind(this));

    /// <summary>Goes on behind a layer that is bound.</summary>
    public BoundLayer Add(BoundLayer bound)
    {
        (Inputs, Shape, _layer) = (bound.Outputs, bound.Shape, _layer + 1);
        FieldOfData = Inputs.IsData ? Shape : FieldOfData;
        return bound;
    }

    /// <exception cref="ArgumentException">The inputs of a layer are no field.</exception>
    public FieldShape RequireField(Layer layer) => Shape ?? throw new ArgumentException(
        $"{layer} has no field before it: {Found}. Say which field they are, as in field(2,32,32), directly before it.");

    /// <exception cref="ArgumentException">There are more units than <see cref="SizeLimits"/> allow.</exception>
    public void RequireRoom(long units) => SizeLimits.AddUnits(UnitCount, (int)Math.Min(units, int.MaxValue));

    /// <summary>What of the field of <see cref="Inputs"/> the next one reads.</summary>
    /// <param name="down">[output row, tap]: the row that is read, -1 for none.</param>
    /// <param name="across">The same of columns.</param>
    /// <exception cref="ArgumentException">There are more links than <see cref="SizeLimits"/> allow.</exception>
    public FieldMap Link(FieldShape inputs, int[,] down, int[,] across)
    {
        _links = SizeLimits.AddLinks(_links, (long)down.Length * across.Length);
        return new FieldMap(down, across, inputs.Rows, inputs.Width);
    }

    /// <summary><see cref="Inputs"/> as a field of this shape.</summary>
    public FieldUnits FieldOf(FieldShape shape) => new(Inputs, shape.Channels, shape.Positions, Inputs.IsData);
}
