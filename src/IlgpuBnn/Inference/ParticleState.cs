using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>Device memory of a training: the particles, their gradients and what SVGD and Adam need besides.</summary>
internal sealed class ParticleState : IDisposable
{
    /// <param name="interacting">Whether particles meet each other: if not, distances and direction are of no size.</param>
    public ParticleState(Device device, ParameterLayout layout, int particles, bool interacting = true)
    {
        Shape = new ParticleShape(particles, layout.ParameterCount, layout.Stride);
        long length = (long)particles * layout.Stride;
        Particles = device.Allocate(length);
        Gradients = device.Allocate(length);
        FirstMoment = device.Allocate(length);
        SecondMoment = device.Allocate(length);
        Direction = device.Allocate(interacting ? length : 1);
        Distances = device.AllocateDistances(interacting ? particles : 1);
        Bandwidth = device.Allocate(1);
        Statistics = GradientStatistics.Allocate(device, layout, particles);
    }

    public ParticleShape Shape { get; }

    public DeviceBuffer Particles { get; }

    public DeviceBuffer Gradients { get; }

    public DeviceBuffer Direction { get; }

    public DeviceBuffer FirstMoment { get; }

    public DeviceBuffer SecondMoment { get; }

    /// <summary>[S, S]: squared distances, then what the device makes of them.</summary>
    public DeviceBuffer Distances { get; }

    public DeviceBuffer Bandwidth { get; }

    public GradientStatistics Statistics { get; }

    public void Dispose()
    {
        Particles.Dispose();
        Gradients.Dispose();
        Direction.Dispose();
        FirstMoment.Dispose();
        SecondMoment.Dispose();
        Distances.Dispose();
        Bandwidth.Dispose();
        Statistics.Dispose();
    }
}
