namespace IlgpuBnn.Tests.Equations;

public sealed class MultiStageNetworkTests
{
    [Fact]
    public void Each_stage_takes_the_error_between_the_points_down_tenfold()
    {
        // The first example of Wang and Lai (2024), on fewer points and with smaller networks.
        double[] x = Even(601, 1.02), between = Even(1999, 1);
        var network = MultiStageNetwork.Fit(x, [.. x.Select(Target)], new MultiStageOptions { Stages = 2, HiddenUnits = [12, 12], MaxSteps = 80, Seed = 1 });
        Assert.Equal(2, network.Stages.Count);
        Assert.InRange(network.Stages[0].ValidationError, 0, 1e-2);
        Assert.InRange(network.Stages[1].ValidationError, 0, network.Stages[0].ValidationError / 10);
        Assert.InRange(network.Stages[1].ValidationError, 0, 1e-5);
        double[] predicted = network.Predict(between);
        double error = Math.Sqrt(between.Select((own, n) => Math.Pow(predicted[n] - Target(own), 2)).Average());
        Assert.InRange(error, 0, 3 * network.Stages[1].ValidationError);

        // What a stage learns is of order 1, and as fast as its sines.
        Assert.Equal(network.Stages[0].TrainingError, network.Stages[1].Scale, 1e-3 * network.Stages[1].Scale);
        Assert.InRange(network.Stages[1].Frequency, 6, 200);
        Assert.Contains("2 stages were asked for", network.StopReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stage_that_learns_only_noise_is_not_kept()
    {
        double[] x = Even(201, 1);
        var random = new Random(1);
        var network = MultiStageNetwork.Fit(x, [.. x.Select(own => own + (0.1 * (random.NextDouble() - 0.5)))], new MultiStageOptions { HiddenUnits = [8, 8], MaxSteps = 20 });
        Assert.Single(network.Stages);
        Assert.Matches("further stage left|points for a wavelength", network.StopReason);
    }

    [Fact]
    public void Wrong_arguments_are_told()
    {
        double[] x = Even(20, 1);
        AssertTold("There are 20 points and 3 values", () => MultiStageNetwork.Fit(x, [1, 2, 3]));
        AssertTold("Point 20 is (-1, 1)", () => MultiStageNetwork.Fit([.. x[..19], -1], [.. x]));
        AssertTold("Stages is 0", () => MultiStageNetwork.Fit(x, x, new MultiStageOptions { Stages = 0 }));
        AssertTold("ValidationFraction is 1", () => MultiStageNetwork.Fit(x, x, new MultiStageOptions { ValidationFraction = 1 }));

        static void AssertTold(string text, Action act) => Assert.Contains(text, Assert.Throws<ArgumentException>(act).Message, StringComparison.Ordinal);
    }

    private static double Target(double t) => Math.Log(t + 2) * Math.Cos((2 * t) + (t * t * t));

    private static double[] Even(int count, double end) => [.. Enumerable.Range(0, count).Select(n => (((2.0 * n) / (count - 1)) - 1) * end)];
}
