namespace IlgpuBnn.Reference;

/// <summary>What a hidden layer applies to each of its sums.</summary>
public enum ReferenceActivation
{
    Identity,
    Relu,
    Tanh,
    Sigmoid,
    Sin,
    Cos,
    Silu,
}

/// <summary>Values and derivatives of the activations, at the sum before the activation.</summary>
public static class ReferenceActivations
{
    public static double Value(this ReferenceActivation activation, double sum) => activation switch
    {
        ReferenceActivation.Identity => sum,
        ReferenceActivation.Relu => sum > 0 ? sum : 0,
        ReferenceActivation.Tanh => Math.Tanh(sum),
        ReferenceActivation.Sigmoid => Sigmoid(sum),
        ReferenceActivation.Sin => Math.Sin(sum),
        ReferenceActivation.Cos => Math.Cos(sum),
        ReferenceActivation.Silu => sum * Sigmoid(sum),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Not an activation."),
    };

    /// <remarks>The derivative of ReLU at 0 is 0, by convention.</remarks>
    public static double Derivative(this ReferenceActivation activation, double sum) => activation switch
    {
        ReferenceActivation.Identity => 1,
        ReferenceActivation.Relu => sum > 0 ? 1 : 0,
        ReferenceActivation.Tanh => 1 - Math.Tanh(sum) * Math.Tanh(sum),
        ReferenceActivation.Sigmoid => Sigmoid(sum) * (1 - Sigmoid(sum)),
        ReferenceActivation.Sin => Math.Cos(sum),
        ReferenceActivation.Cos => -Math.Sin(sum),
        ReferenceActivation.Silu => Sigmoid(sum) + (sum * Sigmoid(sum) * (1 - Sigmoid(sum))),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "Not an activation."),
    };

    private static double Sigmoid(double sum) => 1 / (1 + Math.Exp(-sum));
}
