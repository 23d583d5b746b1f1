namespace IlgpuBnn.Networks;

/// <summary>Parameters of one kind, of all particles.</summary>
/// <param name="Name">As in model files, e.g. <c>layers.0.weight</c>.</param>
/// <param name="Shape">[particle, ...]; weights [particle, input, unit].</param>
/// <param name="Values">Row-major, for standardised inputs and targets.</param>
public sealed record ParameterArray(string Name, IReadOnlyList<int> Shape, IReadOnlyList<float> Values);
