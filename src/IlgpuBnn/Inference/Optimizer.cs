using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>How particles climb along a direction: <see cref="AdamOptions"/> or <see cref="GradientDescent"/>.</summary>
public abstract record Optimizer
{
    private protected Optimizer()
    {
    }

    /// <summary>Buffers of one number per parameter that it keeps between iterations.</summary>
    internal abstract int Moments { get; }

    /// <summary>Step size before its decay.</summary>
    public abstract double StepSizeFor(InferenceMethod method);

    /// <summary>Step size in a 1-based iteration, along the gradient of the log density of all rows.</summary>
    /// <param name="rows">Training rows.</param>
    internal abstract double StepAt(InferenceMethod method, int rows, int iteration, int iterations);

    /// <summary>One step of ascent.</summary>
    /// <param name="moments">[S, stride] each; 0 before the first iteration.</param>
    /// <param name="iteration">From 1.</param>
    internal abstract void Step(
        Device device, DeviceBuffer particles, DeviceBuffer direction, IReadOnlyList<DeviceBuffer> moments, ParticleShape shape, double stepSize, int iteration);

    /// <summary>The same step for a device that takes it with the gradient; null where none does.</summary>
    internal virtual AdamTerm? TermOf(IReadOnlyList<DeviceBuffer> moments, double stepSize, int iteration) => null;

    /// <summary>Options out of range, a sentence each.</summary>
    internal abstract IEnumerable<string> Problems();

    /// <summary>Factor of the step size, which decays linearly to 0 over the final fraction of a budget.</summary>
    private protected static double Decay(double fraction, int iteration, int iterations) =>
        fraction == 0 ? 1 : Math.Min(1, (iterations - iteration + 1) / (fraction * iterations));

    private protected static (bool IsSound, string Problem)[] Shared(double? stepSize, double decayFraction) =>
    [
        (OptionChecks.IsPositive(stepSize ?? 1), $"StepSize is {stepSize}; it must be above 0 and finite, or null for the default."),
        (decayFraction is >= 0 and <= 1, $"DecayFraction is {decayFraction}; it must be at least 0 and at most 1."),
    ];
}
