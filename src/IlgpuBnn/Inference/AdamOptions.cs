using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>Options of Adam (Kingma and Ba 2014).</summary>
/// <param name="StepSize">alpha; above 0. Null (default) for 0.01, or 0.02 for an anchored ensemble.</param>
/// <param name="Beta1">Decay of the first moment, in [0, 1). Default 0.9.</param>
/// <param name="Beta2">Decay of the second moment, in [0, 1). Default 0.999.</param>
/// <param name="Epsilon">Added to the root of the second moment; above 0. Default 1e-8.</param>
/// <param name="DecayFraction">Final fraction of a budget's iterations over which the step size decays linearly to 0; in [0, 1]. Default 0.4.</param>
public sealed record AdamOptions(
    double? StepSize = null, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double DecayFraction = 0.4) : Optimizer
{
    internal override int Moments => 2;

    /// <summary>alpha before its decay.</summary>
    public override double StepSizeFor(InferenceMethod method) => StepSize ?? method.DefaultStepSize;

    /// <summary>Factor of alpha in a 1-based iteration.</summary>
    internal double StepFactor(int iteration, int iterations) => Decay(DecayFraction, iteration, iterations);

    internal override double StepAt(InferenceMethod method, int rows, int iteration, int iterations) =>
        StepSizeFor(method) * StepFactor(iteration, iterations);

    internal override void Step(
        Device device, DeviceBuffer particles, DeviceBuffer direction, IReadOnlyList<DeviceBuffer> moments, ParticleShape shape, double stepSize, int iteration) =>
        device.AdamStep(particles, direction, moments[0], moments[1], shape, Step(stepSize, iteration));

    internal override AdamTerm? TermOf(IReadOnlyList<DeviceBuffer> moments, double stepSize, int iteration) => new(moments[0], moments[1], Step(stepSize, iteration));

    internal AdamStep Step(double stepSize, int iteration) => new(
        (float)stepSize, (float)Beta1, (float)Beta2, (float)Epsilon,
        (float)(1 / (1 - Math.Pow(Beta1, iteration))), (float)(1 / (1 - Math.Pow(Beta2, iteration))));

    internal override IEnumerable<string> Problems() => OptionChecks.Problems(
    [
        .. Shared(StepSize, DecayFraction),
        (Beta1 is >= 0 and < 1 && Beta2 is >= 0 and < 1, $"Beta1 and Beta2 are {Beta1} and {Beta2}; both must be at least 0 and below 1."),
        (OptionChecks.IsPositive(Epsilon), $"Epsilon is {Epsilon}; it must be above 0 and finite."),
    ]);
}
