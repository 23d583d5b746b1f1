using IlgpuBnn.Devices.Ilgpu;

namespace IlgpuBnn.Tests.Devices.Ilgpu;

/// <summary>How many kernels an iteration launches, as kernels/README.md says: latency decides where networks are small.</summary>
public sealed class LaunchCountTests
{
    public static TheoryData<string, TrainingOptions, int> Cases => new()
    {
        // Relevances, gradient, update.
        { "anchored ensemble", new() { Method = new AnchoredEnsemble { Particles = 3 } }, 3 },
        { "anchored ensemble, skip connection", new() { Method = new AnchoredEnsemble { Particles = 3 }, SkipConnection = true }, 3 },
        { "anchored ensemble, momentum", new() { Method = new AnchoredEnsemble { Particles = 3 }, GradientDescent = new GradientDescent() }, 4 },

        // Before it relevances, three layers, likelihood, rows that are present, two sums, solution.
        { "anchored ensemble, output layers solved for", new() { Method = new AnchoredEnsemble { Particles = 3, SolveOutputLayer = true } }, 12 },
        { "independent particles", new() { Method = new IndependentParticles { Particles = 3 } }, 4 },
        { "SVGD", new() { Method = new Svgd { Particles = 3 } }, 7 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_iteration_launches(string what, TrainingOptions options, int launches)
    {
        IlgpuDevice device = TestDevices.OpenAlone();
        var given = new Case(options with { HiddenUnits = [5, 4] }, 3, 2, 20, missingFraction: 0);
        using DeviceRows rows = given.Upload(device);
        using ISampler sampler = Start(device, given, rows);
        sampler.Step(Case.All(rows), 0.01, 1);
        long before = device.Launches;
        sampler.Step(Case.All(rows), 0.01, 1);
        Assert.True(launches == device.Launches - before, $"{what}: {device.Launches - before} launches");
    }

    /// <summary>An evaluation needs particles that have not moved: gradient and step are then apart.</summary>
    [Fact]
    public void An_evaluated_iteration_goes_where_any_other_goes()
    {
        Case given = Case.Common(new() { Method = new AnchoredEnsemble { Particles = 3 } });
        double[] expected = ParticlesAfter(TestDevices.Open("cpu-256"), given, isEvaluated: false);
        foreach (string name in TestDevices.IlgpuNames.ForWholeSteps())
        {
            foreach (bool isEvaluated in new[] { false, true })
            {
                new Tolerance(1e-4, 1e-4).AssertClose(expected, ParticlesAfter(TestDevices.Open(name), given, isEvaluated), $"particles on {name}, evaluated: {isEvaluated}");
            }
        }
    }

    private static double[] ParticlesAfter(Device device, Case given, bool isEvaluated)
    {
        using DeviceRows rows = given.Upload(device);
        using ISampler sampler = Start(device, given, rows);
        for (int k = 0; k < 3; k++)
        {
            sampler.Step(Case.All(rows), 0.01, 1, isEvaluated);
        }

        Assert.Null(sampler.Failure());
        return [.. sampler.Particles.ToArray().Select(value => (double)value)];
    }

    /// <summary>Away from the anchors.</summary>
    private static ISampler Start(Device device, Case given, DeviceRows rows)
    {
        (TrainingOptions options, ParameterLayout layout) = (given.Options, given.Layout);
        var method = options.Method;
        var target = new LogPosterior(
            device, layout, options.UsedLikelihood, method.GradientOfPrior(device, layout, given.Packed([.. given.Particles.Reverse()])), method.NoiseLogPrecision,
            given.Particles.Length, rows.Stride, outputs: method.SolvedOutputs(layout.Network));
        return method.Start(target, device, given.Packed(), options.Optimizer);
    }
}
