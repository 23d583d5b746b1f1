using IlgpuBnn.Devices;

namespace IlgpuBnn.Inference;

/// <summary>Adam (Kingma and Ba 2014), climbing along the particles' direction.</summary>
/// <param name="StepSize">alpha; above 0. Null (default) for 0.01, of an anchored ensemble 0.02.</param>
/// <param name="Beta1">Decay of the first moment, in [0, 1). Default 0.9.</param>
/// <param name="Beta2">Decay of the second moment, in [0, 1). Default 0.999.</param>
/// <param name="Epsilon">Added to the root of the second moment; above 0. Default 1e-8.</param>
/// <param name="DecayFraction">Fraction of the iterations of a budget, at their end, over which the step falls to 0 along a line; in [0, 1]. Default 0.4.</param>
public sealed record AdamOptions(
    double? StepSize = null, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double DecayFraction = 0.4)
{
    /// <summary>alpha before it falls.</summary>
    public double StepSizeFor(InferenceMethod method) => StepSize ?? method.DefaultStepSize;

    /// <summary>What alpha is multiplied by in a 1-based iteration out of so many.</summary>
    internal double StepFactor(int iteration, int iterations) =>
        DecayFraction == 0 ? 1 : Math.Min(1, (iterations - iteration + 1) / (DecayFraction * iterations));

    internal AdamStep Step(double stepSize, int iteration) => new(
        (float)stepSize, (float)Beta1, (float)Beta2, (float)Epsilon,
        (float)(1 / (1 - Math.Pow(Beta1, iteration))), (float)(1 / (1 - Math.Pow(Beta2, iteration))));

    internal IEnumerable<string> Problems()
    {
        if (StepSize is { } step && !(step > 0 && double.IsFinite(step)))
        {
            yield return $"StepSize is {StepSize}; it must be above 0 and finite, or null for the default.";
        }

        if (!(Beta1 >= 0 && Beta1 < 1) || !(Beta2 >= 0 && Beta2 < 1))
        {
            yield return $"Beta1 and Beta2 are {Beta1} and {Beta2}; both must be at least 0 and below 1.";
        }

        if (!(DecayFraction >= 0 && DecayFraction <= 1))
        {
            yield return $"DecayFraction is {DecayFraction}; it must be at least 0 and at most 1.";
        }

        if (!(Epsilon > 0 && double.IsFinite(Epsilon)))
        {
            yield return $"Epsilon is {Epsilon}; it must be above 0 and finite.";
        }
    }
}
