using MathNet.Numerics.Distributions;
using SeaIceClasses;

namespace IlgpuBnn.Tests.Samples;

public sealed class SeaIceClassesTests
{
    [Fact]
    public void Scenes_are_decided_by_their_seed_and_storms_have_no_ice()
    {
        Scenes scenes = Scenes.Draw(Season.Winter, 50, 3), again = Scenes.Draw(Season.Winter, 50, 3);
        Assert.Equal(scenes.Inputs, again.Inputs);
        Assert.Equal(scenes.Labels, again.Labels);
        Assert.NotEqual(scenes.Inputs, Scenes.Draw(Season.Winter, 50, 4).Inputs);
        Assert.Equal([0, 1, 2], scenes.Labels.Distinct().Order());

        // Misjudged by two standard deviations at most, but for one scene in sixty.
        Assert.InRange(Scenes.Draw(Season.Storm, 1000, 1).Labels.Count(own => own > 0), 5, 40);
    }

    // If its probabilities are those of the generator, its log loss is its entropy, and labels less probabilities have the mean 0, whatever function of the inputs they are multiplied by.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_Bayes_classifier_knows_the_generator(bool winter)
    {
        const int count = 2000;
        Season season = winter ? Season.Winter : Season.Melt;
        Scenes scenes = Scenes.Draw(season, count, 7);
        var own = Judged.By(new BayesClassifier(season), "Bayes", scenes);

        // Four standard errors of a mean of 2,000 values that vary by 0.6; a calibration error of ten bins.
        Assert.Equal(own.MeanEntropy, own.LogLoss, 0.055);
        Assert.InRange(own.CalibrationError, 0, 0.035);
        Func<int, double>[] functions =
        [
            _ => 1, row => scenes.Inputs[row, 0] + 1, row => scenes.Inputs[row, 1] + 10, row => scenes.Inputs[row, 2] - 215, row => scenes.Inputs[row, 3] - 215, row => Math.Pow(scenes.Inputs[row, 3] - 215, 2),
        ];
        foreach (Func<int, double> function in functions)
        {
            for (int k = 0; k < 3; k++)
            {
                double sum = 0, variance = 0;
                for (int row = 0; row < count; row++)
                {
                    double p = own.Probabilities[row, k], value = function(row);
                    sum += ((scenes.Labels[row] == k ? 1 : 0) - p) * value;
                    variance += p * (1 - p) * value * value;
                }

                Assert.InRange(sum / Math.Sqrt(variance), -3.5, 3.5);
            }
        }
    }

    [Fact]
    public void A_sure_scene_s_class_is_as_sure_as_the_analyst()
    {
        // Warm and as dark as water can be: free of ice, and misjudged as more than 15 % with the probability of 0.15 / 0.07 standard deviations.
        double[,] open = new BayesClassifier(Season.Winter).Probabilities(new double[,] { { 3, 5, 175, 200 } });
        Assert.Equal(Normal.CDF(0, IceChart.Misjudged, IceChart.IceEdge), open[0, 0], 0.01);
        Assert.Equal(1, open[0, 0] + open[0, 1] + open[0, 2], 1e-12);
    }

    [Fact]
    public void Scores_are_those_of_the_library()
    {
        (Results results, Trained networks) = (_small.Value, _small.Value.Shown(Results.Networks));
        Dataset data = results.Tests[0].Data("winter");
        ClassScores expected = ClassScores.Evaluate(networks.Model.PredictClasses(data), data);

        Assert.Equal(expected.Accuracy, networks.Winter.Accuracy, 1e-12);
        Assert.Equal(expected.LogLoss, networks.Winter.LogLoss, 1e-9);
        Assert.Equal(expected.Brier, networks.Winter.Brier, 1e-12);
        Assert.Equal(expected.CalibrationError, networks.Winter.CalibrationError, 1e-12);
    }

    [Fact]
    public void Networks_disagree_about_storms_and_nobody_beats_Bayes()
    {
        Results results = _small.Value;
        Judged[] networks = results.Shown(Results.Networks).Judged;

        Assert.All(results.All, own => Assert.True(own.Winter.LogLoss > results.Bayes[0].LogLoss, $"{own.Name}: {own.Winter.LogLoss}"));
        Assert.InRange(networks[0].Accuracy, 0.78, 0.88);
        Assert.InRange(Page.Separation(results, Results.Networks, 2, epistemic: true), 0.85, 1);
        Assert.True(networks[2].MeanEpistemic / networks[2].MeanEntropy > 2 * networks[0].MeanEpistemic / networks[0].MeanEntropy);

        string page = Page.Create(results).Html();
        Assert.Contains("Seasons never seen", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Separation_counts_pairs_and_ties_by_half() => Assert.Equal((3 + 0.5) / 6, Study.Separation([1, 2, 3], [2, 2.5]), 1e-12);

    private static readonly Lazy<Results> _small = new(() => Study.Run(new Sizes([150], 150, 1, 600, 200), TextWriter.Null));
}
