namespace IlgpuBnn.Networks;

/// <summary>What a parameter is to priors, starting points and files.</summary>
internal enum ParameterRole
{
    /// <summary>Of the units of the layer before.</summary>
    Weight,

    /// <summary>Of the network's inputs, handed on by a skip connection.</summary>
    SkipWeight,

    Bias,

    /// <summary>Logarithm of a noise precision.</summary>
    NoisePrecision,

    /// <summary>Logarithm of a weight precision.</summary>
    WeightPrecision,

    /// <summary>Logarithm of what an input's weights are multiplied by.</summary>
    Relevance,
}

/// <summary>A named run of a particle's parameters.</summary>
/// <param name="Name">In files, e.g. <c>layers.0.weight</c>.</param>
/// <param name="Shape">Row-major; of weights [inputs, units].</param>
/// <param name="FanIn">Inputs of each unit that the parameters belong to; 0 of others.</param>
/// <param name="Offset">Of the first in a particle.</param>
/// <param name="Layer">The layer it belongs to; -1 for none.</param>
internal sealed record ParameterBlock(string Name, ParameterRole Role, IReadOnlyList<int> Shape, int FanIn, int Offset, int Layer = -1)
{
    public int Count => Shape.Aggregate(1, (product, size) => checked(product * size));

    public int End => Offset + Count;
}
