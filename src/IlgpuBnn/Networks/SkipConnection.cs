using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>
/// Passes the network's inputs to the next layer, beside the units of the layer before. After the last hidden layer, the outputs are a linear model of
/// the inputs plus the hidden units' part.
/// </summary>
public sealed record SkipConnection : Layer
{
    /// <exception cref="ArgumentException">It does not directly follow a dense layer.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        Units inputs = builder.Inputs;
        if (inputs.IsData || inputs.Slot + inputs.GradientCount != builder.UnitCount)
        {
            throw new ArgumentException("A skip connection does not directly follow a dense layer. Put a dense layer before it, or remove it.");
        }

        int slot = builder.AddUnits(builder.NetworkInputs);
        return new Bound(inputs with { Count = inputs.Count + builder.NetworkInputs }, slot);
    }

    internal static Layer Parse(LayerWords words) => new SkipConnection();

    private protected override string Text => "skip";

    private sealed class Bound(Units outputs, int slot) : BoundLayer(outputs)
    {
        public override int InputCopySlot => slot;

        public override void Forward(ParticleBlock block) => block.CopyInputs(slot);

        // The gradient of the inputs is not needed.
        public override void Backward(ParticleBlock block)
        {
        }
    }
}
