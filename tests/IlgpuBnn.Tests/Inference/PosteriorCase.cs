namespace IlgpuBnn.Tests.Inference;

/// <summary>What must hold of a posterior whatever its layers and its likelihood are.</summary>
internal sealed class PosteriorCase
{
    // N/B: a batch of two thirds of the rows.
    private const double Scale = 1.5;

    private static readonly Device _device = TestDevices.Open("cpu-256");

    private readonly Case _given;

    // [particle][parameter], representable as floats.
    private readonly double[][] _particles;

    private PosteriorCase(TrainingOptions options, int inputs, int outputs, int rows)
    {
        _given = new Case(options, inputs, outputs, rows, missingFraction: rows == 1 ? 0 : 0.2);

        // A seed that leaves no ReLU at its kink.
        var random = new Random(3);
        _particles = [.. Enumerable.Range(0, 3).Select(_ => Case.Vector(random, _given.Layout.ParameterCount + _given.Posterior.Network.FrequencyCount, 0.6))];
    }

    /// <summary>Inputs, outputs and rows: one of each, fewer than a vector has lanes, and primes.</summary>
    public static void ForShapes(TrainingOptions options, Action<PosteriorCase> check)
    {
        foreach ((int inputs, int outputs, int rows) in new[] { (1, 1, 1), (3, 2, 7), (7, 5, 31) })
        {
            check(new PosteriorCase(
                options, Network.FieldOfInputs(options.HiddenLayers)?.Shape.Count ?? inputs, Network.FieldOfOutputs(options.HiddenLayers)?.Shape.Count ?? outputs, rows));
        }
    }

    public static PosteriorCase Of(TrainingOptions options, int inputs, int outputs, int rows) => new(options, inputs, outputs, rows);

    /// <summary>In vector loops, and by the kernels of a GPU.</summary>
    public void AssertGradientIsTheOracles()
    {
        ReferencePosterior oracle = _given.Posterior;
        double[][] padded = Padded(), expected = [.. padded.Select(theta => _given.Own(oracle.Gradient(theta, _given.Inputs, _given.Targets, TotalRows)))];
        double[] expectedDensities = [.. padded.Select(theta => oracle.LogDensity(theta, _given.Inputs, _given.Targets, TotalRows))];

        // Sums over rows and units in single precision.
        double largest = expected.Max(own => own.Max(Math.Abs));
        foreach (Device device in new[] { _device, TestDevices.Open(TestDevices.SmallestGroups) })
        {
            (double[][] gradients, double[] densities) = Evaluate(device, _particles);
            new Tolerance(1e-5 + (1e-6 * largest), 2e-5).AssertClose(expected, gradients, $"gradient on {device.Description.Name}");
            new Tolerance(1e-4, 1e-5).AssertClose(expectedDensities, densities, $"log density on {device.Description.Name}");
        }
    }

    /// <summary>Needs no oracle: gradient and log density belong together.</summary>
    public void AssertGradientIsThatOfTheLogDensity()
    {
        const float Step = 1f / 512;
        double[] theta = _particles[0];
        int trained = _given.Layout.ParameterCount;
        double[][] moved = [.. Enumerable.Range(0, 2 * trained).Select(k => theta.ToArray())];
        for (int p = 0; p < trained; p++)
        {
            (moved[2 * p][p], moved[(2 * p) + 1][p]) = ((float)theta[p] + Step, (float)theta[p] - Step);
        }

        double[] densities = Evaluate(_device, moved).Densities;
        double[] expected = [.. theta[..trained].Select((_, p) => (densities[2 * p] - densities[(2 * p) + 1]) / (moved[2 * p][p] - moved[(2 * p) + 1][p]))];

        // The third derivative, and the rounding of sums as large as the density, in single precision.
        new Tolerance(5e-3 + (densities.Max(Math.Abs) * 1.2e-7 / Step), 2e-3).AssertClose(expected, Evaluate(_device, [theta]).Gradients[0], "gradient");
    }

    /// <remarks>
    /// Adam moves every parameter by about 0.01 a step whatever its gradient's length: where a gradient is near 0, rounding decides its
    /// direction. So differences grow with the steps, and are far smaller than the way gone.
    /// </remarks>
    public void AssertStepsAreTheOracles()
    {
        double[][] expected = Padded();
        var oracle = new ReferenceSvgd(_given.Posterior, new ReferenceAdam(expected.Length, _given.Posterior.TrainedLength, _given.StepSize), bandwidth: null);
        using DeviceRows rows = _given.Upload(_device);
        float[] start = _given.Packed(_particles);
        using ISampler sampler = _given.Options.Method.Start(Target(_device, rows, 3), _device, start, _given.Options.Adam);
        foreach ((int steps, double tolerance) in _given.Rows > 7 ? [(1, 5e-6), (10, 1e-4)] : new[] { (1, 5e-6), (10, 1e-4), (100, 1e-2) })
        {
            while (sampler.Iteration < steps)
            {
                sampler.Step(Case.All(rows, Scale), _given.StepSize, 1);
                oracle.Step(expected, _given.Inputs, _given.Targets, TotalRows);
            }

            new Tolerance(tolerance, 1e-5).AssertClose([.. expected.Select(_given.Own)], Unpack(sampler.Particles), $"particles after {steps} steps");
        }
    }

    public void AssertSavedModelPredictsTheSame()
    {
        if (_given.Rows < 3)
        {
            return;
        }

        bool classes = _given.Options.UsedLikelihood.IsOfClasses;
        Dataset data = classes
            ? Dataset.OfClasses(_given.Inputs, [.. Enumerable.Range(0, _given.Rows).Select(row => $"{row % (_given.Options.UsedLikelihood is BernoulliLikelihood ? 2 : 3)}")])
            : new Dataset(_given.Inputs, _given.Targets);
        BayesianNetwork model = BayesianNetwork.Fit(data, _given.Options with { MaxIterations = 3 }, _device);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        model.Save(path);
        BayesianNetwork back = BayesianNetwork.Load(path);
        File.Delete(path);
        if (classes)
        {
            Assert.Equal(model.PredictClasses(_given.Inputs, _device).Probabilities, back.PredictClasses(_given.Inputs, _device).Probabilities);
            return;
        }

        PredictiveDistribution before = model.Predict(_given.Inputs, _device), after = back.Predict(_given.Inputs, _device);
        Assert.Equal(before.ParticleOutputs, after.ParticleOutputs);
        Assert.Equal(before.Variance, after.Variance);
        Assert.Equal(before.Interval(0.9).Upper, after.Interval(0.9).Upper);
    }

    private double TotalRows => Scale * _given.Rows;

    /// <summary>As the oracle has them, whose particles always have precisions.</summary>
    private double[][] Padded() => [.. _particles.Select(
        theta => (double[])[.. _given.Own(theta), .. new double[_given.Posterior.ParticleLength - theta.Length], .. theta[_given.Layout.ParameterCount..]])];

    private (double[][] Gradients, double[] Densities) Evaluate(Device device, double[][] particles)
    {
        float[] packed = _given.Packed(particles);
        using DeviceBuffer buffer = device.Allocate(packed.Length);
        buffer.Upload(packed);
        using DeviceRows rows = _given.Upload(device);
        using LogPosterior target = Target(device, rows, particles.Length);
        target.Gradient(buffer, Case.All(rows, Scale), 1);
        Assert.Null(target.Failure());
        return (Unpack(target.Gradients), target.LogDensity(buffer));
    }

    /// <summary>Whatever the number of particles, all with one anchor where they have any.</summary>
    private LogPosterior Target(Device device, DeviceRows rows, int particles)
    {
        (TrainingOptions options, ParameterLayout layout) = (_given.Options, _given.Layout);
        float[] anchors = _given.Packed([.. Enumerable.Repeat(_particles[1], particles)]);
        return new LogPosterior(
            device, layout, options.UsedLikelihood, options.Method.GradientOfPrior(device, layout, anchors), options.Method.NoiseLogPrecision, particles, rows.Stride);
    }

    private double[][] Unpack(DeviceBuffer particles) => Case.Unpack(particles.ToArray(), _given.Layout.ParameterCount, _given.Layout.Stride);
}
