using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>
/// A convolution: at every position activation(bias + weights' inputs around it), with the same weights everywhere. It needs a <see cref="FieldLayer"/> before it, and gives one
/// of as many positions, or of their number divided by the stride and rounded up.
/// </summary>
/// <param name="Filters">Channels of the new field, at least 1.</param>
/// <param name="Size">Positions of a filter along each axis, at least 1; an odd number has a middle.</param>
/// <param name="Activation">Default SiLU.</param>
/// <param name="Padding">What it reads beyond the edge. Default zeros.</param>
/// <param name="Stride">Positions from one filter's place to the next, at least 1. Default 1.</param>
/// <param name="Dimensions">2 (default) on a grid, 1 on a line.</param>
public sealed record Convolution(
    int Filters, int Size, Activation Activation = Activation.Silu, Padding Padding = Padding.Zero, int Stride = 1, int Dimensions = 2) : Layer
{
    private const int MaxSize = 255;

    /// <exception cref="ArgumentException">There is no field before it, or one that it does not fit.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        FieldShape field = builder.RequireField(this);
        RequireFit(field);
        int sizeDown = Dimensions == 1 ? 1 : Size;
        int[,] across = FieldAxis.OfFilter(field.Width, Size, Stride, Padding);
        int[,] down = FieldAxis.OfFilter(field.Rows, sizeDown, Dimensions == 1 ? 1 : Stride, Padding);
        var shape = new FieldShape(Filters, field.Height is null ? null : down.GetLength(0), across.GetLength(0));
        FieldUnits inputs = builder.FieldOf(field);
        Units outputs = Dense.AddUnits(builder, shape.Count, Activation);
        int fanIn = SizeLimits.AddParameters(0, [sizeDown, Size, field.Channels]);
        int offset = builder.AddParameters("weight", ParameterRole.Weight, fanIn, sizeDown, Size, field.Channels, Filters);
        builder.AddParameters("bias", ParameterRole.Bias, fanIn, Filters);
        return new Bound(
            new ConvolutionTerm(
                inputs, new FieldUnits(outputs, Filters, shape.Positions, ChannelsFirst: false), builder.Link(field, down, across), offset), shape);
    }

    private void RequireFit(FieldShape field)
    {
        if (Dimensions != (field.Height is null ? 1 : 2))
        {
            throw new ArgumentException($"{this} is not for the field of {field} before it. Use conv{3 - Dimensions}d.");
        }

        int smallest = Math.Min(field.Width, field.Height ?? field.Width);
        if (Stride > smallest)
        {
            throw new ArgumentException($"{this} has a stride that leaves nothing of the field of {field} before it. Use one of at most {smallest}.");
        }

        if (Padding == Padding.Reflect && !FieldAxis.CanReflect(smallest, Size))
        {
            throw new ArgumentException(
                $"{this} reaches further beyond the edge than the field of {field} before it can be mirrored. Use a size of at most {(2 * smallest) - 1}, or other padding.");
        }
    }

    internal static Layer Parse(LayerWords words)
    {
        int dimensions = words.Name == "conv1d" ? 1 : 2;
        string example = $"{words.Name}(16,3)";
        int filters = words.Whole("filters", example), size = words.Whole("positions", example), stride = words.Stride();
        Padding padding = words.Padding();
        return new Convolution(filters, size, words.Activation(Activation.Silu), padding, stride, dimensions);
    }

    private protected override string Text => FormattableString.Invariant(
        $"conv{Dimensions}d({Filters},{Size},stride={Stride},padding={LayerWords.Text(Padding)},{LayerWords.Text(Activation)})");

    internal override IEnumerable<string> Problems() => OptionChecks.Problems(
        (Filters >= 1, $"A convolution has {Filters} filters; it needs at least 1."),
        (Size is >= 1 and <= MaxSize, $"A filter has {Size} positions along an axis; it must be 1 to {MaxSize}."),
        (Stride >= 1, $"A stride is {Stride}; it must be at least 1."),
        (Dimensions is 1 or 2, $"A convolution has {Dimensions} dimensions; it must be 1 or 2."),
        (Enum.IsDefined(Padding), $"Padding {Padding} is unknown; it must be one of {string.Join(", ", Enum.GetNames<Padding>())}."),
        (Enum.IsDefined(Activation), $"Activation {Activation} is unknown; it must be one of {string.Join(", ", Enum.GetNames<Activation>())}."));

    private sealed class Bound(ConvolutionTerm term, FieldShape shape) : BoundLayer(term.Outputs.Units)
    {
        public override FieldShape? Shape => shape;

        public override void Forward(ParticleBlock block) => block.ConvolutionForward(term);

        public override void Backward(ParticleBlock block) => block.ConvolutionBackward(term);
    }
}
