using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Tests.Devices;
using Xunit;

namespace IlgpuBnn.Tests.Inference;

/// <summary>An anchored ensemble trains for rounds, as long as the rows that it leaves out grow likelier.</summary>
public sealed class RoundsTests
{
    private static readonly TrainingOptions Small = new() { Hidden = [12], Particles = 12, Folds = 4, Seed = 3 };

    [Theory]
    [InlineData(10, 1, 4800)]
    [InlineData(320, 1, 4800)]
    [InlineData(321, 2, 4800)]
    [InlineData(7373, 29, 4800)]
    [InlineData(41_157, 161, 9600)]
    public void Rounds_double_until_rows_have_been_seen_often_enough(int rows, int batches, int last)
    {
        var options = new TrainingOptions();
        IReadOnlyList<int> rounds = options.RoundsFor(rows);
        Assert.Equal((batches, 300, last, last), (options.BatchesFor(rows), rounds[0], rounds[^1], options.IterationsFor(rows)));
        Assert.All(rounds.Zip(rounds.Skip(1)), pair => Assert.Equal(2 * pair.First, pair.Second));
    }

    [Fact]
    public void There_is_one_round_where_nothing_can_tell_rounds_apart()
    {
        var options = new TrainingOptions();
        Assert.Equal([50], (options with { Iterations = 50 }).RoundsFor(300));
        Assert.Equal([1200], (options with { Folds = 0 }).RoundsFor(300));
        TrainingOptions svgd = options with { Method = InferenceMethod.Svgd };
        Assert.Equal([4000], svgd.RoundsFor(7373));
        Assert.Equal([1, 2, 10], new[] { 1000, 1001, 7373 }.Select(svgd.BatchesFor));
    }

    [Fact]
    public void A_round_that_makes_rows_left_out_less_likely_is_undone()
    {
        // Targets that have nothing to do with the inputs: the more is learnt, the more is wrong.
        Dataset noise = Data(60, 5, (random, _) => Case.Gaussian(random));
        BayesianNetwork model = BayesianNetwork.Fit(noise, Small);
        Assert.Equal((600, 300, StopReason.HeldOutScore), (model.Report.Iterations, model.Report.KeptIteration, model.Report.StopReason));

        StepInfo[] scored = [.. model.Report.History.Where(step => !double.IsNaN(step.HeldOutScore))];
        Assert.Equal([300, 600], scored.Select(step => step.Iteration));
        Assert.True(scored[1].HeldOutScore < scored[0].HeldOutScore);
        Assert.Equal(scored[0].HeldOutScore, scored[1].BestHeldOutScore);

        // What is kept is the state after the first round, calibrated as if there had been no other.
        BayesianNetwork first = BayesianNetwork.Fit(noise, Small with { Iterations = 300 });
        Assert.Equal(first.Predict(noise).Mean, model.Predict(noise).Mean);
        Assert.Equal(first.SpreadFactors, model.SpreadFactors);
    }

    [Fact]
    public void What_can_be_learnt_is_learnt_for_longer()
    {
        Dataset smooth = Data(80, 6, (_, x) => Math.Sin(3 * x[0]) + (x[1] * x[2]));
        BayesianNetwork brief = BayesianNetwork.Fit(smooth, Small with { Iterations = 300 }), model = BayesianNetwork.Fit(smooth, Small);
        Assert.InRange(model.Report.KeptIteration, 1200, 4800);
        double Error(BayesianNetwork network) =>
            IlgpuBnn.Prediction.Scores.Evaluate(network.PredictOutOfFold(smooth), smooth.Targets).PerTarget[0].Rmse;
        Assert.InRange(Error(model), 0, 0.7 * Error(brief));
    }

    [Fact]
    public void Stopped_on_request_a_later_round_leaves_the_best_before_it()
    {
        using var stop = new CancellationTokenSource();
        var progress = new Stopper(stop, 325);
        Dataset smooth = Data(80, 6, (_, x) => Math.Sin(3 * x[0]) + (x[1] * x[2]));
        TrainingReport report = Assert.Throws<TrainingCancelledException>(
            () => BayesianNetwork.Fit(smooth, Small, null, progress, stop.Token)).Model.Report;
        Assert.Equal((325, 300, StopReason.Cancelled), (report.Iterations, report.KeptIteration, report.StopReason));
    }

    [Fact]
    public void The_step_falls_at_the_end_of_a_round_and_starts_anew()
    {
        var adam = new AdamOptions(DecayShare: 0.4);
        Assert.Equal([1, 1, 0.25], new[] { 1, 60, 91 }.Select(iteration => adam.ShareOfStep(iteration, 100)));
        Assert.Equal(1, (adam with { DecayShare = 0 }).ShareOfStep(100, 100));
        Assert.Equal([0.01, 0.02, 0.5], [adam.StepSizeFor(InferenceMethod.Svgd), adam.StepSizeFor(InferenceMethod.AnchoredEnsemble),
            new AdamOptions(0.5).StepSizeFor(InferenceMethod.AnchoredEnsemble)]);

        var options = new TrainingOptions { Particles = 4, Hidden = [5], Method = InferenceMethod.IndependentParticles, Adam = new AdamOptions(DecayShare: 1) };
        ParameterLayout layout = BayesianNetwork.LayoutOf(options, 3, 1);
        Dataset data = Data(20, 7, (_, x) => x[0]);
        using DeviceRows rows = DeviceRows.Upload(DeviceCatalog.Default, data.Inputs, data.Targets);
        using var step = new TrainingStep(DeviceCatalog.Default, layout, options, rows.Stride, rounds: [10, 30]);
        step.State.Particles.Upload(ParticleInitialiser.Draw(layout, options));
        var moved = new List<double>();
        for (int iteration = 0; iteration < 11; iteration++)
        {
            float[] before = step.State.Particles.ToArray();
            step.Advance(rows, new RowRange(0, rows.Stride), 1);
            moved.Add(step.State.Particles.ToArray().Zip(before, (now, then) => Math.Abs(now - then)).Sum());
        }

        // A tenth of the step in the tenth iteration, all of it in the eleventh.
        Assert.InRange(moved[10] / moved[9], 7, 14);
    }

    private static Dataset Data(int rows, int seed, Func<Random, double[], double> target)
    {
        var random = new Random(seed);
        double[,] inputs = new double[rows, 3], targets = new double[rows, 1];
        for (int n = 0; n < rows; n++)
        {
            double[] x = [random.NextDouble(), random.NextDouble(), random.NextDouble()];
            (inputs[n, 0], inputs[n, 1], inputs[n, 2], targets[n, 0]) = (x[0], x[1], x[2], target(random, x));
        }

        return new Dataset(inputs, targets);
    }

    private sealed class Stopper(CancellationTokenSource stop, int iteration) : IProgress<StepInfo>
    {
        public void Report(StepInfo value)
        {
            if (value.Iteration == iteration)
            {
                stop.Cancel();
            }
        }
    }
}
