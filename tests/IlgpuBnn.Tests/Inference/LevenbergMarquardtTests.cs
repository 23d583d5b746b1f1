using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace IlgpuBnn.Tests.Inference;

public sealed class LevenbergMarquardtTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 3)]
    [InlineData(65, 13)]
    [InlineData(200, 37)]
    public void Normal_equations_are_solved(int rows, int width)
    {
        var random = new Random(rows);
        double[] jacobian = [.. Enumerable.Range(0, rows * width).Select(_ => random.NextDouble() - 0.5)], precisions = [.. Enumerable.Range(0, width).Select(_ => random.NextDouble())];
        double[] right = [.. Enumerable.Range(0, width).Select(_ => random.NextDouble())], solution = new double[width];
        var matrix = DenseMatrix.Create(rows, width, (n, p) => jacobian[(n * width) + p]);
        Matrix<double> normal = (matrix.Transpose() * matrix) + DenseMatrix.CreateDiagonal(width, width, p => precisions[p] + 0.1);
        var own = new NormalEquations(width);
        own.Set(jacobian, rows, precisions);
        Assert.True(own.Factorise(0.1));
        own.Solve(right, solution);
        Vector<double> exact = normal.Solve(DenseVector.OfArray(right));
        Assert.Equal(normal.Trace() - (0.1 * width), own.Trace, 1e-10);
        Assert.All(Enumerable.Range(0, width), p => Assert.Equal(exact[p], solution[p], 1e-10));
    }

    [Fact]
    public void What_is_not_positive_definite_is_not_factorised()
    {
        var own = new NormalEquations(3);
        own.Set([1, 2, 3], 1, new double[3]);
        Assert.False(own.Factorise(0));
    }

    [Fact]
    public void Linear_regression_takes_one_step_and_has_its_exact_deviations()
    {
        // y = a + b x, with a prior on b.
        double[] x = [0, 1, 2, 3], y = [1, 3.1, 4.9, 7];
        var line = new Line(x, y) { Anchors = [0, 1], Precisions = [0, 4] };
        double[] parameters = [5, -3];
        LeastSquaresResult result = LevenbergMarquardt.Minimise(line, parameters, 100, 1e-12, default);
        Matrix<double> normal = DenseMatrix.OfArray(new double[,] { { 4, 6 }, { 6, 14 + 4 } });
        Vector<double> exact = normal.Solve(DenseVector.OfArray([y.Sum(), x.Zip(y, (a, b) => a * b).Sum() + 4]));
        Assert.Equal(exact[0], parameters[0], 1e-6);
        Assert.Equal(exact[1], parameters[1], 1e-6);
        Assert.True(result.Converged);
        double[] deviations = LevenbergMarquardt.LaplaceDeviations(line, parameters, [0, 1]);
        Assert.Equal(Math.Sqrt(normal.Inverse()[0, 0]), deviations[0], 1e-12);
        Assert.Equal(Math.Sqrt(normal.Inverse()[1, 1]), deviations[1], 1e-12);
    }

    [Fact]
    public void The_valley_of_Rosenbrock_is_gone_through()
    {
        var valley = new Rosenbrock { Anchors = [0, 0], Precisions = [0, 0] };
        double[] parameters = [-1.2, 1];
        LeastSquaresResult result = LevenbergMarquardt.Minimise(valley, parameters, 100, 1e-14, default);
        Assert.Equal(1, parameters[0], 1e-6);
        Assert.Equal(1, parameters[1], 1e-6);
        Assert.InRange(result.Squares, 0, 1e-12);
        Assert.InRange(result.Steps, 5, 60);
    }

    private sealed class Line(double[] x, double[] y) : LeastSquares
    {
        public override int ResidualCount => x.Length;

        public override void Evaluate(double[] parameters, double[] residuals, Span<double> jacobian)
        {
            for (int n = 0; n < x.Length; n++)
            {
                residuals[n] = parameters[0] + (parameters[1] * x[n]) - y[n];
                if (!jacobian.IsEmpty)
                {
                    (jacobian[2 * n], jacobian[(2 * n) + 1]) = (1, x[n]);
                }
            }
        }
    }

    private sealed class Rosenbrock : LeastSquares
    {
        public override int ResidualCount => 2;

        public override void Evaluate(double[] parameters, double[] residuals, Span<double> jacobian)
        {
            (residuals[0], residuals[1]) = (10 * (parameters[1] - (parameters[0] * parameters[0])), 1 - parameters[0]);
            if (!jacobian.IsEmpty)
            {
                (jacobian[0], jacobian[1], jacobian[2], jacobian[3]) = (-20 * parameters[0], 10, -1, 0);
            }
        }
    }
}
