namespace IlgpuBnn.Tests.Devices;

/// <summary>Steps of gradient descent with momentum.</summary>
public sealed class MomentumTests
{
    // Around a vector, a group of threads and the padding; the last is more than one thread of a processor does alone.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(9, 300)]
    [InlineData(40, 2100)]
    public void Steps_agree_with_the_oracle(int count, int parameters)
    {
        foreach (string name in count > 9 ? TestDevices.Processors : TestDevices.WithoutLayers)
        {
            Device device = TestDevices.Open(name);
            var random = new Random(3);
            int stride = Alignment.Pad(parameters);
            var shape = new ParticleShape(count, parameters, stride);
            double[][] theta = Case.Vectors(random, count, parameters, 1);
            var oracle = new ReferenceMomentum(count, parameters, 0.05, 0.8);
            using DeviceBuffer particles = device.Allocate(count * stride), direction = device.Allocate(count * stride), velocity = device.Allocate(count * stride);
            particles.Upload(Case.Pack(theta, stride));
            velocity.Clear();
            for (int iteration = 0; iteration < 5; iteration++)
            {
                double[][] phi = Case.Vectors(random, count, parameters, 2);
                direction.Upload(Case.Pack(phi, stride));
                device.MomentumStep(particles, direction, velocity, shape, 0.05f, 0.8f);
                oracle.Ascend(theta, phi);
                new Tolerance(2e-6, 2e-6).AssertClose(theta, Case.Unpack(particles.ToArray(), parameters, stride), $"particles on {name} after {iteration + 1}");
            }
        }
    }

    [Fact]
    public void Numbers_too_small_for_their_format_become_0_on_a_processor()
    {
        foreach (string name in TestDevices.Processors)
        {
            using DeviceBuffer particles = TestDevices.Open(name).Allocate(16), direction = TestDevices.Open(name).Allocate(16), velocity = TestDevices.Open(name).Allocate(16);
            float[] tiny = [.. Enumerable.Repeat(1e-40f, 16)];
            particles.Upload(tiny);
            velocity.Upload(tiny);
            direction.Clear();
            TestDevices.Open(name).MomentumStep(particles, direction, velocity, new ParticleShape(1, 16, 16), 0.01f, 0.9f);
            Assert.Equal(new float[16], particles.ToArray());
            Assert.Equal(new float[16], velocity.ToArray());
        }
    }

    [Fact]
    public void Methods_train_with_it_as_far_as_they_should()
    {
        Dataset data = Runs.Smooth(80);
        InferenceMethod[] methods =
        [
            new AnchoredEnsemble { Particles = 8, Folds = 4 }, new Svgd { Particles = 6 }, new IndependentParticles { Particles = 4 }, new Deterministic(),
        ];
        foreach (InferenceMethod method in methods)
        {
            var options = new TrainingOptions { HiddenUnits = [12], Method = method, MaxIterations = 1500, GradientDescent = new GradientDescent() };
            BayesianNetwork model = BayesianNetwork.Fit(data, options);
            double[,] mean = model.Predict(data.Inputs).Mean;
            double error = Enumerable.Range(0, data.RowCount).Average(n => Math.Pow(mean[n, 0] - data.Targets[n, 0], 2));
            double average = Enumerable.Range(0, data.RowCount).Average(n => data.Targets[n, 0]);
            double variance = Enumerable.Range(0, data.RowCount).Average(n => Math.Pow(average - data.Targets[n, 0], 2));
            Assert.True(error < 0.1 * variance, $"{method.GetType().Name}: {error / variance}");
        }
    }

    [Fact]
    public void Wrong_options_are_told() => Assert.Equal(
        ["StepSize is 0; it must be above 0 and finite, or null for the default.", "DecayFraction is 2; it must be at least 0 and at most 1.", "Momentum is 1; it must be at least 0 and below 1."],
        new GradientDescent(0, 1, 2).Problems());
}
