using System.Diagnostics;
using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Measures a device's ceilings with kernels of our own: <see cref="Ceiling"/>.</summary>
internal sealed class CeilingLaunches(IlgpuDevice device)
{
    // As many groups as the other kernels ask for, twice, so that the last round is a small part.
    private const int GroupsPerMultiprocessor = 16;
    private const int FirstSteps = 16, MostSteps = 1 << 20;
    private const long FirstBytes = 1 << 16, MostBytes = 1 << 29;
    private const int Repeats = 5;

    // A twentieth of it are launches of 20 microseconds ten times.
    private const double LongEnough = 0.004;

    public Ceilings Measure()
    {
        using MemoryBuffer1D<float, Stride1D.Dense> results = device.AllocateMemory<float>((long)GroupsPerMultiprocessor * device.Multiprocessors * device.Sizes.Line);
        double launch = Best(() => MultiplyAdds(results.View.SubView(0, device.Sizes.Line), 0), 4 * Repeats);
        (long copied, double copySeconds) = MeasureCopy();
        return new Ceilings(MeasureMultiplyAdds(results.View, launch), 2 * copied / Less(copySeconds, launch), copied, launch);
    }

    private double MeasureMultiplyAdds(ArrayView<float> results, double launch)
    {
        int steps = FirstSteps;
        while (Once(() => MultiplyAdds(results, steps)) < LongEnough && steps < MostSteps)
        {
            steps *= 2;
        }

        return 2.0 * Ceiling.Chains * steps * results.Length / Less(Best(() => MultiplyAdds(results, steps), Repeats), launch);
    }

    /// <summary>The bytes of a copy that takes long enough, or of the largest, and the seconds of it.</summary>
    private (long Bytes, double Seconds) MeasureCopy()
    {
        long most = Math.Clamp(device.Description.MemoryBytes / 8, FirstBytes, MostBytes);
        for (long bytes = FirstBytes; ; bytes *= 2)
        {
            using IlgpuBuffer from = new(device, bytes / sizeof(float)), to = new(device, bytes / sizeof(float));
            double seconds = Best(() => Copy(from.Quads, to.Quads), Repeats);
            if (seconds >= LongEnough || 2 * bytes > most)
            {
                return (bytes, seconds);
            }
        }
    }

    private void MultiplyAdds(ArrayView<float> results, int steps)
    {
        (Index3D grid, Index3D group) = device.Sizes.Elements(results.Length);
        device.Kernels.MultiplyAdds.Launch(grid, group, new MultiplyAddsArguments { Results = results, Steps = steps, Factor = 0.9999f, Term = 1e-4f });
    }

    private void Copy(ArrayView<Float4> from, ArrayView<Float4> to)
    {
        (Index3D grid, Index3D group) = device.Sizes.Elements(from.Length);
        device.Kernels.Copy.Launch(grid, group, new CopyArguments { From = from, To = to });
    }

    /// <summary>The least of several, after one that may compile the kernel.</summary>
    private double Best(Action launch, int repeats)
    {
        Once(launch);
        return Enumerable.Range(0, repeats).Min(_ => Once(launch));
    }

    private double Once(Action launch)
    {
        device.Wait();
        long started = Stopwatch.GetTimestamp();
        launch();
        device.Wait();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    // Where a launch takes longer than what it does, nothing can be told: the rate is then too low, not too high.
    private static double Less(double seconds, double launch) => seconds > 2 * launch ? seconds - launch : seconds;
}
