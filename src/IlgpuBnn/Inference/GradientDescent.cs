using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>
/// Gradient descent with momentum (Polyak 1964) on the negative log density per training row: v = momentum v + gradient, then a step of
/// <see cref="StepSize"/> times v.
/// </summary>
/// <remarks>
/// Its steps are as long as gradients are, so a step size that suits one table, network or noise diverges on another; Adam's do not depend on it.
/// </remarks>
/// <param name="StepSize">Above 0. Null (default) for 0.04 times the variance of the training noise (anchored ensemble), 0.002 (independent particles), 0.002 S (SVGD), 0.03 (deterministic).</param>
/// <param name="Momentum">In [0, 1); 0 for plain gradient descent. Default 0.9.</param>
/// <param name="DecayFraction">Final fraction of a budget's iterations over which the step size decays linearly to 0; in [0, 1]. Default 0.4.</param>
public sealed record GradientDescent(double? StepSize = null, double Momentum = 0.9, double DecayFraction = 0.4) : Optimizer
{
    internal override int Moments => 1;

    /// <summary>The step size before its decay.</summary>
    public override double StepSizeFor(InferenceMethod method) => StepSize ?? method.DefaultDescentStep;

    internal override double StepAt(InferenceMethod method, int rows, int iteration, int iterations) =>
        StepSizeFor(method) * Decay(DecayFraction, iteration, iterations) / rows;

    internal override void Step(
        Device device, DeviceBuffer particles, DeviceBuffer direction, IReadOnlyList<DeviceBuffer> moments, ParticleShape shape, double stepSize, int iteration) =>
        device.MomentumStep(particles, direction, moments[0], shape, (float)stepSize, (float)Momentum);

    internal override IEnumerable<string> Problems() => OptionChecks.Problems(
    [
        .. Shared(StepSize, DecayFraction),
        (Momentum is >= 0 and < 1, $"Momentum is {Momentum}; it must be at least 0 and below 1."),
    ]);
}
