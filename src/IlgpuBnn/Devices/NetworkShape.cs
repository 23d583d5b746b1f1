namespace IlgpuBnn.Devices;

/// <summary>What a device has to know of networks before it runs them.</summary>
/// <param name="Inputs">I.</param>
/// <param name="Outputs">The last layer's units, O of them.</param>
/// <param name="WorkspaceUnits">Units (outputs and stored derivatives of all layers) that one row needs while a gradient is computed.</param>
/// <param name="Parameters">P.</param>
/// <param name="Stride">Floats from a particle to the next: P, padded.</param>
/// <param name="WeightCount">Weights and biases, which are a particle's first parameters.</param>
/// <param name="NoiseOffset">First log noise precision.</param>
/// <param name="NoiseCount">Log noise precisions: 1 (shared), one per output, or none where the noise is not learned.</param>
/// <param name="WeightGroups">Weights and biases under one learned precision; none where the prior learns none.</param>
/// <param name="WeightPrecisionOffset">The g-th group's log precision lies g further.</param>
/// <param name="DenseLayers">
/// The whole network, where it has only dense layers and at most one copy of its inputs, which a device may then run in one go; else empty.
/// </param>
/// <param name="InputCopySlot">Where <paramref name="DenseLayers"/> find that copy; -1 without one.</param>
internal sealed record NetworkShape(
    int Inputs, Units Outputs, int WorkspaceUnits, int Parameters, int Stride, int WeightCount, int NoiseOffset, int NoiseCount,
    IReadOnlyList<WeightGroup> WeightGroups, int WeightPrecisionOffset, IReadOnlyList<DenseTerm> DenseLayers, int InputCopySlot)
{
    /// <summary>Where the log precision of an output's noise lies.</summary>
    public int NoiseIndex(int output) => NoiseOffset + (NoiseCount == 1 ? 0 : output);
}

/// <summary>A run of weights and biases under one precision.</summary>
internal readonly record struct WeightGroup(int Offset, int Count);

/// <summary>Units of a block's workspace, or the inputs of the data: what a layer reads or writes.</summary>
/// <param name="Slot">First of them in the workspace; -1 for the inputs of the data.</param>
/// <param name="Count">How many.</param>
/// <param name="Activation">What they are of their sums.</param>
/// <param name="DerivativeSlot">First unit of their stored derivatives; -1 where the derivative follows from the unit itself.</param>
/// <param name="GradientCount">How many of them, from the first on, a backward pass goes through: not the inputs, nor copies of them.</param>
internal readonly record struct Units(int Slot, int Count, Activation Activation, int DerivativeSlot, int GradientCount)
{
    /// <summary>The inputs of the data.</summary>
    public static Units OfData(int inputs) => new(-1, inputs, Activation.Identity, -1, 0);

    public bool IsData => Slot < 0;

    /// <summary>From a unit to its stored derivative; 0 where there is none.</summary>
    public int DerivativeUnits => DerivativeSlot < 0 ? 0 : DerivativeSlot - Slot;
}

/// <summary>A dense layer: weights [inputs, outputs], row-major, and behind them the biases [outputs].</summary>
/// <param name="Inputs">Units that it reads.</param>
/// <param name="Outputs">Units that it computes.</param>
/// <param name="WeightOffset">Its first weight in a particle.</param>
internal readonly record struct DenseTerm(Units Inputs, Units Outputs, int WeightOffset)
{
    public int BiasOffset => WeightOffset + (Inputs.Count * Outputs.Count);

    public int ParameterCount => (Inputs.Count + 1) * Outputs.Count;
}
