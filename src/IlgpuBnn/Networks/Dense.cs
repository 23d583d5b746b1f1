using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>A fully connected layer: activation(bias + weights' inputs).</summary>
/// <param name="Units">At least 1.</param>
/// <param name="Activation">Default SiLU.</param>
public sealed record Dense(int Units, Activation Activation = Activation.Silu) : Layer
{
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        Units inputs = builder.Inputs, outputs = AddUnits(builder, Units, Activation);
        return new Bound(new DenseTerm(inputs, outputs, AddParameters(builder, inputs.Count, Units)));
    }

    /// <summary>Outputs of a layer with this activation.</summary>
    internal static Units AddUnits(LayerBuilder builder, int units, Activation activation)
    {
        // Derivatives before outputs: a skip connection follows the outputs.
        int derivatives = activation is Activation.Sin or Activation.Cos or Activation.Silu ? builder.AddUnits(units) : -1;
        return new Units(builder.AddUnits(units), units, activation, derivatives, units);
    }

    /// <summary>Weights and biases.</summary>
    /// <returns>The offset of the first.</returns>
    internal static int AddParameters(LayerBuilder builder, int inputs, int units)
    {
        int copies = builder.CopiedInputs, offset = builder.AddParameters("weight", ParameterRole.Weight, inputs, inputs - copies, units);
        if (copies > 0)
        {
            builder.AddParameters("skip_weight", ParameterRole.SkipWeight, inputs, copies, units);
        }

        builder.AddParameters("bias", ParameterRole.Bias, inputs, units);
        return offset;
    }

    internal static Layer Parse(LayerWords words) => new Dense(words.Units("dense(50,tanh)"), words.Activation(Activation.Silu));

    private protected override string Text => $"dense({Units},{LayerWords.Text(Activation)})";

    internal override IEnumerable<string> Problems() => OptionChecks.Problems(
        (Units >= 1, $"A dense layer has {Units} units; it needs at least 1."),
        (Enum.IsDefined(Activation), $"Activation {Activation} is unknown; it must be one of {string.Join(", ", Enum.GetNames<Activation>())}."));

    private sealed class Bound(DenseTerm term) : BoundLayer(term.Outputs)
    {
        public override IReadOnlyList<DenseTerm> DenseTerms { get; } = [term];

        public override void Forward(ParticleBlock block) => block.DenseForward(term);

        public override void Backward(ParticleBlock block) => block.DenseBackward(term);
    }
}
