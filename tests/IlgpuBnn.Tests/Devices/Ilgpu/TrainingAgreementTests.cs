using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Reference;
using Xunit;

namespace IlgpuBnn.Tests.Devices.Ilgpu;

/// <summary>The same training on the CPU and on every device that runs the GPU's kernels.</summary>
public sealed class TrainingAgreementTests
{
    private static readonly (int Iterations, double Tolerance)[] Checks = [(1, 5e-6), (10, 1e-3), (100, 1e-2)];

    public static TheoryData<string, Activation, InferenceMethod, int> Cases()
    {
        var data = new TheoryData<string, Activation, InferenceMethod, int>();
        foreach (string device in TestDevices.IlgpuNames)
        {
            data.Add(device, Activation.Tanh, InferenceMethod.Svgd, TestDevices.IsSlow(device) && device != TestDevices.IlgpuCpu ? 10 : 100);
            data.Add(device, Activation.Relu, InferenceMethod.IndependentParticles, TestDevices.IsSlow(device) ? 10 : 100);
        }

        return data;
    }

    // Adam moves every parameter by about 0.01 an iteration whatever its gradient's length: where a gradient is near 0, rounding
    // decides its direction. So the differences grow with the iterations, and are far smaller than the way gone (100 * 0.01).
    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_agrees_with_the_cpu_after_1_10_and_100_iterations(string device, Activation activation, InferenceMethod method, int most)
    {
        var given = new Case(new() { Hidden = [4], Activation = activation, Particles = 3, Method = method, BatchRows = 11, LinearPath = method == InferenceMethod.Svgd }, 3, 2, 21);
        using var actual = new Training(TestDevices.Open(device), given);
        using var reference = new Training(TestDevices.Open("cpu-256"), given);
        foreach ((int iterations, double tolerance) in Checks.Where(check => check.Iterations <= most))
        {
            double[] expected = [.. reference.ParticlesAfter(iterations).Select(value => (double)value)];
            new Tolerance(tolerance, 1e-4).AssertClose(expected, actual.ParticlesAfter(iterations), $"particles on {device} after {iterations}");
        }
    }

    [Fact]
    public void A_repeat_gives_the_same_bits()
    {
        var given = new Case(new() { Hidden = [6], Particles = 3 }, 3, 2, 37);
        foreach (string name in TestDevices.IlgpuNames)
        {
            using Training first = new(TestDevices.Open(name), given), second = new(TestDevices.Open(name), given);
            Assert.Equal(first.ParticlesAfter(3), second.ParticlesAfter(3));
        }
    }

    /// <summary>With shuffled batches where the options ask for them.</summary>
    private sealed class Training : IDisposable
    {
        private readonly DeviceRows _rows;
        private readonly Batches _batches;
        private readonly TrainingStep _step;

        public Training(Device device, Case given)
        {
            _rows = given.Upload(device);
            _batches = new Batches(device, _rows, given.Options.BatchesFor(_rows.Rows), seed: 5);
            _step = new TrainingStep(device, given.Layout, given.Options, _batches.LargestBatch);
            _step.State.Particles.Upload(given.Packed());
        }

        public float[] ParticlesAfter(int iterations)
        {
            while (_step.Iteration < iterations)
            {
                (DeviceRows data, RowRange range, double scale) = _batches.Next();
                _step.Advance(data, range, scale);
            }

            Assert.Null(_step.Failure());
            return _step.State.Particles.ToArray();
        }

        public void Dispose()
        {
            _step.Dispose();
            _batches.Dispose();
            _rows.Dispose();
        }
    }
}
