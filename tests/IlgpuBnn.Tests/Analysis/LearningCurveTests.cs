using IlgpuBnn.Analysis;

namespace IlgpuBnn.Tests.Analysis;

public sealed class LearningCurveTests
{
    private static readonly TrainingOptions _quick = new()
    {
        HiddenUnits = [6],
        MaxIterations = 60,
        SelectEncodings = false,
        Method = new AnchoredEnsemble { Particles = 4, Folds = 2 },
        Seed = 3,
    };

    [Fact]
    public void Errors_are_those_of_networks_that_had_not_seen_the_rows()
    {
        Dataset data = Table(45);
        var curve = LearningCurve.Measure(data, new LearningCurveOptions { Sizes = [8, 28], Parts = 3, Training = _quick });
        IReadOnlyList<int>[] orders = LearningCurve.Orders(data, 3, 3);
        Assert.Equal((6, 45), (curve.Trainings, curve.RowCount));
        for (int size = 0; size < 2; size++)
        {
            double squares = 0;
            foreach (IReadOnlyList<int> order in orders)
            {
                Dataset unseen = data.SelectRows([.. Enumerable.Range(0, 45).Except(order)]);
                using Device device = DeviceCatalog.OpenCpu(1);
                PredictiveDistribution prediction = BayesianNetwork.Fit(data.SelectRows([.. order.Take(curve.Sizes[size])]), _quick, device).Predict(unseen, device);
                squares += Enumerable.Range(0, unseen.RowCount).Sum(row => Math.Pow(prediction.Mean[row, 0] - unseen.Targets[row, 0], 2));
            }

            // The second target never varies.
            double expected = Math.Sqrt(squares / 45) / Standardisation.Fit(data.Targets).Scale[0];
            Assert.Equal(expected, curve.Rmse.Errors[size], 1e-9);
            Assert.Equal(("y", expected), (curve.Targets.Single().Name, curve.Targets[0].Errors[size]), EqualityComparer<(string, double)>.Create((a, b) => a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) < 1e-9));
        }

        Assert.True(curve.Crps.Errors[1] < curve.Crps.Errors[0]);
    }

    [Fact]
    public void Parts_share_no_related_rows_and_every_row_is_in_one()
    {
        int[] groups = [.. Enumerable.Range(0, 45).Select(row => row / 5)];
        IReadOnlyList<int>[] orders = LearningCurve.Orders(Table(45, groups), 3, 1);
        int[][] parts = [.. orders.Select(order => Enumerable.Range(0, 45).Except(order).ToArray())];
        Assert.Equal(Enumerable.Range(0, 45), parts.SelectMany(part => part).Order());
        for (int k = 0; k < 3; k++)
        {
            Assert.Empty(orders[k].Select(row => groups[row]).Intersect(parts[k].Select(row => groups[row])));
            Assert.Equal(orders[k].Count, orders[k].Distinct().Count());

            // Few rows are few groups.
            Assert.Equal(2, orders[k].Take(10).Select(row => groups[row]).Distinct().Count());
        }
    }

    [Fact]
    public void What_cannot_be_measured_is_told()
    {
        Assert.Contains("no curve can be drawn", Assert.Throws<DataException>(() => LearningCurve.Measure(Table(15))).Message);
        Assert.Contains("Give sizes between 3 and 16", Assert.Throws<ArgumentException>(() => LearningCurve.Measure(Table(20), new LearningCurveOptions { Sizes = [5, 20] })).Message);
        Assert.Contains("all rows are related", Assert.Throws<DataException>(() => LearningCurve.Measure(Table(30, new int[30]))).Message);
        string message = Assert.Throws<ArgumentException>(() => LearningCurve.Measure(Table(30), new LearningCurveOptions { Sizes = [5, 5], Parts = 1 })).Message;
        Assert.Contains("Parts is 1", message);
        Assert.Contains("Sizes are 5, 5; give at least two, rising.", message);
    }

    private static Dataset Table(int rows, int[]? groups = null)
    {
        var random = new Random(8);
        var inputs = new double[rows, 2];
        var targets = new double[rows, 2];
        for (int row = 0; row < rows; row++)
        {
            (inputs[row, 0], inputs[row, 1]) = (random.NextDouble(), random.NextDouble());
            (targets[row, 0], targets[row, 1]) = (Math.Sin(4 * inputs[row, 0]) - inputs[row, 1], 7);
        }

        return new Dataset(inputs, targets, ["a", "b"], ["y", "constant"], "table", groups);
    }
}
