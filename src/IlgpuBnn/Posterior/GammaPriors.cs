namespace IlgpuBnn.Posterior;

/// <summary>Gamma priors, in shape and rate, of the two kinds of precision (the paper, Eq. 2: shapes 1, rates 0.1).</summary>
/// <param name="WeightShape">a0, of the weight precision lambda; above 0. Default 1.</param>
/// <param name="WeightRate">b0, of the weight precision lambda; above 0. Default 0.1.</param>
/// <param name="NoiseShape">a1, of the noise precision gamma; above 0. Default 1.</param>
/// <param name="NoiseRate">b1, of the noise precision gamma; above 0. Default 0.1.</param>
public sealed record GammaPriors(double WeightShape = 1.0, double WeightRate = 0.1, double NoiseShape = 1.0, double NoiseRate = 0.1)
{
    internal IEnumerable<string> Problems()
    {
        foreach ((string name, double value) in new[]
        {
            (nameof(WeightShape), WeightShape), (nameof(WeightRate), WeightRate),
            (nameof(NoiseShape), NoiseShape), (nameof(NoiseRate), NoiseRate),
        })
        {
            if (!(value > 0 && double.IsFinite(value)))
            {
                yield return $"{name} is {value}; it must be above 0 and finite.";
            }
        }
    }
}
