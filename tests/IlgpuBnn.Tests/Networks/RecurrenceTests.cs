using IlgpuBnn.Tests.Inference;

namespace IlgpuBnn.Tests.Networks;

/// <summary>Series from the table through a training to predictions.</summary>
public sealed class RecurrenceTests
{
    private const int Steps = 7;

    private static readonly Device _device = TestDevices.Open("cpu-256");

    public static TheoryData<Layer[]> Truncated =>
    [
        [new FieldLayer(2, 5), new Recurrence(RecurrentCell.Lstm, 3, Truncation: 2)],
        [new FieldLayer(2, 5), new Recurrence(RecurrentCell.Gru, 3, Sequence: true, Truncation: 3, Masked: true)],
        [new FieldLayer(1, 3), new Recurrence(RecurrentCell.Lstm, 2, Sequence: true, Truncation: 1), new Recurrence(RecurrentCell.Gru, 2, Truncation: 9)],
    ];

    /// <remarks>It is no log density's.</remarks>
    [Theory]
    [MemberData(nameof(Truncated))]
    public void A_truncated_gradient_is_the_oracles(Layer[] layers) => PosteriorCase.ForShapes(
        new TrainingOptions { Layers = layers, Method = new IndependentParticles { Particles = 3 } }, own => own.AssertGradientIsTheOracles());

    [Theory]
    [InlineData("field(3,7) lstm(19,masked)", 1)]
    [InlineData("field(3,7) gru(19,sequence,masked) lstm(5)", 2)]
    [InlineData("field(3,7) lstm(33,sequence) gru(9,sequence,masked) conv1d(1,1,identity) field(1,7)", Steps)]
    public void A_single_row_is_predicted_as_many_are(string network, int targets) => SingleRows.AssertPredictedAsMany(Fit(network, targets), Table(3, seed: 2), _device);

    /// <summary>Whatever stands where there is no step, and wherever that is: only the steps that there are count, in their order.</summary>
    [Theory]
    [InlineData("lstm")]
    [InlineData("gru")]
    public void Steps_that_are_not_there_change_nothing(string cell)
    {
        BayesianNetwork model = Fit($"field(3,7) {cell}(6,masked)", 1);
        int[][] present = [[0, 1, 2, 3], [3, 4, 5, 6], [0, 2, 3, 6]];
        double[,] steps = Table(4, seed: 3), inputs = Table(present.Length, seed: 4);
        for (int row = 0; row < present.Length; row++)
        {
            for (int step = 0; step < Steps; step++)
            {
                inputs[row, (2 * Steps) + step] = 0;
            }

            for (int k = 0; k < 4; k++)
            {
                (inputs[row, present[row][k]], inputs[row, Steps + present[row][k]], inputs[row, (2 * Steps) + present[row][k]]) = (steps[k, 0], steps[k, 1], 1);
            }
        }

        foreach (string device in TestDevices.Names.Concat(TestDevices.Others))
        {
            double[,] mean = model.Predict(inputs, TestDevices.Open(device)).Mean;
            Assert.Equal(mean[0, 0], mean[1, 0], 1e-5);
            Assert.Equal(mean[0, 0], mean[2, 0], 1e-5);
        }

        (inputs[0, 0], inputs[1, 0]) = (inputs[0, 0] + 3, inputs[1, 0] + 3);
        double[,] changed = model.Predict(inputs, _device).Mean;
        Assert.NotEqual(changed[0, 0], changed[2, 0], 1e-3);
        Assert.Equal(changed[1, 0], changed[2, 0], 1e-5);
    }

    /// <summary>The sum of what came while a switch was on: no single step says it.</summary>
    [Theory]
    [InlineData(RecurrentCell.Lstm)]
    [InlineData(RecurrentCell.Gru)]
    public void What_came_steps_ago_is_remembered(RecurrentCell cell)
    {
        (double[,] inputs, double[,] targets) = Sums(160, 0);
        var options = new TrainingOptions { Layers = [new FieldLayer(2, 8), new Recurrence(cell, 8)], Method = new AnchoredEnsemble { Particles = 6, Folds = 2 }, MaxIterations = 400 };
        BayesianNetwork model = BayesianNetwork.Fit(new Dataset(inputs, targets), options);
        (double[,] unseen, double[,] truth) = Sums(200, 1);
        Assert.InRange(Scores.Evaluate(model.Predict(unseen), truth).PerTarget[0].R2, 0.9, 1);
    }

    private static (double[,] Inputs, double[,] Targets) Sums(int rows, int seed)
    {
        var random = new Random(seed);
        double[,] inputs = new double[rows, 16], targets = new double[rows, 1];
        for (int row = 0; row < rows; row++)
        {
            for (int step = 0; step < 8; step++)
            {
                (inputs[row, step], inputs[row, 8 + step]) = (random.NextDouble(), random.Next(2));
                targets[row, 0] += inputs[row, step] * inputs[row, 8 + step];
            }
        }

        return (inputs, targets);
    }

    private static BayesianNetwork Fit(string network, int targets)
    {
        var random = new Random(1);
        var values = new double[9, targets];
        for (int row = 0; row < 9; row++)
        {
            for (int o = 0; o < targets; o++)
            {
                values[row, o] = Case.Gaussian(random);
            }
        }

        var options = new TrainingOptions { Layers = NetworkDescription.Parse(network), Method = new IndependentParticles { Particles = 3 }, MaxIterations = 3 };
        return BayesianNetwork.Fit(new Dataset(Table(9, seed: 0), values), options, _device);
    }

    /// <summary>Two channels of numbers, and one that says which steps there are.</summary>
    private static double[,] Table(int rows, int seed)
    {
        var random = new Random(seed);
        var values = new double[rows, 3 * Steps];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < 3 * Steps; column++)
            {
                values[row, column] = column < 2 * Steps ? Case.Gaussian(random) : random.Next(3) == 0 ? 0 : 1;
            }
        }

        return values;
    }
}
