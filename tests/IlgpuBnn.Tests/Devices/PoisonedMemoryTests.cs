using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Devices.Ilgpu;
using Device = IlgpuBnn.Devices.Device;

namespace IlgpuBnn.Tests.Devices;

/// <summary>All tests run on poisoned memory (<see cref="ViewAssertions.Install"/>): what reads before it writes gives NaN.</summary>
public sealed class PoisonedMemoryTests
{
    [Fact]
    public void New_memory_shows_who_reads_it_before_writing()
    {
        foreach (string name in TestDevices.WithoutLayers)
        {
            Device device = TestDevices.Open(name);
            using DeviceBuffer particles = device.Allocate(16), direction = device.Allocate(16), first = device.Allocate(16), second = device.Allocate(16);
            Assert.All(particles.ToArray(), value => Assert.True(float.IsNaN(value), name));

            particles.Clear();
            direction.Clear();
            second.Clear();
            AdamStep();
            Assert.All(particles.ToArray(), value => Assert.True(float.IsNaN(value), name));

            particles.Clear();
            first.Clear();
            AdamStep();
            Assert.Equal(new float[16], particles.ToArray());

            using DeviceBuffer velocity = device.Allocate(16);
            MomentumStep();
            Assert.All(particles.ToArray(), value => Assert.True(float.IsNaN(value), name));

            void MomentumStep() => device.MomentumStep(particles, direction, velocity, new ParticleShape(1, 16, 16), 0.01f, 0.9f);
            void AdamStep() => device.AdamStep(particles, direction, first, second, new ParticleShape(1, 16, 16), new AdamStep(0.01f, 0.9f, 0.999f, 1e-8f, 1, 1));
        }
    }

    [Fact]
    public void New_integers_are_minus_1()
    {
        foreach (string name in TestDevices.IlgpuNames)
        {
            using MemoryBuffer1D<int, Stride1D.Dense> memory = ((IlgpuDevice)TestDevices.Open(name)).AllocateMemory<int>(3);
            Assert.Equal([-1, -1, -1], memory.GetAsArray1D());
        }
    }
}
