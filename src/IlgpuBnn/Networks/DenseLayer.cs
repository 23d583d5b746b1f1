namespace IlgpuBnn.Networks;

/// <summary>One dense layer and where its parameters lie in a particle.</summary>
/// <param name="Inputs">Units it reads: those of the layer before, then, in the last layer of a network with a linear path, the network's inputs.</param>
/// <param name="Outputs">Units it computes.</param>
/// <param name="Activation">Applied to each output.</param>
/// <param name="WeightOffset">First weight; weights are [Inputs, Outputs], row-major, biases [Outputs] follow them.</param>
/// <param name="OutputSlot">First of its outputs among all units of a network's workspace.</param>
/// <param name="DerivativeSlot">First unit of its stored derivatives; -1 where the derivative follows from the output itself.</param>
internal sealed record DenseLayer(int Inputs, int Outputs, Activation Activation, int WeightOffset, int OutputSlot, int DerivativeSlot)
{
    public int BiasOffset => WeightOffset + (Inputs * Outputs);

    public int End => BiasOffset + Outputs;

    public int ParameterCount => (Inputs + 1) * Outputs;

    /// <summary>sin, cos and SiLU: the derivative cannot be told from the output.</summary>
    public static bool StoresDerivative(Activation activation) => activation is Activation.Sin or Activation.Cos or Activation.Silu;
}
