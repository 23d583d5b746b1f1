namespace IlgpuBnn.Tests.Devices.Ilgpu;

/// <summary>The same training on the CPU and on every device that runs the GPU's kernels.</summary>
[Long]
public sealed class TrainingAgreementTests
{
    private static readonly (int Iterations, double Tolerance)[] Checks = [(1, 5e-6), (10, 1e-3), (100, 1e-2)];

    public static TheoryData<string, Activation, InferenceMethod, int> Cases()
    {
        var data = new TheoryData<string, Activation, InferenceMethod, int>();
        foreach (string device in TestDevices.IlgpuNames.ForWholeSteps())
        {
            data.Add(device, Activation.Tanh, new Svgd { Particles = 3 }, TestDevices.IsSlow(device) && device != TestDevices.SmallestGroups ? 10 : 100);
            data.Add(device, Activation.Sigmoid, new AnchoredEnsemble { Particles = 3 }, TestDevices.IsSlow(device) ? 10 : 100);
            data.Add(device, Activation.Relu, new IndependentParticles { Particles = 3 }, TestDevices.IsSlow(device) ? 10 : 100);
        }

        return data;
    }

    // Adam moves every parameter by about 0.01 an iteration whatever its gradient's length: where a gradient is near 0, rounding
    // decides its direction. So the differences grow with the iterations, and are far smaller than the way gone (100 * 0.01).
    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_agrees_with_the_cpu_after_1_10_and_100_iterations(string device, Activation activation, InferenceMethod method, int most)
    {
        // Two batches; where that is slow, of fewer rows.
        int rows = TestDevices.IsSlow(device) ? 21 : 73;
        var options = new TrainingOptions { HiddenUnits = [9, 6], SkipConnection = true, Activation = activation, Method = method, BatchSize = (rows + 1) / 2 };
        var given = new Case(options, 4, 3, rows);
        using var actual = new Run(TestDevices.Open(device), given);
        using var reference = new Run(TestDevices.Open("cpu-256"), given);
        foreach ((int iterations, double tolerance) in Checks.Where(check => check.Iterations <= most))
        {
            double[] expected = [.. reference.ParticlesAfter(iterations).Select(value => (double)value)];
            new Tolerance(tolerance, 1e-4).AssertClose(expected, actual.ParticlesAfter(iterations), $"particles on {device} after {iterations}");
        }
    }

    [Fact]
    public void A_repeat_gives_the_same_bits()
    {
        Case given = Case.Common(new() { Method = new Svgd { Particles = 3 } });
        foreach (string name in TestDevices.IlgpuNames.ForWholeSteps())
        {
            using Run first = new(TestDevices.Open(name), given), second = new(TestDevices.Open(name), given);
            Assert.Equal(first.ParticlesAfter(2), second.ParticlesAfter(2));
        }
    }

    /// <summary>With shuffled batches where the options ask for them.</summary>
    private sealed class Run : IDisposable
    {
        private readonly DeviceRows _rows;
        private readonly Batches _batches;
        private readonly ISampler _sampler;

        public Run(Device device, Case given)
        {
            _rows = given.Upload(device);
            _batches = new Batches(device, _rows, given.Options.BatchesFor(_rows.Rows), seed: 5);
            _sampler = given.Start(device, _batches.LargestBatch);
        }

        public float[] ParticlesAfter(int iterations)
        {
            while (_sampler.Iteration < iterations)
            {
                _sampler.Step(_batches.Next(), 0.01, 1);
            }

            Assert.Null(_sampler.Failure());
            return _sampler.Particles.ToArray();
        }

        public void Dispose()
        {
            _sampler.Dispose();
            _batches.Dispose();
            _rows.Dispose();
        }
    }
}
