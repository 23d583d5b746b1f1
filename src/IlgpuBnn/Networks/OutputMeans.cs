using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>The last layer of a network of branches: a target's output, or the mean of it and that of the target's own branch. No parameters.</summary>
internal sealed class OutputMeans(FieldMeanTerm term) : BoundLayer(term.Outputs.Units)
{
    public override FieldMeanTerm? Means => term;

    /// <param name="targets">Whose outputs come first of the units before.</param>
    /// <param name="apart">Targets whose own branches' outputs follow.</param>
    /// <exception cref="ArgumentException">There are more units than <see cref="SizeLimits"/> allow.</exception>
    public static OutputMeans Bind(LayerBuilder builder, int targets, IReadOnlyList<int> apart)
    {
        var sources = new int[targets, 2];
        for (int o = 0; o < targets; o++)
        {
            (sources[o, 0], sources[o, 1]) = (o, -1);
        }

        for (int branch = 0; branch < apart.Count; branch++)
        {
            sources[apart[branch], 1] = targets + branch;
        }

        var units = new FieldShape(1, null, targets + apart.Count);
        var outputs = new Units(builder.AddUnits(targets), targets, Activation.Identity, -1, targets);
        return new OutputMeans(new FieldMeanTerm(
            builder.FieldOf(units), new FieldUnits(outputs, 1, targets, ChannelsFirst: false), builder.Link(units, new int[1, 1], sources)));
    }

    public override void Forward(ParticleBlock block) => block.FieldMean(term);

    public override void Backward(ParticleBlock block) => block.FieldMeanBackward(term);
}
