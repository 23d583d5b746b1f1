using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using Xunit;

namespace IlgpuBnn.Tests.Inference;

/// <summary>An anchored ensemble that learns for long is trained again with tanh units, and rows left out choose.</summary>
public sealed class SharperNetworksTests
{
    private static readonly TrainingOptions Small = new() { Hidden = [12], Particles = 12, Folds = 4, Seed = 3 };
    private static readonly TrainingOptions Sharper = Small with { LastActivation = Activation.Tanh };
    private static readonly TrainingOptions Never = Small with { SharperNetworks = false };

    [Fact]
    public void Tanh_is_kept_where_the_target_jumps()
    {
        Dataset jumps = Table(300, 5, x => (x[0] + x[1] > 1 ? 1 : 0) + (0.3 * x[2]));
        BayesianNetwork model = BayesianNetwork.Fit(jumps, Small), first = BayesianNetwork.Fit(jumps, Never);
        Assert.InRange(first.Report.KeptIteration, 2400, 4800);
        Assert.Null(first.Options.LastActivation);
        Assert.Equal((Activation.Silu, Activation.Tanh), (model.Options.Activation, model.Options.LastActivation));
        Assert.Contains(model.Report.Notes, note => note.StartsWith("The last hidden layer has tanh units", StringComparison.Ordinal));
        Assert.True(OutOfFoldCrps(model, jumps) < OutOfFoldCrps(first, jumps));

        // It is the very model that its options ask for, and better on rows that nobody has seen.
        BayesianNetwork again = BayesianNetwork.Fit(jumps, model.Options);
        Assert.Equal(Sharper, model.Options);
        Assert.Equal(again.Predict(jumps).Mean, model.Predict(jumps).Mean);
        Dataset test = Table(500, 6, x => (x[0] + x[1] > 1 ? 1 : 0) + (0.3 * x[2]));
        Assert.InRange(Crps(model.Predict(test), test), 0, 0.97 * Crps(first.Predict(test), test));
    }

    [Fact]
    public void What_tanh_predicts_worse_stays_as_it_was()
    {
        Dataset bends = Table(150, 5, x => (3 * Math.Max(0, x[0] + x[1] - 1)) + x[2]);
        BayesianNetwork model = BayesianNetwork.Fit(bends, Small), first = BayesianNetwork.Fit(bends, Never);
        Assert.InRange(first.Report.KeptIteration, 2400, 4800);
        Assert.True(OutOfFoldCrps(first, bends) < OutOfFoldCrps(BayesianNetwork.Fit(bends, Sharper), bends));
        Assert.Null(model.Options.LastActivation);
        Assert.Equal(first.Predict(bends).Mean, model.Predict(bends).Mean);
        Assert.Equal(first.Report.Iterations, model.Report.Iterations);
        Assert.Empty(model.Report.Notes);
    }

    [Fact]
    public void There_is_one_training_where_a_second_could_not_help_or_was_not_asked_for()
    {
        var random = new Random(2);
        Dataset noise = Table(60, 5, _ => random.NextDouble()), jumps = Table(150, 5, x => x[0] + x[1] > 1 ? 1 : 0);
        foreach ((Dataset data, TrainingOptions options) in new[]
        {
            (noise, Small), (jumps, Never), (jumps, Small with { Iterations = 50 }), (jumps, Small with { Folds = 0 }), (jumps, Small with { Hidden = [] }),
            (jumps, Small with { Activation = Activation.Tanh }), (jumps, Small with { LastActivation = Activation.Silu }),
            (jumps, Small with { Method = InferenceMethod.Svgd }),
        })
        {
            var seen = new Iterations();
            BayesianNetwork.Fit(data, options, null, seen);
            Assert.Equal(seen.All.Order(), seen.All);
        }
    }

    [Fact]
    public void Stopped_on_request_the_second_training_leaves_the_first()
    {
        using var stop = new CancellationTokenSource();
        Dataset jumps = Table(150, 5, x => (x[0] + x[1] > 1 ? 1 : 0) + (0.3 * x[2]));
        BayesianNetwork left = Assert.Throws<TrainingCancelledException>(
            () => BayesianNetwork.Fit(jumps, Small, null, new Iterations(stop), stop.Token)).Model;
        Assert.Equal(BayesianNetwork.Fit(jumps, Never).Predict(jumps).Mean, left.Predict(jumps).Mean);
        Assert.NotEqual(StopReason.Cancelled, left.Report.StopReason);
        Assert.True(left.Report.Elapsed > left.Report.History[^1].Elapsed);
    }

    [Fact]
    public void The_score_that_chooses_is_that_of_predictions_out_of_fold()
    {
        foreach (int particles in new[] { 12, 40 })
        {
            Dataset data = Runs.Smooth(80);
            BayesianNetwork model = BayesianNetwork.Fit(data, Small with { Particles = particles, Iterations = 200 });
            double[] scale = [.. Standardisation.Fit(data.Targets).Scale];
            double expected = Scores.Evaluate(model.PredictOutOfFold(data), data.Targets).PerTarget.Select((score, o) => score.Crps / scale[o]).Average();
            Assert.Equal(1, model.CrpsOfRowsLeftOut(data, DeviceCatalog.Default) / expected, 0.01);
        }
    }

    [Fact]
    public void Seconds_count_both_trainings()
    {
        Dataset bends = Table(150, 5, x => (3 * Math.Max(0, x[0] + x[1] - 1)) + x[2]);
        var seen = new Iterations();
        BayesianNetwork model = BayesianNetwork.Fit(bends, Small, null, seen);
        Assert.Null(model.Options.LastActivation);
        Assert.True(model.Report.Elapsed >= model.Report.History[^1].Elapsed + seen.LastElapsed);
        Assert.NotEqual(model.Report.History[^1].Elapsed, seen.LastElapsed);
    }

    private static double OutOfFoldCrps(BayesianNetwork model, Dataset data) => Crps(model.PredictOutOfFold(data), data);

    private static double Crps(PredictiveDistribution prediction, Dataset data) => Scores.Evaluate(prediction, data.Targets).PerTarget[0].Crps;

    private static Dataset Table(int rows, int seed, Func<double[], double> target)
    {
        var random = new Random(seed);
        double[,] inputs = new double[rows, 3], targets = new double[rows, 1];
        for (int n = 0; n < rows; n++)
        {
            double[] x = [random.NextDouble(), random.NextDouble(), random.NextDouble()];
            (inputs[n, 0], inputs[n, 1], inputs[n, 2], targets[n, 0]) = (x[0], x[1], x[2], target(x));
        }

        return new Dataset(inputs, targets);
    }

    /// <summary>Every iteration reported; stops, if asked to, once they start anew.</summary>
    private sealed class Iterations(CancellationTokenSource? stop = null) : IProgress<StepInfo>
    {
        public List<int> All { get; } = [];

        public TimeSpan LastElapsed { get; private set; }

        public void Report(StepInfo value)
        {
            if (All.Count > 0 && value.Iteration <= All[^1])
            {
                stop?.Cancel();
            }

            All.Add(value.Iteration);
            LastElapsed = value.Elapsed;
        }
    }
}
