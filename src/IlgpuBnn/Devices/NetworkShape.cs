namespace IlgpuBnn.Devices;

/// <summary>The network and parameters of a particle, as devices see them.</summary>
/// <param name="Inputs">I.</param>
/// <param name="Outputs">Units of the output layer, O of them.</param>
/// <param name="WorkspaceUnits">Units per row for a gradient: outputs and stored derivatives of all layers.</param>
/// <param name="Parameters">P.</param>
/// <param name="Stride">P, padded.</param>
/// <param name="WeightCount">Weights and biases, which are a particle's first parameters.</param>
/// <param name="NoiseOffset">First log noise precision.</param>
/// <param name="NoiseCount">Learned log noise precisions: 1 (shared), one per output, or 0.</param>
/// <param name="WeightGroups">Weights and biases under one learned precision each.</param>
/// <param name="WeightPrecisionOffset">Log precision of the first group; the others follow.</param>
/// <param name="DenseLayers">The whole network, if it has only dense layers and at most <see cref="MaxFusedCopies"/> copies of its inputs; otherwise empty.</param>
/// <param name="InputCopies">These copies.</param>
internal sealed record NetworkShape(
    int Inputs, Units Outputs, int WorkspaceUnits, int Parameters, int Stride, int WeightCount, int NoiseOffset, int NoiseCount,
    IReadOnlyList<WeightGroup> WeightGroups, int WeightPrecisionOffset, IReadOnlyList<DenseTerm> DenseLayers, IReadOnlyList<InputCopy> InputCopies)
{
    /// <summary>Copies of the inputs in a network that a device may run in one go.</summary>
    public const int MaxFusedCopies = 2;

    /// <summary>Whether units are fields.</summary>
    public bool HasFields { get; init; }

    /// <summary>Whether a layer's weights are never trained.</summary>
    public bool IsFrozen(in DenseTerm dense) => dense.WeightOffset >= Parameters;

    /// <summary>Offset of the log precision of an output's noise.</summary>
    public int NoiseIndex(int output) => NoiseOffset + (NoiseCount == 1 ? 0 : output);
}

/// <summary>Contiguous weights and biases under one precision.</summary>
internal readonly record struct WeightGroup(int Offset, int Count);

/// <summary>Units of the workspace, or the inputs of the data, that a layer reads or writes.</summary>
/// <param name="Slot">First unit in the workspace; -1 for the inputs of the data.</param>
/// <param name="Count">Number of units.</param>
/// <param name="Activation">Of these units.</param>
/// <param name="DerivativeSlot">First unit of their stored derivatives; -1 if these follow from the units.</param>
/// <param name="GradientCount">Leading units that are backpropagated: not inputs or copies of them.</param>
internal readonly record struct Units(int Slot, int Count, Activation Activation, int DerivativeSlot, int GradientCount)
{
    public static Units OfData(int inputs) => new(-1, inputs, Activation.Identity, -1, 0);

    public bool IsData => Slot < 0;

    /// <summary>Units of the layer itself; copies of the network's inputs follow.</summary>
    public int OwnCount { get; init; } = Count;

    /// <summary>Some of them, all of which are backpropagated.</summary>
    public Units Part(int first, int count) => new(Slot + first, count, Activation, DerivativeSlot < 0 ? -1 : DerivativeSlot + first, count);

    /// <summary>From a unit to its stored derivative; 0 for none.</summary>
    public int DerivativeUnits => DerivativeSlot < 0 ? 0 : DerivativeSlot - Slot;
}

/// <summary>A copy of the network's inputs in the workspace.</summary>
/// <param name="Slot">First unit.</param>
/// <param name="Scale">Factor of the inputs.</param>
internal readonly record struct InputCopy(int Slot, float Scale);

/// <summary>A dense layer: weights [inputs, outputs], row-major, followed by biases [outputs].</summary>
internal readonly record struct DenseTerm(Units Inputs, Units Outputs, int WeightOffset)
{
    public int BiasOffset => WeightOffset + (Inputs.Count * Outputs.Count);

    public int ParameterCount => (Inputs.Count + 1) * Outputs.Count;
}
