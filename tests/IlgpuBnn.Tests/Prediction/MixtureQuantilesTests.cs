namespace IlgpuBnn.Tests.Prediction;

public class MixtureQuantilesTests
{
    /// <remarks>Rows below, at and above a vector's width, more than a piece of work; targets that do not divide either.</remarks>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 3, 5)]
    [InlineData(3, 3, 2)]
    [InlineData(8, 1, 20)]
    [InlineData(9, 1, 20)]
    [InlineData(7, 15, 3)]
    [InlineData(1500, 3, 4)]
    public void Bounds_of_an_interval_are_the_quantiles_of_each_mixture(int rows, int targets, int particles)
    {
        (double[,,] outputs, double[,] variances) = Random(rows, targets, particles);
        AssertQuantiles(outputs, variances, 0.95);
        AssertQuantiles(outputs, variances, 0.2);
    }

    [Fact]
    public void Mixtures_that_need_a_guarded_search_get_one_beside_others_that_do_not()
    {
        // Components far apart in the second row, point masses in the third: Halley's steps alone find neither.
        double[,,] outputs = { { { 0 }, { -1e6 }, { 1 }, { 2 } }, { { 0.1 }, { 1e6 }, { 1 }, { 2.5 } }, { { 0.3 }, { 3e6 }, { 1 }, { 9 } } };
        AssertQuantiles(outputs, new double[,] { { 1 }, { 1e-4 }, { 4 } }, 0.95);
        AssertQuantiles(outputs, new double[,] { { 1 }, { 0 }, { 4 } }, 0.3);
        AssertQuantiles(outputs, new double[3, 1], 0.95);
    }

    [Fact]
    public void A_quantile_does_not_depend_on_the_rows_around_it()
    {
        (double[,,] outputs, double[,] variances) = Random(rows: 257, targets: 3, particles: 5);
        (double[,] lower, double[,] upper) = Of(outputs, variances).Interval(0.9);
        for (int row = 0; row < 257; row += 4)
        {
            double[,,] own = new double[5, 1, 3];
            for (int s = 0; s < 5; s++)
            {
                for (int o = 0; o < 3; o++) own[s, 0, o] = outputs[s, row, o];
            }

            (double[,] ownLower, double[,] ownUpper) = Of(own, variances).Interval(0.9);
            for (int o = 0; o < 3; o++)
            {
                Assert.Equal(ownLower[0, o], lower[row, o]);
                Assert.Equal(ownUpper[0, o], upper[row, o]);
            }
        }
    }

    [Theory]
    [InlineData(3, 3, 2)]
    [InlineData(41, 2, 5)]
    public void Noise_that_changes_with_the_prediction_does_so_row_by_row(int rows, int targets, int particles)
    {
        (double[,,] outputs, double[,] variances) = Random(rows, targets, particles);
        string[] names = [.. Enumerable.Range(0, targets).Select(o => $"t{o}")];
        PredictiveDistribution prediction = new(names, outputs, variances, null, [.. names.Select((_, o) => new VarianceFunction(10 * o, 1, 0.4 - o))]);
        (double[,] lower, _) = prediction.Interval(0.9);
        prediction.ForEachMixture((row, target, mixture) =>
            Numbers.AssertClose(mixture.Quantile((1 - 0.9) / 2), lower[row, target], absolute: 1e-10, relative: 1e-13));
    }

    [Fact]
    public void No_rows_have_no_quantiles() => Assert.Empty(Of(new double[2, 0, 3], new double[2, 3]).Interval(0.9).Lower);

    private static void AssertQuantiles(double[,,] outputs, double[,] variances, double level)
    {
        PredictiveDistribution prediction = Of(outputs, variances);
        (double[,] lower, double[,] upper) = prediction.Interval(level);
        for (int row = 0; row < prediction.RowCount; row++)
        {
            for (int target = 0; target < prediction.TargetNames.Count; target++)
            {
                double[] means = [.. Enumerable.Range(0, prediction.ParticleCount).Select(s => outputs[s, row, target])];
                double[] sds = [.. Enumerable.Range(0, prediction.ParticleCount).Select(s => Math.Sqrt(variances[s, target]))];
                var mixture = new GaussianMixture(means, sds);
                double tolerance = 1e-10 * sds.Min() + 1e-22;
                Numbers.AssertClose(mixture.Quantile((1 - level) / 2), lower[row, target], tolerance, relative: 1e-13);
                Numbers.AssertClose(mixture.Quantile((1 + level) / 2), upper[row, target], tolerance, relative: 1e-13);
            }
        }
    }

    private static PredictiveDistribution Of(double[,,] outputs, double[,] variances) =>
        new([.. Enumerable.Range(0, outputs.GetLength(2)).Select(o => $"t{o}")], outputs, variances);

    private static (double[,,] Outputs, double[,] Variances) Random(int rows, int targets, int particles)
    {
        Random random = new((rows * 100) + (targets * 10) + particles);
        double[,,] outputs = new double[particles, rows, targets];
        double[,] variances = new double[particles, targets];
        for (int s = 0; s < particles; s++)
        {
            for (int o = 0; o < targets; o++)
            {
                variances[s, o] = Math.Pow(0.05 + random.NextDouble(), 2) * (1 + o);
                for (int row = 0; row < rows; row++) outputs[s, row, o] = (2 * random.NextDouble() - 1) * (1 + (row % 5)) + (10 * o);
            }
        }

        return (outputs, variances);
    }
}
