using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>
/// A recurrent layer over the steps of a series: the positions of a line (<see cref="FieldLayer"/>), first to last, whose channels are the step's values. Its state starts
/// at zero in each row. It gives the state after the last step, or the field of all of them.
/// </summary>
/// <param name="Cell">Kind of its units.</param>
/// <param name="Units">At least 1.</param>
/// <param name="Sequence">Whether it gives a field of every step's state; otherwise the last state.</param>
/// <param name="Truncation">Steps that a gradient goes back through, counted from the last; all of them if null.</param>
/// <param name="Masked">
/// Whether the last channel of the network's inputs says which steps there are: where it is below its mean (0 of zeros and ones), the state stays as it was. For series of
/// unequal length, and gaps.
/// </param>
public sealed record Recurrence(RecurrentCell Cell, int Units, bool Sequence = false, int? Truncation = null, bool Masked = false) : Layer
{
    /// <summary>Numbers that say where a series is: state and cell; a GRU has no cell, and leaves them empty.</summary>
    internal int StateCount => 2 * Units;

    private int Gates => Cell == RecurrentCell.Lstm ? 4 : 3;

    /// <exception cref="ArgumentException">There is no field before it, or one that it does not fit.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        FieldShape field = builder.RequireField(this);
        RequireFit(field, builder);
        int steps = field.Width;
        builder.RequireRoom((long)(steps + 1) * Units * 8);
        int sums = Gates * Units;
        int weights = builder.AddParameters("weight", ParameterRole.Weight, field.Channels, field.Channels, sums);
        builder.AddParameters("bias", ParameterRole.Bias, field.Channels, sums);
        int recurrentWeights = builder.AddParameters("recurrent_weight", ParameterRole.Weight, Units, Units, sums);
        builder.AddParameters("recurrent_bias", ParameterRole.Bias, Units, sums);

        FieldUnits ofInputs = Add(builder, sums, steps), states = Add(builder, Units, steps + 1);
        FieldUnits ofStates = Cell == RecurrentCell.Lstm ? ofInputs : Add(builder, sums, steps);
        int cells = Cell == RecurrentCell.Lstm ? builder.AddUnits(Units * (steps + 1)) : -1;
        int gradients = builder.AddUnits(2 * Units);
        var shape = new FieldShape(Units, null, Sequence ? steps : 1);
        var outputs = new Units(builder.AddUnits(shape.Count), shape.Count, Activation.Identity, -1, shape.Count);

        FieldMap sameStep = builder.Link(field, FieldAxis.OfCopies(1, 1), FieldAxis.OfCopies(steps, 1));
        FieldMap stepBefore = builder.Link(new FieldShape(Units, null, steps + 1), FieldAxis.OfCopies(1, 1), FieldAxis.OfCopies(steps, 1));
        var term = new RecurrentTerm(
            Cell == RecurrentCell.Lstm, new ConvolutionTerm(builder.FieldOf(field), ofInputs, sameStep, weights), new ConvolutionTerm(states, ofStates, stepBefore, recurrentWeights), cells,
            gradients, outputs, Sequence, Truncation ?? steps, Masked ? new FieldUnits(Devices.Units.OfData(builder.NetworkInputs), builder.FieldOfData!.Value.Channels, steps, true) : null);
        return new Bound(term, Sequence ? shape : null);
    }

    private void RequireFit(FieldShape field, LayerBuilder builder)
    {
        if (field.Height is not null)
        {
            throw new ArgumentException($"{this} is over the steps of a line, and there is a field of {field} before it. Use field(channels,steps).");
        }

        if (Masked && (builder.FieldOfData is not { } data || data.Channels < 2 || data.Width != field.Width || data.Height is not null))
        {
            throw new ArgumentException(
                $"{this} reads the last channel of the network's inputs, which says what steps there are, and {(builder.FieldOfData is { } found ? $"these are {found}" : "these are no field")}. "
                    + $"Start the network with a field of at least two channels and {field.Width} steps, or leave out masked.");
        }
    }

    private static FieldUnits Add(LayerBuilder builder, int channels, int positions)
    {
        int count = SizeLimits.AddUnits(0, (int)Math.Min((long)channels * positions, int.MaxValue));
        return new FieldUnits(new Units(builder.AddUnits(count), count, Activation.Identity, -1, count), channels, positions, ChannelsFirst: false);
    }

    internal static Layer Parse(LayerWords words)
    {
        RecurrentCell cell = words.Name == "gru" ? RecurrentCell.Gru : RecurrentCell.Lstm;
        int units = words.Units($"{words.Name}(32)");
        bool sequence = words.Flag("sequence"), masked = words.Flag("masked");
        _ = !sequence && words.Flag("last");
        return new Recurrence(cell, units, sequence, words.Truncation(), masked);
    }

    private protected override string Text => FormattableString.Invariant(
        $"{(Cell == RecurrentCell.Gru ? "gru" : "lstm")}({Units},{(Sequence ? "sequence" : "last")}{(Truncation is { } steps ? $",truncate={steps}" : "")}{(Masked ? ",masked" : "")})");

    internal override IEnumerable<string> Problems() => OptionChecks.Problems(
        (Units >= 1, $"A recurrent layer has {Units} units; it needs at least 1."),
        (Truncation is null or >= 1, $"A gradient goes back through {Truncation} steps; it must be at least 1."),
        (Enum.IsDefined(Cell), $"Cell {Cell} is unknown; it must be one of {string.Join(", ", Enum.GetNames<RecurrentCell>())}."));

    private sealed class Bound(RecurrentTerm term, FieldShape? shape) : BoundLayer(term.Outputs)
    {
        public override FieldShape? Shape => shape;

        public override void Forward(ParticleBlock block)
        {
            block.ConvolutionForward(term.OfInputs);
            block.RecurrentForward(term);
        }

        public override void Backward(ParticleBlock block)
        {
            block.RecurrentBackward(term);
            block.ConvolutionBackward(term.OfInputs);
        }
    }
}
