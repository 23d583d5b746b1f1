namespace IlgpuBnn;

/// <summary>Activation of hidden units with weighted sum z. The output layer is always linear.</summary>
public enum Activation
{
    /// <summary>z.</summary>
    Identity,

    /// <summary>max(0, z); its derivative at 0 is 0.</summary>
    Relu,

    /// <summary>tanh z.</summary>
    Tanh,

    /// <summary>1 / (1 + exp(-z)).</summary>
    Sigmoid,

    /// <summary>sin z.</summary>
    Sin,

    /// <summary>cos z.</summary>
    Cos,

    /// <summary>z / (1 + exp(-z)), a smooth ReLU (Elfwing et al. 2018; also called swish).</summary>
    Silu,
}
