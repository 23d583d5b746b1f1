using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>A layer without parameters: means of each channel over positions.</summary>
internal sealed class FieldMeans(FieldMeanTerm term, FieldShape shape) : BoundLayer(term.Outputs.Units)
{
    public override FieldShape? Shape => shape;

    /// <param name="down">[output row, tap] of the field's rows.</param>
    /// <param name="across">The same of columns.</param>
    /// <param name="channelsFirst">Whether the outputs are in the order of targets.</param>
    /// <exception cref="ArgumentException">There are more units than <see cref="SizeLimits"/> allow.</exception>
    public static FieldMeans Bind(LayerBuilder builder, int[,] down, int[,] across, FieldShape inputs, bool channelsFirst = false)
    {
        FieldUnits from = builder.FieldOf(inputs);
        var shape = new FieldShape(inputs.Channels, inputs.Height is null ? null : down.GetLength(0), across.GetLength(0));
        int count = shape.Count;
        var outputs = new Units(builder.AddUnits(count), count, Activation.Identity, -1, from.Units.GradientCount > 0 ? count : 0);
        return new FieldMeans(
            new FieldMeanTerm(from, new FieldUnits(outputs, shape.Channels, shape.Positions, channelsFirst), builder.Link(inputs, down, across)), shape);
    }

    public override void Forward(ParticleBlock block) => block.FieldMean(term);

    public override void Backward(ParticleBlock block) => block.FieldMeanBackward(term);
}
