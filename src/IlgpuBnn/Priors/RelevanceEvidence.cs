using IlgpuBnn.Data;
using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace IlgpuBnn.Priors;

/// <summary>Which inputs matter, as the evidence of wide networks has it (<see cref="WideNetworkEvidence"/>).</summary>
internal static class RelevanceEvidence
{
    private const int MinRows = 10;

    // Time rises with the cube of the rows of a part, and the parts' evidence adds up. With many inputs, parts of few rows cannot tell which matter.
    private const int FewInputs = 10, PartRows = 150, PartRowsOfMany = 300, MaxRows = 600;

    // Prior of ln sigma: one input may matter e^4 times as much as another. Of the noise: a tenth of the signal, in standard deviations.
    private const double SizeSd = 2, LogNoise = -4.6, LogNoiseSd = 2;

    // From smooth networks and from rough ones: what is far from straight has another maximum, where its inputs say nothing.
    private static readonly double[] _starts = [0, 1.5];

    // Above -1/2 ln I: no input matters less than this, so that training can still find out that it does.
    private const double Floor = -2.5;

    private const double Tolerance = 1e-3;
    private const int FirstIterations = 10, MaxIterations = 40, Memory = 10;

    /// <summary>[input]: most probable log relevances, all of which together count as one.</summary>
    /// <param name="inputs">[row, input], standardised.</param>
    /// <param name="targets">[row, target], standardised, NaN where missing.</param>
    /// <param name="rows">That may take part.</param>
    /// <returns>Null for too few rows that have all targets.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static double[]? Find(double[,] inputs, double[,] targets, IEnumerable<int> rows, int seed, CancellationToken cancellation)
    {
        int outputs = targets.GetLength(1), count = inputs.GetLength(1);
        int[] complete = Complete(targets, rows);
        if (complete.Length < MinRows)
        {
            return null;
        }

        Combinatorics.SelectPermutationInplace(complete, RandomStreams.Open(seed, RandomStreams.Purpose.EvidenceRows));
        int rowsUsed = Math.Min(complete.Length, MaxRows), partRows = count <= FewInputs ? PartRows : PartRowsOfMany, parts = (rowsUsed + partRows - 1) / partRows;
        WideNetworkEvidence[] evidence =
            [.. Enumerable.Range(0, parts).Select(part => new WideNetworkEvidence(inputs, targets, [.. complete.Take(rowsUsed).Where((_, k) => k % parts == part)]))];

        // Targets that vary together say the same.
        double weight = IndependentTargets(targets) / outputs, level = -0.5 * Math.Log(count);
        (double Value, double[] At) best = (double.PositiveInfinity, []);
        foreach (double raised in _starts)
        {
            Climb([.. Enumerable.Repeat(level + raised, count), LogNoise], FirstIterations);
        }

        if (best.At.Length == 0)
        {
            return null;
        }

        Climb(best.At, MaxIterations);
        return Normalised(best.At.AsSpan(0, count));

        void Climb(double[] start, int iterations)
        {
            try
            {
                new LimitedMemoryBfgsMinimizer(Tolerance, Tolerance, Tolerance, Memory, iterations)
                    .FindMinimum(ObjectiveFunction.Gradient(Evaluate), Vector<double>.Build.Dense([.. start]));
            }
            catch (Exception exception) when (exception is OptimizationException or NonConvergenceException)
            {
                // The best point before counts: iterations have run out, or a step led nowhere. What the library wraps must come out.
                cancellation.ThrowIfCancellationRequested();
            }
        }

        (double Value, Vector<double> Gradient) Evaluate(Vector<double> at)
        {
            cancellation.ThrowIfCancellationRequested();
            double[] parameters = [.. at], values = new double[parts];
            var gradients = new double[parts][];
            Parallel.For(0, parts, part =>
            {
                gradients[part] = new double[count + 1];
                values[part] = evidence[part].Evaluate(parameters, gradients[part]);
            });
            double value = weight * values.Sum();
            Vector<double> gradient = Vector<double>.Build.Dense(count + 1, p => weight * gradients.Sum(own => own[p]));
            for (int p = 0; p <= count; p++)
            {
                (double mean, double sd) = p < count ? (level, SizeSd) : (LogNoise, LogNoiseSd);
                double distance = (parameters[p] - mean) / sd;
                value += 0.5 * distance * distance;
                gradient[p] += distance / sd;
            }

            best = value < best.Value ? (value, parameters) : best;
            return (value, gradient);
        }
    }

    /// <summary>How many targets that vary independently they count for: the covariance's eigenvalues, (their sum)^2 over the sum of their squares.</summary>
    /// <param name="targets">[row, target], standardised, NaN where missing.</param>
    /// <returns>1 where no row has all targets.</returns>
    public static double IndependentTargets(double[,] targets)
    {
        int[] rows = Complete(targets, Enumerable.Range(0, targets.GetLength(0)));
        if (rows.Length == 0)
        {
            return 1;
        }

        Matrix<double> own = Matrix<double>.Build.Dense(rows.Length, targets.GetLength(1), (n, o) => targets[rows[n], o]);
        Matrix<double> covariance = own.TransposeThisAndMultiply(own);
        return Math.Pow(covariance.Trace(), 2) / covariance.PointwisePower(2).Enumerate().Sum();
    }

    private static int[] Complete(double[,] targets, IEnumerable<int> rows) =>
        [.. rows.Where(row => Enumerable.Range(0, targets.GetLength(1)).All(o => !double.IsNaN(targets[row, o])))];

    private static double[] Normalised(ReadOnlySpan<double> logSizes)
    {
        double[] own = [.. logSizes];
        double together = 0.5 * Math.Log(own.Sum(size => Math.Exp(2 * size))), floor = Math.Exp(2 * Floor) / own.Length;
        return [.. own.Select(size => 0.5 * Math.Log(Math.Exp(2 * (size - together)) + floor))];
    }
}
