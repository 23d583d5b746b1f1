using IlgpuBnn.Tests.Cli;
using IlgpuBnn.Tests.Inference;

namespace IlgpuBnn.Tests;

/// <summary>The recipes of docs/architecture.md ("Where to add what"), each followed here as far as the closed lists let another assembly go.</summary>
public sealed class ExtensionTests : IDisposable
{
    private static readonly Dataset _data = Runs.Smooth(60);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_method_is_a_record_and_a_sampler()
    {
        var options = new TrainingOptions { HiddenUnits = [6], Method = new GradientAscent(), MaxIterations = 600, Adam = new AdamOptions(StepSize: 0.002) };
        BayesianNetwork model = BayesianNetwork.Fit(_data, options);
        Assert.InRange(Scores.Evaluate(model.Predict(_data), _data.Targets).PerTarget[0].R2, 0.8, 1);
        Assert.Equal(70, model.Resume(_data, 70).Report.Iterations);
        AssertNeedsItsName(model);
    }

    [Fact]
    public void A_layer_is_a_record_that_binds_itself()
    {
        TrainingOptions Of(params Layer[] layers) => new() { Layers = layers, Method = new IndependentParticles { Particles = 3 }, MaxIterations = 20 };
        PosteriorCase.ForShapes(Of(new Pair(4, 3)), own => own.AssertGradientIsThatOfTheLogDensity());
        BayesianNetwork pair = BayesianNetwork.Fit(_data, Of(new Pair(4, 3))), dense = BayesianNetwork.Fit(_data, Of(new Dense(4), new Dense(3)));
        Assert.Equal(dense.Parameters().Select(own => own.Name), pair.Parameters().Select(own => own.Name));

        // The same operations, if perhaps in another order of additions: twenty steps of 0.01.
        new IlgpuBnn.Reference.Tolerance(1e-2, 1e-3).AssertClose(dense.Predict(_data).Mean, pair.Predict(_data).Mean, "mean");
        AssertNeedsItsName(pair);
    }

    [Fact]
    public void A_likelihood_is_a_record()
    {
        var options = new TrainingOptions { HiddenUnits = [8], Likelihood = new KnownNoise(0.2), Method = new IndependentParticles { Particles = 3 }, MaxIterations = 600 };
        PosteriorCase.ForShapes(options, own => own.AssertGradientIsThatOfTheLogDensity());
        BayesianNetwork model = BayesianNetwork.Fit(_data, options);
        PredictiveDistribution prediction = model.Predict(_data);
        Assert.InRange(Scores.Evaluate(prediction, _data.Targets).PerTarget[0].R2, 0.9, 1);
        Assert.Equal(0.2 * model.Model.Ensemble.TargetScaling.Scale[1], Math.Sqrt(prediction.AleatoricVariance[0, 1]), 1e-4);
        AssertNeedsItsName(model);
    }

    [Fact]
    public void A_command_has_a_line_in_the_tests_of_usage()
    {
        string commands = CommandLine.Run("--help").Output.Split("Commands:")[1];
        string[] listed = [.. commands.Trim().Split('\n').Select(line => line.Trim().Split(' ')[0])];
        Assert.Equal(listed.Order(), typeof(UsageTests).GetMethod(nameof(UsageTests.Help_lists_every_option_and_an_example))!
            .GetCustomAttributesData().Where(data => data.AttributeType == typeof(InlineDataAttribute))
            .Select(data => (string)((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)data.ConstructorArguments[0].Value!)[0].Value!).Order());
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Files know kinds by name: the one line that only the library can have.</summary>
    private void AssertNeedsItsName(BayesianNetwork model) => Assert.Throws<NotSupportedException>(() => model.Save(_folder.File("model")));

    /// <summary>Steps along the gradient itself.</summary>
    private sealed record GradientAscent : InferenceMethod
    {
        public override int Particles { get; init; } = 3;

        internal override ParameterLayout LayoutOf(Network network, Likelihood likelihood, bool training) =>
            new(network, likelihood.NoisePrecisions(network.Outputs.Count));

        internal override void Draw(ParameterLayout layout, int index, Random random, Span<float> particle) => StartingPoints.ScaleByFanIn(layout, particle);

        internal override ISampler Start(LogPosterior target, Device device, float[] initial, Optimizer optimizer, IProcessGroup? group) => new Sampler(target, device, initial);

        private sealed class Sampler(LogPosterior target, Device device, float[] initial) : ISampler
        {
            private readonly float[] _state = [.. initial];
            private double _density;

            public DeviceBuffer Particles { get; } = device.Allocate(initial.Length);

            public int Iteration { get; private set; }

            public IReadOnlyList<DeviceBuffer> State => [Particles];

            public void Restore(int iteration, IReadOnlyList<float[]> state)
            {
                Iteration = iteration;
                state[0].CopyTo(_state, 0);
                Particles.Upload(_state);
            }

            public void Step(Batch batch, double stepSize, double gradientWeight, bool isEvaluated, Func<float[], float[]>? all)
            {
                Iteration++;
                Particles.Upload(_state);
                target.Gradient(Particles, batch, Iteration);
                _density = isEvaluated ? target.LogDensity(Particles).Average() : double.NaN;
                float[] gradients = target.Gradients.ToArray();
                for (int p = 0; p < _state.Length; p++)
                {
                    _state[p] += (float)stepSize * gradients[p];
                }

                Particles.Upload(_state);
            }

            public StepStatistics Measure(bool withSpread, Func<double[], double[]>? together, Func<float[], float[]>? all) => new(double.NaN, _density, 1, 1, double.NaN);

            public (int Iteration, int Particle)? Failure() => target.Failure();

            public void Dispose()
            {
                target.Dispose();
                Particles.Dispose();
            }
        }
    }

    /// <summary>Two dense layers under one name.</summary>
    private sealed record Pair(int First, int Second) : Layer
    {
        private protected override string Text => $"pair({First},{Second})";

        internal override BoundLayer Bind(LayerBuilder builder)
        {
            BoundLayer first = builder.Add(new Dense(First));
            return new Bound(first, new Dense(Second).Bind(builder));
        }

        private sealed class Bound(BoundLayer first, BoundLayer second) : BoundLayer(second.Outputs)
        {
            public override void Forward(ParticleBlock block)
            {
                first.Forward(block);
                second.Forward(block);
            }

            public override void Backward(ParticleBlock block)
            {
                second.Backward(block);
                first.Backward(block);
            }
        }
    }

    /// <summary>Gaussian noise that is neither learnt nor calibrated.</summary>
    /// <param name="Deviation">Its standard deviation, of standardised targets.</param>
    private sealed record KnownNoise(double Deviation) : Likelihood
    {
        private double Precision => 1 / (Deviation * Deviation);

        internal override int NoisePrecisions(int outputs) => 0;

        internal override LikelihoodTerm Term(double scale, float precision) => new(LikelihoodKind.Gaussian, (float)scale, (float)Precision, 0);

        internal override double LogDensity(OutputSums sums, double logPrecision) => -0.5 * Precision * sums.ResidualSquares;

        internal override IReadOnlyList<double> Widths(int particles) => [.. Enumerable.Repeat(Deviation, particles)];
    }
}
