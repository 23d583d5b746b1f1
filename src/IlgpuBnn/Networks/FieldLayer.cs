using System.Text.Json.Serialization;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>
/// Says that the units before it are a field of channels on a grid, for the convolutions behind it. As the first layer the network's inputs are one, in the order of the
/// data's columns: channel by channel, and in each row by row. As the last of several layers the targets are one, in the same order, and no dense layer follows.
/// </summary>
/// <param name="Channels">At least 1.</param>
/// <param name="Height">Rows of the grid, at least 1; null for a line of positions.</param>
/// <param name="Width">Columns of the grid, or positions of the line; at least 1.</param>
[method: JsonConstructor]
public sealed record FieldLayer(int Channels, int? Height, int Width) : Layer
{
    /// <summary>A line of positions.</summary>
    /// <param name="channels">At least 1.</param>
    /// <param name="width">Positions, at least 1.</param>
    public FieldLayer(int channels, int width)
        : this(channels, null, width)
    {
    }

    internal FieldShape Shape => new(Channels, Height, Width);

    /// <exception cref="ArgumentException">The units before it are others.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        if (builder.Inputs.Count != Shape.Count || builder.CopiedInputs > 0)
        {
            throw builder.Inputs.IsData
                ? new ArgumentException($"{this} reads {Shape} = {Shape.Count} inputs, and there are {builder.Inputs.Count}. Give channels and sizes whose product is their number.")
                : new ArgumentException($"{this} is {Shape} = {Shape.Count} units, and {builder.Found} before it. Make both the same.");
        }

        return builder.Shape is { } shape && shape != Shape
            ? throw new ArgumentException($"{this} is {Shape}, and {builder.Found} before it. Remove it, or make both the same.")
            : new Bound(builder.Inputs, Shape);
    }

    /// <summary>Closes a network whose targets are a field.</summary>
    /// <exception cref="ArgumentException">The units before it, or the targets, are others.</exception>
    internal BoundLayer BindOutputs(LayerBuilder builder, int targets)
    {
        BoundLayer units = Bind(builder);
        if (targets != Shape.Count)
        {
            throw new ArgumentException(
                $"The last {this} has {Shape} = {Shape.Count} targets, and there are {targets}. Give channels and sizes whose product is their number, or remove it.");
        }

        if (builder.Inputs.IsData || builder.Inputs.Activation != Activation.Identity)
        {
            throw new ArgumentException(
                $"The layer before the last {this} {(builder.Inputs.IsData ? "is missing" : $"has the activation {LayerWords.Text(builder.Inputs.Activation)}")}, and targets can be "
                    + "any number. Put a layer of activation identity before it, such as conv2d(2,3,identity).");
        }

        // In the workspace a position's channels are adjacent, in the targets a channel's positions.
        return builder.Shape is null ? units : FieldMeans.Bind(
            builder, FieldAxis.OfCopies(Shape.Rows, 1), FieldAxis.OfCopies(Width, 1), Shape, channelsFirst: true);
    }

    internal static Layer Parse(LayerWords words)
    {
        const string example = "field(2,32,32), or field(2,64) for a line";
        int channels = words.Whole("channels", example), first = words.Whole("positions", example);
        return words.MayBeWhole("columns", example) is { } width ? new FieldLayer(channels, first, width) : new FieldLayer(channels, first);
    }

    private protected override string Text => FormattableString.Invariant($"field({Channels},{(Height is { } height ? $"{height}," : "")}{Width})");

    internal override IEnumerable<string> Problems() => OptionChecks.Problems(
        (Channels >= 1 && Height is null or >= 1 && Width >= 1, $"A field is {Shape}; channels and sizes must be at least 1."));

    private sealed class Bound(Units units, FieldShape shape) : BoundLayer(units)
    {
        public override FieldShape? Shape => shape;

        public override void Forward(ParticleBlock block)
        {
        }

        public override void Backward(ParticleBlock block)
        {
        }
    }
}
