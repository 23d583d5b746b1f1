namespace IlgpuBnn.Posterior;

/// <summary>
/// The prior of an anchored ensemble: every particle has a Gaussian prior of its own, centred at its anchor, which is a draw from the
/// Gaussian prior of all (Pearce et al. 2020, "Uncertainty in neural networks: approximately Bayesian ensembling").
/// </summary>
/// <param name="WeightScale">
/// Standard deviation of a layer's weights times the root of its number of inputs, and of the first layer's biases; half of it is that of
/// other biases. Above 0. Default 1.3. The linear path has 1 in its place.
/// </param>
/// <param name="InputScaleSpread">
/// Standard deviation of the logarithm of the scales that multiply each input, centred so that all inputs together count like one: how much
/// inputs are thought to differ in what they do. Above 0. Default 0.5.
/// </param>
/// <param name="TargetNoise">
/// Standard deviation of the noise that the particles are trained with, and that each particle's targets are moved by, in standard deviations
/// of a target. Above 0. Default 0.05. The noise that a model predicts is another, found on rows that particles have not seen.
/// </param>
public sealed record AnchoredPrior(double WeightScale = 1.3, double InputScaleSpread = 0.5, double TargetNoise = 0.05)
{
    internal IEnumerable<string> Problems()
    {
        foreach ((string name, double value) in new[]
        {
            (nameof(WeightScale), WeightScale), (nameof(InputScaleSpread), InputScaleSpread), (nameof(TargetNoise), TargetNoise),
        })
        {
            if (!(value > 0 && double.IsFinite(value)))
            {
                yield return $"{name} is {value}; it must be above 0 and finite.";
            }
        }
    }
}
