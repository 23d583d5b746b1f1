using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>
/// Hands the network's inputs to the next layer, beside the units of the layer before: behind the last hidden layer the outputs are a linear model
/// of the inputs plus what the hidden units add.
/// </summary>
public sealed record SkipConnection : Layer
{
    /// <exception cref="ArgumentException">It does not stand right behind a dense layer.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        Units inputs = builder.Inputs;
        if (inputs.IsData || inputs.Slot + inputs.GradientCount != builder.UnitCount)
        {
            throw new ArgumentException("A skip connection stands right behind a dense layer: put one before it, or leave it out.");
        }

        int slot = builder.AddUnits(builder.NetworkInputs);
        return new Bound(inputs with { Count = inputs.Count + builder.NetworkInputs }, slot);
    }

    private sealed class Bound(Units outputs, int slot) : BoundLayer(outputs)
    {
        public override int InputCopySlot => slot;

        public override void Forward(ParticleBlock block) => block.CopyInputs(slot);

        // Nobody asks for the gradient of the inputs.
        public override void Backward(ParticleBlock block)
        {
        }
    }
}
