using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>
/// Passes the network's inputs to the next layer, beside the units of the layer before. After the last hidden layer, the outputs are a linear model of
/// the inputs plus the hidden units' part.
/// </summary>
public sealed record SkipConnection : Layer
{
    /// <exception cref="ArgumentException">It does not directly follow a layer of units.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        Units inputs = builder.Inputs;
        if (inputs.IsData || builder.CopiedInputs > 0)
        {
            throw new ArgumentException("A skip connection does not directly follow a layer of units. Put a dense layer before it, or remove it.");
        }

        var copy = new InputCopy(builder.AddUnits(builder.NetworkInputs), 1);
        return new Bound(inputs with { Count = inputs.Count + builder.NetworkInputs }, copy);
    }

    internal static Layer Parse(LayerWords words) => new SkipConnection();

    private protected override string Text => "skip";

    private sealed class Bound(Units outputs, InputCopy copy) : BoundLayer(outputs)
    {
        public override InputCopy? Copy => copy;

        public override void Forward(ParticleBlock block) => block.CopyInputs(copy);

        // The gradient of the inputs is not needed.
        public override void Backward(ParticleBlock block)
        {
        }
    }
}
