using IlgpuBnn.Reporting;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Reporting;

public sealed class VerdictTests
{
    private static readonly Dataset Data = Runs.Smooth(40);

    [Fact]
    public void A_good_and_a_bad_target_are_told_apart()
    {
        // y1 is known to 0.1 everywhere; of y2 nothing is.
        string text = Text(row => (Data.Targets[row, 0] + (row % 2 == 0 ? 0.1 : -0.1), 0), 0.01);
        Assert.Contains("100 % of y1", text, StringComparison.Ordinal);
        Assert.Contains("nothing of y2", text, StringComparison.Ordinal);
        Assert.Contains("Do not rely on y2: less than half of the variance is explained.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Intervals_that_are_too_narrow_are_called_so()
    {
        string narrow = Text(row => (Data.Targets[row, 0] + 0.1, Data.Targets[row, 1] + 10), 1e-6), honest = Text(Truth, 1);
        Assert.Contains("contain 0 % of these rows' values.", narrow, StringComparison.Ordinal);
        Assert.Contains("The effective number of its 2 particles is 2.0", narrow, StringComparison.Ordinal);
        Assert.Contains("It is overconfident", narrow, StringComparison.Ordinal);
        Assert.Contains("contain 100 % of these rows' values.", honest, StringComparison.Ordinal);
        Assert.DoesNotContain("overconfident", honest, StringComparison.Ordinal);
    }

    /// <summary>Errors of the first target are quantiles of a Gaussian, shifted and scaled; those of the second are as predicted.</summary>
    [Theory]
    [InlineData(1.2, 1, "It predicts y1 too low: on average, observed values lie 1.2 predictive standard deviations above", "See residuals against inputs")]
    [InlineData(-1.2, 1, "It predicts y1 too high: on average, observed values lie 1.2 predictive standard deviations below", "See residuals against inputs")]
    [InlineData(0, 2.5, "Its intervals of y1 are too narrow: errors are 2.", "Widen them by that factor")]
    [InlineData(0, 0.3, "Its intervals of y1 are too wide: errors are only 0.30 times as large as predicted", "safe to use")]
    [InlineData(0, 1, null, null)]
    [InlineData(0.1, 1.2, null, null)]
    public void A_target_whose_probabilities_are_wrong_is_named_with_what_to_do(double shift, double scale, string? words, string? remedy)
    {
        double Error(int row) => Normal.InvCDF(0, 1, (((7 * row) % 40) + 0.5) / 40);
        string text = Text(row => (Data.Targets[row, 0] - shift - (scale * Error(row)), Data.Targets[row, 1] - Error(row)), 1);
        string[] found = [.. text.Split('\n').Where(line => line.Contains("by chance: p", StringComparison.Ordinal))];
        if (words is null)
        {
            Assert.Empty(found);
            return;
        }

        Assert.Contains(words, Assert.Single(found), StringComparison.Ordinal);
        Assert.Contains(remedy!, found[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_are_alike_are_no_evidence_each()
    {
        // Ten sites of four runs; all runs of one err by the same.
        double[] ofSites = [0.05, 0.08, 0.12, 0.3, 0.35, 0.4, 0.62, 0.9, 0.95, 0.97];
        double[,] pit = new double[40, 1];
        for (int row = 0; row < 40; row++) pit[row, 0] = ofSites[row / 4];
        int[] sites = [.. Enumerable.Range(0, 40).Select(row => row / 4)];
        Assert.Single(CalibrationFindings.Sentences(["y"], pit, null));
        Assert.Empty(CalibrationFindings.Sentences(["y"], pit, sites));
    }

    [Fact]
    public void Particles_that_have_collapsed_are_called_so()
    {
        TrainingOptions options = new() { HiddenUnits = [8], Method = new AnchoredEnsemble { Particles = 4 }, MaxIterations = 300 };
        Assert.Contains(
            "the networks' disagreement says little", Text(Truth, 1, options with { Method = new IndependentParticles { Particles = 4 } }),
            StringComparison.Ordinal);
        Assert.DoesNotContain("Stein-identity", Text(Truth, 1, options), StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_that_grows_with_the_prediction_is_named()
    {
        BayesianNetwork model = Trained(new TrainingOptions { HiddenUnits = [4], Method = new AnchoredEnsemble { Particles = 4 }, MaxIterations = 20 });
        BayesianNetwork With(params double[] slopes) => model.With(model.Model.Calibration with { LogSdSlopes = slopes });
        Assert.Contains(
            "The noise varies with the prediction, most for y2: it shrinks as predictions rise; one standard deviation above the mean it is 0.50 times",
            Text(Truth, 1, With(0.2, -0.5 * Math.Log(2))), StringComparison.Ordinal);
        Assert.DoesNotContain("The noise varies", Text(Truth, 1, With(0.05, -0.02)), StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_that_end_are_named()
    {
        BayesianNetwork model = Trained(new TrainingOptions { HiddenUnits = [4], Method = new AnchoredEnsemble { Particles = 4 }, MaxIterations = 20 });
        string With(OutputBounds first, OutputBounds second) => Text(Truth, 1, model.With(model.Model.Calibration with { Bounds = [first, second] }));
        OutputBounds floor = OutputBounds.None with { Lower = 0 }, ceiling = OutputBounds.None with { Upper = 3 };
        Assert.Contains("Its networks do not predict y1, y2 below the smallest training value: this improves out-of-fold", With(floor, floor), StringComparison.Ordinal);
        Assert.Contains("Its networks do not predict y1 below the smallest training value, or y2 above the largest: this improves out-of-fold", With(floor, ceiling), StringComparison.Ordinal);
        Assert.Contains("Its networks do not predict y2 above the largest training value: this improves out-of-fold", With(OutputBounds.None, ceiling), StringComparison.Ordinal);
        Assert.DoesNotContain("Its networks do not predict", With(OutputBounds.None, OutputBounds.None), StringComparison.Ordinal);
    }

    private static (double, double) Truth(int row) => (Data.Targets[row, 0], Data.Targets[row, 1]);

    /// <summary>Of two particles a little apart.</summary>
    private static string Text(Func<int, (double First, double Second)> mean, double noiseVariance, TrainingOptions? options = null) =>
        Text(mean, noiseVariance, Trained(options ?? new TrainingOptions { HiddenUnits = [4], Method = new AnchoredEnsemble { Particles = 4 }, MaxIterations = 20 }));

    private static BayesianNetwork Trained(TrainingOptions options) => BayesianNetwork.Fit(Data, options);

    private static string Text(Func<int, (double First, double Second)> mean, double noiseVariance, BayesianNetwork model)
    {
        var outputs = new double[2, Data.RowCount, 2];
        for (int n = 0; n < Data.RowCount; n++)
        {
            for (int s = 0; s < 2; s++)
            {
                (outputs[s, n, 0], outputs[s, n, 1]) = (mean(n).First + (1e-4 * s), mean(n).Second + (1e-4 * s));
            }
        }

        var prediction = new PredictiveDistribution(Data.TargetNames, outputs, new[,] { { noiseVariance, noiseVariance }, { noiseVariance, noiseVariance } });
        return string.Join('\n', Verdict.Sentences(model, prediction, Data.Targets, Scores.Evaluate(prediction, Data.Targets), prediction));
    }
}
