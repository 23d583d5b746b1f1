using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reference;
using Xunit;

namespace IlgpuBnn.Tests.Inference;

public sealed class TrainingTests
{
    private static readonly TrainingOptions Quick = new() { Method = InferenceMethod.Svgd, Hidden = [12], Particles = 4, Iterations = 200, Seed = 3 };

    [Theory]
    [InlineData(Activation.Identity)]
    [InlineData(Activation.Relu)]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Sigmoid)]
    [InlineData(Activation.Sin)]
    [InlineData(Activation.Cos)]
    public void Defaults_fit_a_smooth_function_with_every_activation(Activation activation)
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(200), new TrainingOptions { Activation = activation, Iterations = 1500 });
        Scores scores = Scores.Evaluate(model.Predict(Runs.Smooth(100, seed: 2)), Runs.Smooth(100, seed: 2).Targets);

        // A linear model can follow most of y1 and nothing of y2 = 100 x1 x2; sigmoids, all of one sign, are slow to bend.
        (double first, double least, double most) = activation switch
        {
            Activation.Identity => (0.8, -0.2, 0.2),
            Activation.Sigmoid => (0.98, 0.7, 1.0),
            _ => (0.99, 0.97, 1.0),
        };
        Assert.InRange(scores.PerTarget[0].R2, first, 1);
        Assert.InRange(scores.PerTarget[1].R2, least, most);
    }

    [Theory]
    [InlineData(InferenceMethod.Svgd, 4)]
    [InlineData(InferenceMethod.Svgd, 1)]
    [InlineData(InferenceMethod.IndependentParticles, 4)]
    [InlineData(InferenceMethod.Deterministic, 1)]
    public void Every_method_improves_the_held_out_score(InferenceMethod method, int particles)
    {
        TrainingReport report = BayesianNetwork.Fit(Runs.Smooth(80), Quick with { Method = method, Particles = particles, Iterations = 400 }).Report;
        Assert.Equal((72, 8), (report.TrainingRows, report.HeldOutRows));
        Assert.True(report.History[^1].BestHeldOutScore > report.History[0].HeldOutScore + 0.1);
        Assert.Equal(method == InferenceMethod.Svgd && particles > 1, double.IsFinite(report.History[0].Bandwidth));
    }

    [Fact]
    public void The_same_seed_gives_the_same_model_and_another_seed_another()
    {
        TrainingOptions options = Quick with { BatchRows = 17, Iterations = 60 };
        float[] first = BayesianNetwork.Fit(Runs.Smooth(50), options).Particles;
        Assert.Equal(first, BayesianNetwork.Fit(Runs.Smooth(50), options).Particles);
        Assert.NotEqual(first, BayesianNetwork.Fit(Runs.Smooth(50), options with { Seed = 4 }).Particles);
    }

    [Fact]
    public void A_particle_starts_in_the_same_place_whatever_the_number_of_particles_and_the_method()
    {
        ParameterLayout layout = BayesianNetwork.LayoutOf(Quick, 2, 2);
        float[] four = ParticleInitialiser.Draw(layout, Quick);
        float[] one = ParticleInitialiser.Draw(layout, Quick with { Particles = 1, Method = InferenceMethod.Deterministic });
        Assert.Equal(four.AsSpan(0, layout.WeightCount).ToArray(), one.AsSpan(0, layout.WeightCount).ToArray());
    }

    [Fact]
    public void Start_of_a_particle_is_pinned()
    {
        // From xoshiro256** and Marsaglia's polar method: another number here is another stream for every user.
        ParameterLayout layout = BayesianNetwork.LayoutOf(Quick, 2, 2);
        float[] start = ParticleInitialiser.Draw(layout, Quick);
        Assert.Equal(PinnedStart[0], start[0], 1e-6f);
        Assert.Equal(PinnedStart[1], start[layout.Stride], 1e-6f);
    }

    [Fact]
    public void Particles_from_the_prior_have_the_priors_moments()
    {
        var options = new TrainingOptions { Method = InferenceMethod.Svgd, Particles = 400, Initialisation = Initialisation.Prior };
        ParameterLayout layout = BayesianNetwork.LayoutOf(options, 3, 2);
        float[] start = ParticleInitialiser.Draw(layout, options);
        double meanPrecision = 0, meanScaledSquare = 0;
        for (int s = 0; s < options.Particles; s++)
        {
            double lambda = Math.Exp(start[(s * layout.Stride) + layout.WeightPrecisionOffset]);
            meanPrecision += lambda / options.Particles;
            meanScaledSquare += lambda * Math.Pow(start[(s * layout.Stride) + 7], 2) / options.Particles;
        }

        // Gamma of shape 1 and rate 0.1: mean 10, standard error 0.5. lambda w^2: mean 1, standard error 0.07.
        Assert.InRange(meanPrecision, 8, 12);
        Assert.InRange(meanScaledSquare, 0.7, 1.3);
    }

    [Fact]
    public void Particles_that_start_as_liu_and_wangs_have_the_noise_of_their_residuals()
    {
        Dataset data = Runs.Smooth(50);
        TrainingOptions options = Quick with { Particles = 200, LinearPath = true, Initialisation = Initialisation.LiuWang };
        ParameterLayout layout = BayesianNetwork.LayoutOf(options, 2, 2);
        float[] start = ParticleInitialiser.Draw(layout, options);
        double meanPrecision = Enumerable.Range(0, 200).Average(s => Math.Exp(start[(s * layout.Stride) + layout.WeightPrecisionOffset]));

        // A Gamma distribution of shape 1 and scale 0.1: mean 0.1, standard error 0.007.
        Assert.InRange(meanPrecision, 0.07, 0.13);

        ParticleInitialiser.SetNoiseFromResiduals(Devices.TestDevices.Open("cpu-256"), layout, start, data.Inputs, data.Targets);
        double[] theta = [.. start.AsSpan(layout.Stride, layout.WeightCount).ToArray().Select(value => (double)value)];
        double[,] outputs = new ReferenceNetwork([2, 12, 2], ReferenceActivation.Silu, linearPath: true).Forward(theta, data.Inputs);
        double mean = Enumerable.Range(0, 50).Average(n => Math.Pow(data.Targets[n, 1] - outputs[n, 1], 2));
        Assert.Equal(-Math.Log(mean), start[layout.Stride + layout.NoiseIndex(1)], 1e-4);
    }

    [Fact]
    public void Stopping_keeps_the_best_state_not_the_last()
    {
        // Twelve rows of pure noise: what is learned after the first steps only hurts.
        var random = new Random(5);
        double[,] inputs = new double[60, 6], targets = new double[60, 1];
        for (int n = 0; n < 60; n++)
        {
            targets[n, 0] = random.NextDouble();
            for (int i = 0; i < 6; i++)
            {
                inputs[n, i] = random.NextDouble();
            }
        }

        TrainingReport report = BayesianNetwork.Fit(
            new Dataset(inputs, targets), Quick with { Iterations = 3000, HeldOutShare = 0.4, Patience = 200, CheckEvery = 10 }).Report;
        Assert.Equal(StopReason.HeldOutScore, report.StopReason);
        Assert.Equal(report.Iterations - 200, report.KeptIteration);
        StepInfo best = report.History.MaxBy(step => step.HeldOutScore)!;
        Assert.Equal(best.Iteration, report.KeptIteration);
        Assert.Equal(best.HeldOutScore, report.History[^1].BestHeldOutScore);
    }

    [Fact]
    public void The_kept_state_is_the_one_that_was_scored()
    {
        Dataset data = Runs.Smooth(60);
        TrainingOptions options = Quick with { Iterations = 600, HeldOutShare = 0.3, CheckEvery = 50 };
        BayesianNetwork model = BayesianNetwork.Fit(data, options);
        (_, Dataset heldOut) = Trainer.Split(data, model.Report.HeldOutRows, options.Seed);
        Scores scores = Scores.Evaluate(model.Predict(heldOut), heldOut.Targets);

        // In raw units a log score is lower by the log of the target's scale.
        double[] scaled = [.. scores.PerTarget.Select((score, o) => score.LogScore + Math.Log(model.TargetScaling.Scale[o]))];
        Assert.Equal(model.Report.History[^1].BestHeldOutScore, scaled.Average(), 1e-4);
    }

    [Fact]
    public void Few_rows_are_all_trained_on_and_a_note_says_so()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(12), Quick with { Iterations = 30 });
        Assert.Equal((12, 0, 30), (model.Report.TrainingRows, model.Report.HeldOutRows, model.Report.KeptIteration));
        Assert.Contains("No rows are held out: 10 % of 12 rows is 1", Assert.Single(model.Report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Constant_columns_are_noted_and_predicted()
    {
        var inputs = new double[20, 2];
        var targets = new double[20, 2];
        for (int n = 0; n < 20; n++)
        {
            (inputs[n, 0], inputs[n, 1], targets[n, 0], targets[n, 1]) = (n, 7, n * n, -3);
        }

        BayesianNetwork model = BayesianNetwork.Fit(new Dataset(inputs, targets, ["a", "b"], ["c", "d"]), Quick with { HeldOutShare = 0 });
        Assert.Contains(model.Report.Notes, note => note.Contains("Input \"b\" is the same", StringComparison.Ordinal));
        Assert.Contains(model.Report.Notes, note => note.Contains("Target \"d\" is the same", StringComparison.Ordinal));
        Assert.Equal(-3, model.Predict(inputs).Mean[5, 1], 0.2);
    }

    [Fact]
    public void Missing_targets_contribute_nothing()
    {
        // The second target is missing wherever it would be absurd.
        Dataset clean = Runs.Smooth(120);
        var targets = (double[,])clean.Targets.Clone();
        for (int n = 0; n < 120; n += 2)
        {
            targets[n, 1] = double.NaN;
        }

        BayesianNetwork model = BayesianNetwork.Fit(new Dataset(clean.Inputs, targets), Quick with { Iterations = 1500, BatchRows = 40 });
        Assert.InRange(Scores.Evaluate(model.Predict(clean), clean.Targets).PerTarget[1].R2, 0.9, 1);
    }

    [Fact]
    public void Progress_tells_every_look()
    {
        var steps = new List<StepInfo>();
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(40), Quick with { Iterations = 120, CheckEvery = 50 }, progress: new Collector(steps));
        Assert.Equal([50, 100, 120], steps.Select(step => step.Iteration));
        Assert.Equal(model.Report.History, steps);
        Assert.All(steps, step => Assert.True(step.Spread > 0 && step.GradientNorm > 0 && double.IsFinite(step.MeanLogDensity)));
    }

    [Fact]
    public void Cancelling_keeps_what_was_reached()
    {
        using var source = new CancellationTokenSource();
        var steps = new List<StepInfo>();
        TrainingCancelledException cancelled = Assert.Throws<TrainingCancelledException>(() => BayesianNetwork.Fit(
            Runs.Smooth(40), Quick with { HeldOutShare = 0 }, progress: new Collector(steps, source), cancellation: source.Token));
        Assert.Equal(source.Token, cancelled.CancellationToken);
        Assert.Equal((25, 25, StopReason.Cancelled), (cancelled.Model.Report.Iterations, cancelled.Model.Report.KeptIteration, cancelled.Model.Report.StopReason));
        Assert.Equal(40, cancelled.Model.Predict(Runs.Smooth(40)).RowCount);
    }

    [Fact]
    public void A_training_that_diverges_names_step_and_particle_and_keeps_the_last_good_state()
    {
        TrainingOptions options = Quick with { Adam = new AdamOptions(StepSize: 200), Iterations = 2000, HeldOutShare = 0, CheckEvery = 1 };
        TrainingDivergedException diverged = Assert.Throws<TrainingDivergedException>(() => BayesianNetwork.Fit(Runs.Smooth(30), options));
        Assert.Contains($"particle {diverged.Particle} was not finite in iteration {diverged.Iteration}", diverged.Message, StringComparison.Ordinal);
        Assert.Contains("Lower the step size", diverged.Message, StringComparison.Ordinal);
        Assert.Equal(diverged.Iteration - 1, diverged.LastGoodModel!.Report.KeptIteration);
        Assert.All(diverged.LastGoodModel.Particles, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void All_bad_options_are_named_at_once()
    {
        var options = new TrainingOptions
        {
            Hidden = [5, 0],
            Particles = -1,
            Iterations = 0,
            BatchRows = 0,
            HeldOutShare = 1,
            Patience = 0,
            CheckEvery = -3,
            Adam = new AdamOptions(double.NaN, 1, 0.9, 0),
            Priors = new(0, 1, 1, 1),
            LastActivation = (Activation)99,
        };
        string message = Assert.Throws<ArgumentException>(options.Validate).Message;
        foreach (string part in new[]
        {
            "Hidden layer 2 has 0", "Particles is -1", "Iterations is 0", "BatchRows is 0", "HeldOutShare is 1", "Patience is 0", "CheckEvery is -3",
            "StepSize is NaN", "Beta1 and Beta2 are 1", "Epsilon is 0", "WeightShape is 0", "Activation 99 is none",
        })
        {
            Assert.Contains(part, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Fewer_than_three_rows_are_refused()
    {
        DataException refused = Assert.Throws<DataException>(() => BayesianNetwork.Fit(Runs.Smooth(2)));
        Assert.Contains("there are 2 rows; training needs at least 3", refused.Message, StringComparison.Ordinal);
    }

    private static readonly float[] PinnedStart = [0.0634073615f, 0.149526507f];

    private sealed class Collector(List<StepInfo> steps, CancellationTokenSource? cancel = null) : IProgress<StepInfo>
    {
        public void Report(StepInfo value)
        {
            steps.Add(value);
            cancel?.Cancel();
        }
    }
}
