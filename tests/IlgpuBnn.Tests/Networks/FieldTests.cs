namespace IlgpuBnn.Tests.Networks;

/// <summary>Fields from the table through a training to predictions.</summary>
public sealed class FieldTests
{
    private const int Side = 4;
    private const int Positions = Side * Side;

    private static readonly Device _device = TestDevices.Open("cpu-256");

    /// <summary>On a periodic domain nothing tells one place from another: neither the network nor the scaling of its columns.</summary>
    [Fact]
    public void A_shifted_field_is_predicted_shifted()
    {
        BayesianNetwork model = Fit("field(2,4,4) conv2d(3,3,periodic,tanh) conv2d(1,3,periodic,identity) field(1,4,4)", targets: Positions);
        double[,] inputs = Table(5, 2 * Positions, seed: 2), shifted = new double[5, 2 * Positions];
        ForEach(inputs, (row, column) => shifted[row, Shifted(column)] = inputs[row, column]);
        double[,] mean = model.Predict(inputs, _device).Mean, ofShifted = model.Predict(shifted, _device).Mean;

        // Calibration of each target keeps its own bounds; fields within them are exact but for rounding.
        ForEach(mean, (row, column) => Assert.Equal(mean[row, column], ofShifted[row, Shifted(column)], 1e-5 * (1 + Math.Abs(mean[row, column]))));
    }

    [Theory]
    [InlineData("field(2,4,4) conv2d(19,3,reflect) pool(3) conv2d(2,2,zero,stride=2,tanh)", 3)]
    [InlineData("field(2,16) conv1d(67,3) resize(2) conv1d(1,5,periodic,identity) field(1,32)", 32)]
    [InlineData("field(2,4,4) pool(2) dense(18) field(2,3,3) conv2d(2,3,identity) field(2,3,3)", 18)]
    public void A_single_row_is_predicted_as_many_are(string network, int targets) => SingleRows.AssertPredictedAsMany(Fit(network, targets), Table(3, 2 * Positions, seed: 2), _device);

    [Fact]
    public void Channels_are_scaled_as_wholes()
    {
        double[,] values = { { 1, 3, 10, 10 }, { 5, 7, 10, 10 } };
        Standardisation scaling = Standardisation.FitChannels(values, 2);
        Assert.Equal([4, 4, 10, 10], scaling.Mean);
        Assert.Equal([Math.Sqrt(5), Math.Sqrt(5), 1, 1], scaling.Scale);
        Assert.Equal(["channel 2"], scaling.ConstantColumns);
    }

    /// <summary>As wide as its filters' inputs ask for, and without relevances, which are of weights that each belong to one input.</summary>
    [Fact]
    public void Weights_of_a_convolution_have_a_prior_by_their_fan_in()
    {
        ParameterLayout layout = LayoutOf("field(2,4,4) conv2d(5,3) dense(3)");
        Assert.Equal([3, 3, 2, 5], layout.Blocks[0].Shape);
        Assert.Equal(18, layout.Blocks[0].FanIn);
        double[] deviations = new AnchoredPrior(WeightScale: 2).Moments(layout).StandardDeviation;
        Assert.Equal(2 / Math.Sqrt(18), deviations[0], 12);
        Assert.Equal(2 / Math.Sqrt(5 * Positions), deviations[layout.Blocks[2].Offset], 12);
        Assert.Null(layout.Block(ParameterRole.Relevance));
        Assert.NotNull(LayoutOf("field(2,4,4) dense(3)").Block(ParameterRole.Relevance));
        Assert.Null(LayoutOf("field(2,4,4) pool(2) dense(3)").Block(ParameterRole.Relevance));
    }

    [Theory]
    [InlineData("field(2,4,5) conv2d(3,3)", "field(2,4,5) reads 2 x 4 x 5 = 40 inputs, and there are 32. Give channels and sizes whose product is their number.")]
    [InlineData("field(2,4,4) conv2d(2,3,identity) field(2,4,4)", "The last field(2,4,4) has 2 x 4 x 4 = 32 targets, and there are 1.")]
    public void A_field_that_does_not_fit_the_table_is_refused(string network, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => Fit(network, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Derivatives_by_inputs_of_a_field_are_refused()
    {
        string message = Assert.Throws<ArgumentException>(() => Fit("field(2,4,4) conv2d(1,3)", 1).Gradients(Table(1, 2 * Positions, seed: 2))).Message;
        Assert.Contains("Take differences of predictions.", message, StringComparison.Ordinal);
    }

    private static int Shifted(int column) => (column / Positions * Positions) + ((((column % Positions / Side) + 1) % Side) * Side) + ((column + 2) % Side);

    private static ParameterLayout LayoutOf(string network)
    {
        var options = new TrainingOptions { Layers = NetworkDescription.Parse(network) };
        return options.LayoutOf(options.BuildNetwork(2 * Positions, 1), training: true);
    }

    private static BayesianNetwork Fit(string network, int targets) => BayesianNetwork.Fit(
        new Dataset(Table(9, 2 * Positions, seed: 0), Table(9, targets, seed: 1)),
        new TrainingOptions { Layers = NetworkDescription.Parse(network), Method = new IndependentParticles { Particles = 3 }, MaxIterations = 3 }, _device);

    /// <summary>Columns of different sizes, so that a column's own scale would show.</summary>
    private static double[,] Table(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var values = new double[rows, columns];
        ForEach(values, (row, column) => values[row, column] = (1 + (column % 3)) * Case.Gaussian(random));
        return values;
    }

    private static void ForEach(double[,] values, Action<int, int> visit)
    {
        for (int row = 0; row < values.GetLength(0); row++)
        {
            for (int column = 0; column < values.GetLength(1); column++)
            {
                visit(row, column);
            }
        }
    }
}
