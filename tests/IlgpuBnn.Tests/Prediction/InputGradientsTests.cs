namespace IlgpuBnn.Tests.Prediction;

public sealed class InputGradientsTests
{
    private const int Rows = 40;

    [Theory]
    [InlineData("dense(6,silu) dense(5,tanh)", false)]
    [InlineData("dense(6,tanh) skip dense(4,sin) skip", false)]
    [InlineData("sine(7,kappa=2)", true)]
    [InlineData("fourier(5,kappa=0.2) dense(5,sigmoid)", true)]
    public void Gradients_are_central_differences_of_the_mean(string network, bool encoded)
    {
        BayesianNetwork model = Fit(network, encoded, TrainingOptionsOf(encoded));
        double[,] inputs = { { 0.7, 1, 2 }, { 1.6, 2, 0.3 }, { 0.2, 0, 1.1 } };
        InputGradients gradients = model.Gradients(inputs);
        double[,,] outputs = model.Model.ParticleOutputs(inputs, DeviceCatalog.Default);
        for (int row = 0; row < 3; row++)
        {
            for (int o = 0; o < 2; o++)
            {
                foreach (int i in new[] { 0, 2 })
                {
                    // Outputs are in single precision: neither step nor tolerance can be small.
                    double step = 0.002 * inputs[row, i];
                    double[,,] low = At(row, i, -step), high = At(row, i, step);
                    double[] slopes = [.. Enumerable.Range(0, outputs.GetLength(0)).Select(s => (high[s, row, o] - low[s, row, o]) / (2 * step))];
                    double spread = Math.Sqrt(slopes.Average(own => Math.Pow(own - slopes.Average(), 2)));
                    Numbers.AssertClose(slopes.Average(), gradients.Mean[row, o, i], 0.01, 0.02);
                    Numbers.AssertClose(spread, gradients.StandardDeviation[row, o, i], 0.01, 0.03);
                }

                Assert.Equal(encoded, double.IsNaN(gradients.Mean[row, o, 1]));
            }
        }

        double[,,] At(int row, int input, double step)
        {
            var moved = (double[,])inputs.Clone();
            moved[row, input] += step;
            return model.Model.ParticleOutputs(moved, DeviceCatalog.Default);
        }
    }

    [Fact]
    public void Where_all_networks_are_cut_off_nothing_changes()
    {
        BayesianNetwork model = Fit("dense(6,tanh)", false, new TrainingOptions());
        var cut = new BayesianNetwork(model.Model with
        {
            Calibration = model.Model.Calibration with { Bounds = [new OutputBounds(-1e9, -1e8), OutputBounds.None] },
        });
        InputGradients gradients = cut.Gradients(new[,] { { 0.7, 1, 2 } });
        Assert.Equal(0, gradients.Mean[0, 0, 0]);
        Assert.NotEqual(0, gradients.Mean[0, 1, 0]);
    }

    [Fact]
    public void Components_are_carried_back()
    {
        BayesianNetwork model = Fit("dense(6,tanh)", false, new TrainingOptions { Components = new PrincipalComponents(1) });
        double[,] inputs = { { 0.7, 1, 2 } }, moved = { { 0.714, 1, 2 } }, back = { { 0.686, 1, 2 } };
        InputGradients gradients = model.Gradients(inputs);
        PredictiveDistribution high = model.Predict(moved), low = model.Predict(back);
        Assert.All(Enumerable.Range(0, 2), o => Numbers.AssertClose((high.Mean[0, o] - low.Mean[0, o]) / 0.028, gradients.Mean[0, o, 0], 0.01, 0.02));
    }

    private static TrainingOptions TrainingOptionsOf(bool encoded) => encoded
        ? new TrainingOptions { LogInputs = ["x1"], Categories = ["x2"], Transforms = new Dictionary<string, TransformKind> { ["y1"] = TransformKind.Log } }
        : new TrainingOptions();

    private static BayesianNetwork Fit(string network, bool encoded, TrainingOptions options)
    {
        var random = new Random(3);
        double[,] inputs = new double[Rows, 3], targets = new double[Rows, 2];
        for (int n = 0; n < Rows; n++)
        {
            (inputs[n, 0], inputs[n, 1], inputs[n, 2]) = (0.1 + (2 * random.NextDouble()), encoded ? n % 3 : 3 * random.NextDouble(), 0.1 + (2 * random.NextDouble()));
            targets[n, 0] = Math.Exp((inputs[n, 0] * inputs[n, 2]) - (0.3 * inputs[n, 1]));
            targets[n, 1] = Math.Sin(2 * inputs[n, 0]) + inputs[n, 2];
        }

        return BayesianNetwork.Fit(
            new Dataset(inputs, targets),
            options with { Layers = NetworkDescription.Parse(network), SelectEncodings = false, MaxIterations = 100, Method = new AnchoredEnsemble { Particles = 8, Folds = 4 }, Seed = 2 });
    }
}
