using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>
/// A first layer sin(kappa w . v + b) with fixed kappa: weights w of ordinary size, and steps of Adam in w of ordinary effect, reach high frequencies (Wang and Lai
/// 2024, "Multi-stage neural networks: function approximator of machine precision"). First layer only.
/// </summary>
/// <param name="Units">At least 1.</param>
/// <param name="Kappa">Factor of the weights; above 0, at most <see cref="FourierFeatures.MaxKappa"/>. Default 1, a dense layer of sines. Null for what
/// out-of-fold rows choose of 1, 3, 10, 30 and 100: an anchored ensemble only.</param>
public sealed record Sine(int Units, double? Kappa = 1) : Layer
{
    internal static Layer Parse(LayerWords words) => new Sine(words.Units("sine(50,kappa=10)"), words.Kappa(1));

    /// <remarks>The layer reads a copy of the inputs times kappa: its products and their gradients are then those of a dense layer.</remarks>
    /// <exception cref="ArgumentException">It is not the first layer.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        if (!builder.Inputs.IsData)
        {
            throw new ArgumentException("A sine layer is not the first layer. Put it first, or use a dense layer with activation sin.");
        }

        var copy = new InputCopy(builder.AddUnits(builder.NetworkInputs), (float)(Kappa ?? 1));
        Units inputs = builder.Inputs with { Slot = copy.Slot }, outputs = Dense.AddUnits(builder, Units, Activation.Sin);
        return new Bound(new DenseTerm(inputs, outputs, Dense.AddParameters(builder, inputs.Count, Units)), copy);
    }

    internal override IEnumerable<string> Problems() => OptionChecks.Problems(
        (Units >= 1, $"A sine layer has {Units} units; it needs at least 1."),
        (FourierFeatures.IsKappa(Kappa), $"Kappa is {Kappa}; it must be above 0, at most {FourierFeatures.MaxKappa}."));

    private protected override string Text => FormattableString.Invariant($"sine({Units},kappa={LayerWords.Text(Kappa)})");

    private sealed class Bound(DenseTerm term, InputCopy copy) : BoundLayer(term.Outputs)
    {
        public override IReadOnlyList<DenseTerm> DenseTerms { get; } = [term];

        public override InputCopy? Copy => copy;

        public override void Forward(ParticleBlock block)
        {
            block.CopyInputs(copy);
            block.DenseForward(term);
        }

        public override void Backward(ParticleBlock block) => block.DenseBackward(term);
    }
}
