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
    public void A_function_on_a_grid_starts_from_its_strongest_waves()
    {
        double[] x = [.. Even(30, 2).Select(own => own + 5)], y = Even(24, 0.5);
        double[,] values = new double[y.Length, x.Length], between = new double[400, 2];
        for (int n = 0; n < values.Length; n++)
        {
            values[n / x.Length, n % x.Length] = Surface(x[n % x.Length], y[n / x.Length]);
        }

        for (int n = 0; n < 400; n++)
        {
            (between[n, 0], between[n, 1]) = (3.05 + (3.9 * (n % 20) / 19), -0.49 + (0.98 * (n / 20) / 19));
        }

        var network = MultiStageNetwork.FitGrid(x, y, values, new MultiStageOptions { Stages = 2, HiddenUnits = [12, 10], MaxSteps = 60, AdamSteps = 200, Seed = 2 });
        double[] predicted = network.Predict(between);
        double error = Math.Sqrt(predicted.Select((own, n) => Math.Pow(own - Surface(between[n, 0], between[n, 1]), 2)).Average());
        Assert.InRange(error, 0, 2e-3);
        Assert.InRange(network.Stages[0].ValidationError, error / 5, error * 5);

        // cos(3 x - 5 y) has the angular frequencies 6 and 2.5 on [-1, 1].
        Assert.InRange(network.Stages[0].Kappa, 5, 40);
        Assert.Equal(predicted, network.Predict(between, network.Stages.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => network.Predict(between, 0));
        Assert.Contains("Points have 1 inputs", Assert.Throws<ArgumentException>(() => network.Predict([1.0])).Message, StringComparison.Ordinal);

        static double Surface(double x, double y) => 4 + Math.Cos((3 * x) - (5 * y)) + (0.2 * x * y);
    }

    [Fact]
    public void A_grid_of_one_value_has_nothing_to_learn()
    {
        var network = MultiStageNetwork.FitGrid(Even(8, 1), Even(8, 1), new double[8, 8]);
        Assert.Empty(network.Stages);
        Assert.Equal("nothing is left", network.StopReason);
    }

    [Fact]
    public void Wrong_arguments_are_told()
    {
        double[] eight = Even(8, 1);
        AssertTold("There are 8 x 3 values for 8 rows and 8 columns", () => MultiStageNetwork.FitGrid(eight, eight, new double[8, 3]));
        AssertTold("The 8 values of y must be finite and rise at even distances", () => MultiStageNetwork.FitGrid(eight, [.. eight[..7], 5], new double[8, 8]));
        AssertTold("The 3 values of x", () => MultiStageNetwork.FitGrid(Even(3, 1), eight, new double[8, 3]));
        var wrong = new double[8, 8];
        wrong[2, 1] = double.NaN;
        AssertTold("The value in row 3, column 2 is NaN", () => MultiStageNetwork.FitGrid(eight, eight, wrong));
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
