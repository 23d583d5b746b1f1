using IlgpuBnn.Devices;

namespace IlgpuBnn.Priors;

/// <summary>A prior's part of the gradient of a log posterior. This one has none: the likelihood alone.</summary>
internal class PriorGradient : IDisposable
{
    /// <summary>Whether it is the same for all particles.</summary>
    public virtual bool IsShared => true;

    /// <summary>What networks are run with: the particles themselves, unless the prior makes their weights of other parameters.</summary>
    public virtual DeviceBuffer NetworksOf(DeviceBuffer particles) => particles;

    /// <summary>Gamma priors, for the device's own part.</summary>
    public virtual PriorTerm TermOf(int iteration) => new(0, 0, 0, 0, iteration);

    /// <summary>Before the likelihood's gradient: brings <see cref="NetworksOf"/> up to date.</summary>
    public virtual void Prepare(DeviceBuffer particles)
    {
    }

    /// <summary>After it: turns the gradients by networks into those by particles, and adds the prior's.</summary>
    public virtual void Finish(DeviceBuffer particles, DeviceBuffer gradients)
    {
    }

    /// <summary>One value per particle, constants left out.</summary>
    /// <param name="particles">theta [S, stride], as they were when the gradient was computed.</param>
    /// <param name="statistics">What that gradient left behind.</param>
    public virtual double[]? LogDensity(ReadOnlySpan<float> particles, GradientStatistics statistics) => null;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>Checks of options that must be above 0.</summary>
internal static class PositiveNumbers
{
    public static IEnumerable<string> Problems(params (string Name, double Value)[] options) => options
        .Where(option => !(option.Value > 0 && double.IsFinite(option.Value)))
        .Select(option => $"{option.Name} is {option.Value}; it must be above 0 and finite.");
}
