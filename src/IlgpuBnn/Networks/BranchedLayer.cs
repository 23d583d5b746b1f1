using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>A layer of a network of branches: a dense layer for each branch, of its own units before it, side by side.</summary>
/// <remarks>
/// The first branch is the network of all targets; then comes one for each target apart, and <see cref="OutputMeans"/> join them. The first layer of all branches apart is
/// one dense layer of the network's inputs.
/// </remarks>
internal sealed class BranchedLayer : BoundLayer
{
    private readonly DenseTerm[] _terms;

    private BranchedLayer(Units outputs, DenseTerm[] terms)
        : base(outputs) => _terms = terms;

    public override IReadOnlyList<DenseTerm> DenseTerms => _terms;

    /// <summary>Weights of the network's inputs, if it is the first layer.</summary>
    public IReadOnlyList<InputWeights> InputWeights { get; private init; } = [];

    /// <summary>Units of a hidden layer of a branch apart: half as many as of the first branch.</summary>
    public static int UnitsApart(int units) => (units + 1) / 2;

    /// <summary>All layers of the network, in order.</summary>
    /// <param name="hidden">Of the first branch.</param>
    /// <param name="targets">Number of them.</param>
    /// <param name="apart">Targets with a branch of their own: distinct, rising, at least one.</param>
    /// <exception cref="ArgumentException">The network is larger than <see cref="SizeLimits"/> allow.</exception>
    public static IEnumerable<BoundLayer> BindAll(LayerBuilder builder, IReadOnlyList<Dense> hidden, int targets, IReadOnlyList<int> apart)
    {
        (int First, int Apart) before = default;
        foreach (Dense layer in hidden)
        {
            (int First, int Apart) own = (layer.Units, UnitsApart(layer.Units));
            yield return builder.Add(Bind(builder, before, own, layer.Activation, apart.Count));
            before = own;
        }

        yield return builder.Add(Bind(builder, before, (targets, 1), Activation.Identity, apart.Count));
        yield return builder.Add(OutputMeans.Bind(builder, targets, apart));
    }

    /// <param name="before">Units of a branch in the layer before; not read by the first layer.</param>
    /// <param name="own">Units of a branch.</param>
    private static BranchedLayer Bind(LayerBuilder builder, (int First, int Apart) before, (int First, int Apart) own, Activation activation, int branches)
    {
        Units inputs = builder.Inputs, outputs = Dense.AddUnits(builder, (int)Math.Min(own.First + ((long)branches * own.Apart), int.MaxValue), activation);
        Units first = outputs.Part(0, own.First);
        if (inputs.IsData)
        {
            var shared = new DenseTerm(inputs, first, AddParameters("", inputs.Count, own.First));
            var joint = new DenseTerm(inputs, outputs.Part(own.First, branches * own.Apart), AddParameters("apart.", inputs.Count, branches * own.Apart));
            return new BranchedLayer(outputs, [shared, joint])
            {
                // Weights of the branches apart are [input, branch, unit].
                InputWeights = [new(shared.WeightOffset, inputs.Count, own.First), new(joint.WeightOffset, inputs.Count * branches, own.Apart)],
            };
        }

        List<DenseTerm> terms = [new DenseTerm(inputs.Part(0, before.First), first, AddParameters("", before.First, own.First))];
        for (int branch = 0; branch < branches; branch++)
        {
            terms.Add(new DenseTerm(
                inputs.Part(before.First + (branch * before.Apart), before.Apart), outputs.Part(own.First + (branch * own.Apart), own.Apart),
                AddParameters($"apart.{branch}.", before.Apart, own.Apart)));
        }

        return new BranchedLayer(outputs, [.. terms]);

        int AddParameters(string branch, int fanIn, int units)
        {
            int offset = builder.AddParameters($"{branch}weight", ParameterRole.Weight, fanIn, fanIn, units);
            builder.AddParameters($"{branch}bias", ParameterRole.Bias, fanIn, units);
            return offset;
        }
    }

    public override void Forward(ParticleBlock block)
    {
        // In the order of their units: the pass of a single row writes whole vectors, and what these have too many the next overwrites.
        foreach (DenseTerm term in _terms)
        {
            block.DenseForward(term);
        }
    }

    public override void Backward(ParticleBlock block)
    {
        foreach (DenseTerm term in _terms)
        {
            block.DenseBackward(term);
        }
    }
}

/// <summary>Weights of the network's inputs, each of which has a relevance (<see cref="Priors.AnchoredPrior.RelevanceSd"/>).</summary>
/// <param name="Offset">Of the first.</param>
/// <param name="Relevances">One for each input, and of branches apart for each input and branch.</param>
/// <param name="Units">Weights of one relevance, which are adjacent.</param>
internal readonly record struct InputWeights(int Offset, int Relevances, int Units);
