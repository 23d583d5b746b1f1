namespace IlgpuBnn.Networks;

/// <summary>Role of a parameter; precisions and relevances (factors of an input's weights) are stored as logarithms.</summary>
internal enum ParameterRole
{
    Weight,

    /// <summary>Weight of a skip connection.</summary>
    SkipWeight,

    Bias,

    /// <summary>Never trained.</summary>
    Frozen,
    NoisePrecision,
    WeightPrecision,
    Relevance,
}

/// <summary>A named block of a particle's parameters.</summary>
/// <param name="Name">In files, e.g. <c>layers.0.weight</c>.</param>
/// <param name="Shape">Row-major; weights [inputs, units].</param>
/// <param name="FanIn">Inputs of each unit; 0 outside layers.</param>
/// <param name="Offset">Of the first in a particle.</param>
/// <param name="Layer">Its layer; -1 for none.</param>
internal sealed record ParameterBlock(string Name, ParameterRole Role, IReadOnlyList<int> Shape, int FanIn, int Offset, int Layer = -1)
{
    public int Count => Shape.Aggregate(1, (product, size) => checked(product * size));

    public int End => Offset + Count;
}
