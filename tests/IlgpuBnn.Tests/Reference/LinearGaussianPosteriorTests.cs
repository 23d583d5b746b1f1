namespace IlgpuBnn.Tests.Reference;

public class LinearGaussianPosteriorTests
{
    [Fact]
    public void Moments_of_a_line_agree_with_a_sum_over_a_grid()
    {
        double[,] x = { { -1 }, { 0.5 }, { 2 }, { 3 } }, y = { { 0.2 }, { double.NaN }, { 1.1 }, { 2.5 } };
        (double gamma, double lambda) = (3, 0.7);
        ReferencePosterior posterior = new(new([1, 1], ReferenceActivation.Identity), sharedNoise: true, sharedWeightPrecision: true);
        double[] precisions = [Math.Log(gamma), Math.Log(lambda)];

        // The standard deviations are near 0.2 and 0.4: more than ten of them lie each way, about five points in each.
        double total = 0;
        double[] first = new double[2];
        double[,] second = new double[2, 2];
        for (int i = -100; i <= 100; i++)
            for (int j = -100; j <= 100; j++)
            {
                double[] at = [0.6 + 0.04 * i, 0.3 + 0.06 * j];
                double density = Math.Exp(posterior.LogDensity([.. at, .. precisions], x, y, totalRows: 4));
                total += density;
                for (int p = 0; p < 2; p++)
                {
                    first[p] += density * at[p];
                    for (int q = 0; q < 2; q++)
                        second[p, q] += density * at[p] * at[q];
                }
            }
        double[] mean = [first[0] / total, first[1] / total];
        for (int p = 0; p < 2; p++)
            for (int q = 0; q < 2; q++)
                second[p, q] = second[p, q] / total - mean[p] * mean[q];

        LinearGaussianPosterior exact = LinearGaussianPosterior.Of(x, y, [gamma], lambda);
        // Equally spaced sums over a Gaussian converge faster than any power; rounding is left.
        Tolerance grid = new(1e-10, 1e-10);
        grid.AssertClose(mean, exact.Mean, "mean");
        grid.AssertClose(second, exact.Covariance, "covariance");
    }

    [Fact]
    public void Mean_is_the_mode_and_covariance_inverts_the_curvature_with_several_outputs()
    {
        RandomNumbers numbers = new(seed: 8);
        (double[,] x, double[,] y) = (numbers.Table(9, 3), numbers.Table(9, 2));
        y[2, 1] = double.NaN;
        double[] precisions = [Math.Log(2), Math.Log(5), Math.Log(0.6)];
        ReferencePosterior posterior = new(new([3, 2], ReferenceActivation.Identity), sharedNoise: false, sharedWeightPrecision: true);
        double[] Gradient(double[] weights) => posterior.Gradient([.. weights, .. precisions], x, y, totalRows: 9)[..8];

        LinearGaussianPosterior exact = LinearGaussianPosterior.Of(x, y, [2, 5], weightPrecision: 0.6);

        new Tolerance(1e-12, 0).AssertClose(new double[8], Gradient(exact.Mean), "gradient at the mean");
        double[,] product = new double[8, 8], identity = new double[8, 8];
        for (int q = 0; q < 8; q++)
        {
            identity[q, q] = 1;
            // Log p is quadratic: one difference of gradients is exact.
            double[] moved = [.. exact.Mean];
            moved[q] += 1;
            double[] curvature = Gradient(moved);
            for (int p = 0; p < 8; p++)
                for (int r = 0; r < 8; r++)
                    product[p, q] -= exact.Covariance[p, r] * curvature[r];
        }
        new Tolerance(1e-12, 1e-12).AssertClose(identity, product, "covariance times curvature");
    }
}
