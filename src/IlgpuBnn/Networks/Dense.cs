using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>A fully connected layer: activation(bias + weights' inputs).</summary>
/// <param name="Units">At least 1.</param>
/// <param name="Activation">Default SiLU.</param>
public sealed record Dense(int Units, Activation Activation = Activation.Silu) : Layer
{
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        // Derivatives before outputs: a skip connection follows the outputs.
        int derivatives = Activation is Activation.Sin or Activation.Cos or Activation.Silu ? builder.AddUnits(Units) : -1;
        var outputs = new Units(builder.AddUnits(Units), Units, Activation, derivatives, Units);
        Units inputs = builder.Inputs;
        int copies = inputs.IsData ? 0 : inputs.Count - inputs.GradientCount;
        int offset = builder.AddParameters("weight", ParameterRole.Weight, inputs.Count, inputs.Count - copies, Units);
        if (copies > 0)
        {
            builder.AddParameters("skip_weight", ParameterRole.SkipWeight, inputs.Count, copies, Units);
        }

        builder.AddParameters("bias", ParameterRole.Bias, inputs.Count, Units);
        return new Bound(new DenseTerm(inputs, outputs, offset));
    }

    internal static Layer Parse(LayerWords words) => new Dense(words.Units("dense(50,tanh)"), words.Activation(Activation.Silu));

    private protected override string Text => $"dense({Units},{LayerWords.Text(Activation)})";

    internal override IEnumerable<string> Problems() => OptionChecks.Problems(
        (Units >= 1, $"A dense layer has {Units} units; it needs at least 1."),
        (Enum.IsDefined(Activation), $"Activation {Activation} is unknown; it must be one of {string.Join(", ", Enum.GetNames<Activation>())}."));

    private sealed class Bound(DenseTerm term) : BoundLayer(term.Outputs)
    {
        public override DenseTerm? Dense => term;

        public override void Forward(ParticleBlock block) => block.DenseForward(term);

        public override void Backward(ParticleBlock block) => block.DenseBackward(term);
    }
}
