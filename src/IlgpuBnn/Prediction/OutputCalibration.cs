namespace IlgpuBnn.Prediction;

/// <summary>What rows that particles had left out say about a model's predictions of each target, besides the noise that particles carry.</summary>
/// <param name="SpreadFactors">See <see cref="BayesianNetwork.SpreadFactors"/>.</param>
/// <param name="NoiseSlopes">See <see cref="BayesianNetwork.NoiseSlopes"/>.</param>
/// <param name="Limits">See <see cref="BayesianNetwork.OutputLimits"/>.</param>
internal sealed record OutputCalibration(IReadOnlyList<double> SpreadFactors, IReadOnlyList<double> NoiseSlopes, IReadOnlyList<OutputLimits> Limits)
{
    /// <summary>Predictions as particles make them.</summary>
    public static OutputCalibration None(int targets) => new(
        [.. Enumerable.Repeat(1.0, targets)], new double[targets], [.. Enumerable.Repeat(OutputLimits.None, targets)]);
}
