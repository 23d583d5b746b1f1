namespace IlgpuBnn.Analysis;

/// <summary>
/// ln N(z; m, Sigma) of observations z given the simulator's inputs, with Sigma = errors + discrepancy + C + diag(n) R diag(n): the surrogate's own uncertainty in it,
/// so that the posterior does not take the surrogate for the simulator (docs/maths.md, "Calibration to observations").
/// </summary>
internal sealed class ObservationLikelihood
{
    // Observations that say the same twice leave Sigma singular.
    private const double Jitter = 1e-9;

    private readonly Surrogate _surrogate;
    private readonly double[] _values;

    // [observation, observation], of errors and given discrepancies.
    private readonly double[,] _errors;

    // [observation]: what an estimated discrepancy of 1 is, raw units; null where it is given.
    private readonly double[]? _discrepancyScales;

    /// <param name="discrepancyScales">[observation]: what an estimated discrepancy of 1 is, raw units; null where it is given.</param>
    public ObservationLikelihood(Surrogate surrogate, Observations observations, double[]? discrepancyScales = null)
    {
        (_surrogate, _discrepancyScales) = (surrogate, discrepancyScales);
        Outputs = observations.Outputs(surrogate.OutputNames);
        _values = [.. observations.Values.Select(own => own.Value)];
        int count = _values.Length;
        _errors = new double[count, count];
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b < count; b++)
            {
                Observation own = observations.Values[a], other = observations.Values[b];
                _errors[a, b] = a == b
                    ? own.Variance
                    : (observations.ErrorCorrelation?[a, b] ?? 0) * own.StandardDeviation * other.StandardDeviation;
            }
        }
    }

    /// <summary>[observation]: what an estimated discrepancy of 1 is, raw units; null where it is given.</summary>
    public double[]? DiscrepancyScales => _discrepancyScales;

    /// <summary>[observation]: the output that it is of.</summary>
    public int[] Outputs { get; }

    /// <summary>Log densities of the observations, and the squared distance (z - m)^T Sigma^-1 (z - m).</summary>
    /// <param name="points">[point, input], of the unit cube.</param>
    /// <param name="discrepancies">[point]: estimated discrepancy; null where it is given.</param>
    public (double[] LogDensity, double[] SquaredDistance) At(double[,] points, double[]? discrepancies = null)
    {
        int rows = points.GetLength(0);
        double[] density = new double[rows], distance = new double[rows];
        foreach ((int first, SurrogateOutputs outputs) in _surrogate.EvaluateInPieces(points))
        {
            Parallel.For(0, outputs.RowCount, () => new double[ScratchLength], (row, _, scratch) =>
            {
                (density[first + row], distance[first + row]) = Of(outputs, row, discrepancies?[first + row] ?? 0, scratch);
                return scratch;
            }, _ => { });
        }

        return (density, distance);
    }

    /// <summary>Of the array that <see cref="Of"/> works in.</summary>
    public int ScratchLength => (_values.Length * _values.Length) + (2 * _values.Length);

    /// <summary>As <see cref="At"/>, of one row.</summary>
    public (double LogDensity, double SquaredDistance) Of(SurrogateOutputs outputs, int row, double discrepancy, double[] scratch)
    {
        int count = _values.Length;
        Span<double> sigma = scratch.AsSpan(0, count * count), deviations = scratch.AsSpan(count * count, count), residual = scratch.AsSpan((count * count) + count, count);
        outputs.Covariance(row, Outputs, sigma, deviations);
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b <= a; b++)
            {
                sigma[(a * count) + b] += _errors[a, b];
            }

            double own = _discrepancyScales is null ? 0 : discrepancy * _discrepancyScales[a];
            sigma[(a * count) + a] = (sigma[(a * count) + a] + (own * own)) * (1 + Jitter);
            residual[a] = _values[a] - outputs.Mean[row, Outputs[a]];
        }

        // Cholesky in place, and L w = residual along with it: millions of small matrices, without an allocation each.
        double logDeterminant = 0, squares = 0;
        for (int a = 0; a < count; a++)
        {
            Span<double> rowOfA = sigma.Slice(a * count, a + 1);
            for (int b = 0; b <= a; b++)
            {
                Span<double> rowOfB = sigma.Slice(b * count, b + 1);
                double sum = rowOfA[b];
                for (int k = 0; k < b; k++)
                {
                    sum -= rowOfA[k] * rowOfB[k];
                }

                rowOfA[b] = a == b ? Math.Sqrt(sum) : sum / rowOfB[b];
            }

            double own = residual[a];
            for (int k = 0; k < a; k++)
            {
                own -= rowOfA[k] * residual[k];
            }

            residual[a] = own / rowOfA[a];
            squares += residual[a] * residual[a];
            logDeterminant += 2 * Math.Log(rowOfA[a]);
        }

        double density = -0.5 * ((count * Math.Log(2 * Math.PI)) + logDeterminant + squares);
        return (double.IsNaN(density) ? double.NegativeInfinity : density, squares);
    }
}
