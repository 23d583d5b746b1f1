using IlgpuBnn.Data;

namespace IlgpuBnn.Inference;

/// <summary>
/// Least squares by damped Gauss-Newton steps (Levenberg 1944, Marquardt 1963) in double precision: (J^T J + mu I) d = -J^T r, mu = lambda trace(J^T J) / P. For networks
/// of up to about two thousand weights; a step costs N P^2 + P^3 / 3 multiplications.
/// </summary>
internal static class LevenbergMarquardt
{
    private const int MaxTries = 12;
    private const double StartingDamping = 1e-2, LeastDamping = 1e-16, Accepted = 0.3, Rejected = 4;

    /// <param name="parameters">The start; becomes the end.</param>
    /// <param name="maxSteps">Accepted steps at most.</param>
    /// <param name="tolerance">Relative fall of the sum of squares below which it stops.</param>
    public static LeastSquaresResult Minimise(LeastSquares problem, double[] parameters, int maxSteps, double tolerance, CancellationToken cancellation)
    {
        int count = problem.ResidualCount, width = problem.ParameterCount;
        double[] residuals = new double[count], jacobian = new double[(long)count * width], gradient = new double[width], candidate = new double[width], step = new double[width];
        double[] candidateResiduals = new double[count];
        var normal = new NormalEquations(width);
        problem.Evaluate(parameters, residuals, []);
        double squares = problem.SquaresAt(parameters, residuals), damping = StartingDamping;
        int steps = 0;
        bool converged = false;
        while (steps < maxSteps && double.IsFinite(squares) && !converged)
        {
            problem.Evaluate(parameters, residuals, jacobian);
            normal.Set(jacobian, count, problem.Precisions);
            Gradient(problem, parameters, jacobian, residuals, gradient);
            double trace = normal.Trace, fallen = double.NaN;
            for (int attempt = 0; attempt < MaxTries && double.IsNaN(fallen); attempt++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (normal.Factorise(damping * trace / width))
                {
                    normal.Solve(gradient, step);
                    for (int p = 0; p < width; p++)
                    {
                        candidate[p] = parameters[p] - step[p];
                    }

                    problem.Evaluate(candidate, candidateResiduals, []);
                    double own = problem.SquaresAt(candidate, candidateResiduals);
                    fallen = own < squares ? squares - own : double.NaN;
                }

                damping = double.IsNaN(fallen) ? Rejected * damping : Math.Max(Accepted * damping, LeastDamping);
            }

            if (double.IsNaN(fallen))
            {
                // No direction leads down: a minimum, as far as rounding tells.
                converged = true;
                break;
            }

            candidate.CopyTo(parameters, 0);
            candidateResiduals.CopyTo(residuals, 0);
            converged = fallen < tolerance * squares;
            squares -= fallen;
            steps++;
        }

        return new LeastSquaresResult(problem.SquaresAt(parameters, residuals), residuals, steps, converged);
    }

    /// <summary>Standard deviations of some parameters under the Laplace approximation: roots of the diagonal of (J^T J + precisions)^-1.</summary>
    public static double[] LaplaceDeviations(LeastSquares problem, double[] parameters, IEnumerable<int> some)
    {
        int count = problem.ResidualCount, width = problem.ParameterCount;
        double[] jacobian = new double[(long)count * width], unit = new double[width], solved = new double[width];
        problem.Evaluate(parameters, new double[count], jacobian);
        var normal = new NormalEquations(width);
        normal.Set(jacobian, count, problem.Precisions);
        bool definite = normal.Factorise(0);
        return
        [
            .. some.Select(p =>
            {
                if (!definite)
                {
                    return double.NaN;
                }

                Array.Clear(unit);
                unit[p] = 1;
                normal.Solve(unit, solved);
                return Math.Sqrt(solved[p]);
            }),
        ];
    }

    /// <summary>J^T r and the prior's part.</summary>
    private static void Gradient(LeastSquares problem, double[] parameters, double[] jacobian, double[] residuals, double[] gradient)
    {
        for (int p = 0; p < gradient.Length; p++)
        {
            gradient[p] = problem.Precisions[p] * (parameters[p] - problem.Anchors[p]);
        }

        for (int n = 0; n < residuals.Length; n++)
        {
            Doubles.AddScaled(residuals[n], jacobian.AsSpan(n * gradient.Length, gradient.Length), gradient);
        }
    }
}

/// <summary>Where a minimisation ended.</summary>
/// <param name="Squares">Of residuals and prior.</param>
/// <param name="Residuals">[residual], in their standard deviations.</param>
/// <param name="Steps">Accepted ones.</param>
/// <param name="Converged">Whether the sum of squares fell no more.</param>
internal sealed record LeastSquaresResult(double Squares, double[] Residuals, int Steps, bool Converged);
