using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reference;
using IlgpuBnn.Tests.Devices;
using Xunit;

namespace IlgpuBnn.Tests.Inference;

/// <summary>Ends of a target that rows left out show, on data that they are made for: a yield that most of the inputs' range lets die out.</summary>
public sealed class OutputLimitsTests
{
    private static readonly TrainingOptions Options = new() { Hidden = [12], Particles = 20, Folds = 5, Iterations = 600 };
    private static readonly TrainingOptions Without = Options with { LearnLimits = false };

    private readonly Dataset _training = Yields(150, 1), _test = Yields(600, 2);

    [Fact]
    public void A_floor_is_found_and_no_network_predicts_below_it()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_training, Options);
        Assert.Equal([new OutputLimits(0, double.PositiveInfinity), OutputLimits.None], model.OutputLimits);
        double Least(PredictiveDistribution prediction) => Enumerable.Range(0, prediction.RowCount).Min(n => prediction.Mean[n, 0]);
        Assert.InRange(Least(model.Predict(_test)), 0, 1);
        Assert.InRange(Least(model.PredictOutOfFold(_training)), 0, 1);
        Assert.InRange(Least(BayesianNetwork.Fit(_training, Without).Predict(_test)), double.NegativeInfinity, -1);
    }

    [Fact]
    public void New_rows_are_predicted_better_than_without()
    {
        TargetScores with = Scored(Options), without = Scored(Without);
        Assert.InRange(with.Rmse / without.Rmse, 0, 0.985);
        Assert.InRange(with.Crps / without.Crps, 0, 0.93);
        Assert.InRange(with.LogScore - without.LogScore, 0.05, 2);
    }

    [Fact]
    public void Moments_have_the_limits_of_the_distribution()
    {
        BayesianNetwork model = BayesianNetwork.Fit(_training, Options);
        PredictiveMoments moments = model.PredictMoments(_test.Inputs);
        PredictiveDistribution distribution = model.Predict(_test);
        new Tolerance(1e-5, 1e-5).AssertClose(distribution.Mean, moments.Mean, "mean");
        new Tolerance(1e-5, 1e-4).AssertClose(distribution.EpistemicVariance, moments.EpistemicVariance, "epistemic variance");
        new Tolerance(1e-9, 1e-5).AssertClose(distribution.AleatoricVariance, moments.AleatoricVariance, "aleatoric variance");
    }

    [Fact]
    public void A_row_at_an_end_does_not_vouch_for_itself()
    {
        // The largest of the second target, which its particles foresee: with an end there they may go as far as the other rows do.
        BayesianNetwork model = BayesianNetwork.Fit(_training, Options);
        int top = Enumerable.Range(0, _training.RowCount).MaxBy(n => _training.Targets[n, 1]);
        var folds = new Folds(_training.RowCount, Options);
        double others = new TargetExtremes(_training.Targets, folds).Without(folds.Of(top), 1).Upper;
        Assert.InRange(model.PredictOutOfFold(_training).Mean[top, 1], others + 0.1, double.PositiveInfinity);

        OutputLimits ceiling = OutputLimits.None with { Upper = _training.Targets[top, 1] };
        BayesianNetwork limited = model.With(model.Calibration with { Limits = [OutputLimits.None, ceiling] });
        Assert.InRange(limited.PredictOutOfFold(_training).Mean[top, 1], double.NegativeInfinity, others + 1e-9);
    }

    [Fact]
    public void There_are_none_that_are_not_asked_for_or_that_no_rows_left_out_show()
    {
        Assert.All(BayesianNetwork.Fit(_training, Without).OutputLimits, limits => Assert.Equal(OutputLimits.None, limits));
        Assert.All(BayesianNetwork.Fit(_training, Options with { Folds = 0 }).OutputLimits, limits => Assert.Equal(OutputLimits.None, limits));
    }

    private TargetScores Scored(TrainingOptions options) =>
        Scores.Evaluate(BayesianNetwork.Fit(_training, options).Predict(_test), _test.Targets).PerTarget[0];

    /// <summary>A yield that is never negative, and what it would be if it could be.</summary>
    private static Dataset Yields(int rows, int seed)
    {
        var random = new Random(seed);
        double[,] inputs = new double[rows, 4], targets = new double[rows, 2];
        for (int n = 0; n < rows; n++)
        {
            double sum = 0;
            for (int i = 0; i < 4; i++)
            {
                inputs[n, i] = random.NextDouble();
                sum += (i + 1) * inputs[n, i];
            }

            targets[n, 1] = 100 * (sum - 6) + Case.Gaussian(random);
            targets[n, 0] = Math.Max(0, 100 * (sum - 6));
        }

        return new Dataset(inputs, targets);
    }
}
