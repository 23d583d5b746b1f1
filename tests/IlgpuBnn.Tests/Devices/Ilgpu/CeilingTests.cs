using ILGPU;
using IlgpuBnn.Devices.Ilgpu;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Tests.Devices.Ilgpu;

/// <summary>Kernels that say what a device can do at most do what they are timed for.</summary>
public sealed class CeilingTests
{
    [Fact]
    public void A_copy_copies_everything()
    {
        foreach (IlgpuDevice device in Devices())
        {
            float[] values = [.. Enumerable.Range(0, 4 * ((3 * device.Sizes.Line) + 1)).Select(k => (float)k)];
            using var from = new IlgpuBuffer(device, values.Length);
            using var to = new IlgpuBuffer(device, values.Length);
            from.Upload(values);
            (Index3D grid, Index3D group) = device.Sizes.Elements(from.Quads.Length);
            device.Kernels.Copy.Launch(grid, group, new CopyArguments { From = from.Quads, To = to.Quads });
            Assert.Equal(values, to.ToArray());
        }
    }

    [Fact]
    public void Every_multiply_add_that_is_counted_is_done()
    {
        foreach (IlgpuDevice device in Devices())
        {
            int threads = 2 * device.Sizes.Line;
            using var results = new IlgpuBuffer(device, threads);
            device.Kernels.MultiplyAdds.Launch(
                new Index3D(2, 1, 1), new Index3D(device.Sizes.Line, 1, 1), new MultiplyAddsArguments { Results = results.View, Steps = 7, Factor = 0.5f, Term = 3f });

            // Four chains from 3 t, 3 t + 1/2, 3 t + 1 and 3 t + 3/2, each four times; x becomes x / 128 + 6 (1 - 1 / 128). All exact.
            double Chain(double x) => (x / 128) + (6 * (1 - (1 / 128.0)));
            Assert.Equal(
                Enumerable.Range(0, threads).Select(t => 4 * (Chain(3 * t) + Chain((3 * t) + 0.5) + Chain((3 * t) + 1) + Chain((3 * t) + 1.5))),
                results.ToArray().Select(value => (double)value));
        }
    }

    [Fact]
    public void Ceilings_are_measured_on_every_device_with_kernels_and_no_other()
    {
        foreach (IlgpuDevice device in Devices())
        {
            Ceilings ceilings = device.MeasureCeilings()!;
            Assert.All([ceilings.MultiplyAdds, ceilings.Copy, ceilings.CopiedBytes, ceilings.LaunchSeconds], value => Assert.InRange(value, double.Epsilon, double.MaxValue));
        }

        Assert.Null(TestDevices.Open("cpu-256").MeasureCeilings());
    }

    [Fact]
    public void The_ceiling_that_work_meets_first_decides()
    {
        var ceilings = new Ceilings(100, 10, 1, 0);
        Assert.Equal((2, 3), (ceilings.LeastSeconds(200, 10), ceilings.LeastSeconds(200, 30)));
    }

    private static IEnumerable<IlgpuDevice> Devices() => TestDevices.IlgpuNames.ForWholeSteps().Where(name => !name.Contains("layers", StringComparison.Ordinal)).Select(TestDevices.Open).Cast<IlgpuDevice>();
}
