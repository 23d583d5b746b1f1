using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace IlgpuBnn.Tests.Priors;

/// <summary>The evidence against wide networks that are really there, and against the density written out.</summary>
public sealed class WideNetworkEvidenceTests
{
    private const int Rows = 12, Inputs = 3;
    private static readonly double[] _parameters = [-0.4, -1.7, 0.3, -3];

    [Fact]
    public void Its_covariance_is_that_of_networks_of_units_erf()
    {
        (double[,] x, _) = Table();
        var random = new Random(5);
        const int Units = 400_000;
        double[] a = Row(x, 0), b = Row(x, 1);
        double product = 0;
        for (int unit = 0; unit < Units; unit++)
        {
            double bias = 1.3 * Case.Gaussian(random);
            double[] weights = [.. _parameters.Take(Inputs).Select(size => Math.Exp(size) * Case.Gaussian(random))];
            product += SpecialFunctions.Erf(bias + Product(weights, a)) * SpecialFunctions.Erf(bias + Product(weights, b));
        }

        // Four standard errors of the mean of products of at most 1.
        Assert.Equal(Covariance(x)[0, 1], product / Units, 4 / Math.Sqrt(Units));
    }

    [Fact]
    public void It_is_the_density_of_Students_t_with_that_covariance()
    {
        (double[,] x, double[,] y) = Table();
        Matrix<double> covariance = Covariance(x) + ((Math.Exp(_parameters[Inputs]) + 1e-6) * Matrix<double>.Build.DenseIdentity(Rows));
        double expected = Enumerable.Range(0, 2).Sum(o =>
        {
            Vector<double> own = Vector<double>.Build.Dense(Rows, row => y[row, o]);
            return (0.5 * Math.Log(covariance.Determinant())) + (0.5 * (Rows + 1) * Math.Log(1 + (own * covariance.Inverse() * own)));
        });
        Assert.Equal(expected, Evaluate(x, y, _parameters).Value, 1e-8);
    }

    [Fact]
    public void Its_gradient_is_that_of_differences()
    {
        (double[,] x, double[,] y) = Table();
        double[] gradient = Evaluate(x, y, _parameters).Gradient;
        for (int p = 0; p <= Inputs; p++)
        {
            double Moved(double step) => Evaluate(x, y, [.. _parameters.Select((own, k) => k == p ? own + step : own)]).Value;
            Assert.Equal((Moved(1e-4) - Moved(-1e-4)) / 2e-4, gradient[p], 1e-5);
        }
    }

    /// <summary>Two rows that are all but the same, and no noise to tell them apart.</summary>
    [Fact]
    public void Rows_that_are_the_same_leave_it_finite()
    {
        double[,] x = { { 1, 2 }, { 1, 2 }, { 0, 1 } }, y = { { 1 }, { 1 }, { 0 } };
        var gradient = new double[3];
        double value = new WideNetworkEvidence(x, y, [0, 1, 2]).Evaluate([0, 0, -40], gradient);
        Assert.True(double.IsFinite(value) && gradient.All(double.IsFinite));
    }

    private static (double Value, double[] Gradient) Evaluate(double[,] x, double[,] y, double[] parameters)
    {
        var gradient = new double[Inputs + 1];
        return (new WideNetworkEvidence(x, y, [.. Enumerable.Range(0, Rows)]).Evaluate(parameters, gradient), gradient);
    }

    private static Matrix<double> Covariance(double[,] x) => Matrix<double>.Build.Dense(Rows, Rows, (a, b) =>
    {
        double Of(int m, int n) => (1.3 * 1.3) + Enumerable.Range(0, Inputs).Sum(i => Math.Exp(2 * _parameters[i]) * x[m, i] * x[n, i]);
        return 2 / Math.PI * Math.Asin(2 * Of(a, b) / Math.Sqrt((1 + (2 * Of(a, a))) * (1 + (2 * Of(b, b)))));
    });

    private static (double[,] X, double[,] Y) Table()
    {
        var random = new Random(3);
        double[,] x = new double[Rows, Inputs], y = new double[Rows, 2];
        for (int row = 0; row < Rows; row++)
        {
            for (int i = 0; i < Inputs; i++)
            {
                x[row, i] = Case.Gaussian(random);
            }

            (y[row, 0], y[row, 1]) = (Math.Sin(x[row, 0]), x[row, 2] - (0.3 * Case.Gaussian(random)));
        }

        return (x, y);
    }

    private static double[] Row(double[,] x, int row) => [.. Enumerable.Range(0, Inputs).Select(i => x[row, i])];

    private static double Product(double[] a, double[] b) => a.Zip(b, (left, right) => left * right).Sum();
}
