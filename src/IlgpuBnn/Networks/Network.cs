using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>A feed-forward network: bound layers.</summary>
internal sealed class Network
{
    /// <summary>Beyond it, a Cholesky factorisation takes longer than what it saves.</summary>
    public const int MaxSolvedInputs = 256;

    private readonly IReadOnlyList<Layer> _hidden;
    private readonly IReadOnlyList<int> _apart;

    /// <param name="layers">The hidden layers; a linear output layer is added, unless the last of several is a <see cref="FieldLayer"/>.</param>
    /// <param name="apart">Targets with a <see cref="BranchedLayer">branch</see> of their own, rising; the hidden layers are then dense. Null for none.</param>
    /// <exception cref="ArgumentException">A layer cannot follow those before it, or the network is larger than <see cref="SizeLimits"/> allow.</exception>
    public Network(int inputs, IReadOnlyList<Layer> layers, int outputs, IReadOnlyList<int>? apart = null)
        : this(inputs, layers, outputs, apart ?? [], 0)
    {
    }

    private Network(int inputs, IReadOnlyList<Layer> layers, int outputs, IReadOnlyList<int> apart, int frozenOffset)
    {
        SizeLimits.RequireInputs(inputs);
        SizeLimits.RequireLayers(layers.Count + 1);
        var builder = new LayerBuilder(inputs, frozenOffset);
        Layers = apart.Count > 0 ? [.. BranchedLayer.BindAll(builder, [.. layers.Cast<Dense>()], outputs, apart)] :
        [
            .. layers.SkipLast(FieldOfOutputs(layers) is null ? 0 : 1).Select(builder.Add),
            FieldOfOutputs(layers) is { } last ? builder.Add(last.BindOutputs(builder, outputs)) : builder.Add(new Dense(outputs, Activation.Identity)),
        ];
        (Inputs, WorkspaceUnits, WeightCount, Blocks) = (inputs, builder.UnitCount, builder.ParameterCount, builder.Blocks);
        (_hidden, _apart, FrozenBlocks, FrozenCount) = (layers, apart, builder.FrozenBlocks, builder.FrozenCount);
    }

    /// <summary>The field that a network's inputs are; null if they are none.</summary>
    public static FieldLayer? FieldOfInputs(IReadOnlyList<Layer> layers) => layers is [FieldLayer first, ..] ? first : null;

    /// <summary>The field that a network's targets are; null if they are none.</summary>
    public static FieldLayer? FieldOfOutputs(IReadOnlyList<Layer> layers) => layers is [_, .., FieldLayer last] ? last : null;

    /// <summary>A network of as many inputs and targets as its layers say, or of one: whether layers can follow each other.</summary>
    /// <exception cref="ArgumentException">They cannot, or the network is too large.</exception>
    public static Network OfLayers(IReadOnlyList<Layer> layers) =>
        new(FieldOfInputs(layers)?.Shape.Count ?? 1, layers, FieldOfOutputs(layers)?.Shape.Count ?? 1);

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

    /// <summary>Those of a dense first layer of the inputs, each of which then has weights of its own; otherwise none.</summary>
    public IReadOnlyList<InputWeights> InputWeights => Layers[0] is BranchedLayer branches ? branches.InputWeights
        : FrozenCount == 0 && Blocks[0].Shape is [var inputs, var units] && inputs == Inputs ? [new InputWeights(Blocks[0].Offset, inputs, units)]
        : [];

    /// <summary>A dense output layer behind hidden ones, of at most <see cref="MaxSolvedInputs"/> inputs; null if there is none.</summary>
    public OutputSystem? SolvableOutputs =>
        Layers is [.., { DenseTerms: [{ Inputs: { IsData: false, Count: <= MaxSolvedInputs } } term] }] ? new OutputSystem(term) : null;

    /// <summary>The same network, whose frozen numbers begin at another offset of the particle.</summary>
    public Network WithFrozenAt(int offset) => new(Inputs, _hidden, Outputs.Count, _apart, offset);

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
