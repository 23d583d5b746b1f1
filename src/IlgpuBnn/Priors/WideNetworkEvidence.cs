using System.Runtime.CompilerServices;
using IlgpuBnn.Data;

namespace IlgpuBnn.Priors;

/// <summary>
/// How likely targets are under networks of one layer of infinitely many units, of whose weights only the sizes are known. With units erf(b + sum over inputs of w_i x_i),
/// b ~ N(0, <see cref="BiasSd"/>^2), w_i ~ N(0, sigma_i^2), they are a Gaussian process with a covariance in closed form (Williams 1998, "Computation with infinite neural
/// networks"), so that the sizes sigma_i that a table asks for can be found without training a network.
/// </summary>
/// <remarks>
/// Loops are compiled at once: a training asks a hundred times, and is over before .NET's second compilation. Each target has a signal of its own variance, which is integrated out (inverse Gamma, shape and rate 1/2);
/// noise is the same share of all signals.
/// </remarks>
internal sealed class WideNetworkEvidence
{
    /// <summary>As of the networks that are trained, at the default weight scale.</summary>
    private const double BiasSd = 1.3;

    // Keeps a Cholesky factor in reach where rows are all but the same.
    private const double Jitter = 1e-6;

    private readonly int _rows, _inputs, _outputs;

    // [row, input] and [target, row].
    private readonly double[] _x, _y;

    // Lower triangles [row, row].
    private readonly double[] _angles, _factor, _inverse, _slopes;

    // [row, input]: inputs in units of 1 / sigma.
    private readonly double[] _scaled;

    // [row]: 1 + 2 q_aa.
    private readonly double[] _lengths;

    /// <param name="inputs">[row, input], standardised.</param>
    /// <param name="targets">[row, target], standardised, none missing in <paramref name="rows"/>.</param>
    /// <param name="rows">Those that take part.</param>
    public WideNetworkEvidence(double[,] inputs, double[,] targets, IReadOnlyList<int> rows)
    {
        (_rows, _inputs, _outputs) = (rows.Count, inputs.GetLength(1), targets.GetLength(1));
        _x = [.. rows.SelectMany(row => Enumerable.Range(0, _inputs).Select(i => inputs[row, i]))];
        _y = [.. Enumerable.Range(0, _outputs).SelectMany(o => rows.Select(row => targets[row, o]))];
        (_angles, _factor, _inverse, _slopes) = (new double[_rows * _rows], new double[_rows * _rows], new double[_rows * _rows], new double[_rows * _rows]);
        (_scaled, _lengths) = (new double[_rows * _inputs], new double[_rows]);
    }

    /// <summary>Minus the log density of all targets, up to a constant, and its gradient.</summary>
    /// <param name="parameters">[input + 1]: ln sigma_i, then ln of the noise's variance over the signal's.</param>
    /// <param name="gradient">[input + 1]; written.</param>
    /// <returns>Infinity where the covariance is not positive definite in double precision.</returns>
    public double Evaluate(ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        double noise = Math.Exp(parameters[_inputs]);
        gradient.Clear();
        SetCovariance(parameters, noise);
        if (!Cholesky.Factorise(_factor, _rows, _rows))
        {
            return double.PositiveInfinity;
        }

        Invert();
        double result = SetSlopes();
        double trace = 0;
        for (int a = 0; a < _rows; a++)
        {
            trace += _slopes[(a * _rows) + a];
        }

        gradient[_inputs] = noise * trace;
        AddGradient(gradient[.._inputs]);
        return result;
    }

    private static Span<double> Row(double[] matrix, int row, int width) => matrix.AsSpan(row * width, width);

    /// <summary>2/pi asin z, z = 2 q_ab / sqrt((1 + 2 q_aa) (1 + 2 q_bb)), q = beta^2 + x' Sigma x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetCovariance(ReadOnlySpan<double> parameters, double noise)
    {
        for (int i = 0; i < _inputs; i++)
        {
            double size = Math.Exp(parameters[i]);
            for (int a = 0; a < _rows; a++)
            {
                _scaled[(a * _inputs) + i] = size * _x[(a * _inputs) + i];
            }
        }

        for (int a = 0; a < _rows; a++)
        {
            Span<double> scaled = Row(_scaled, a, _inputs), angles = Row(_angles, a, _rows), covariance = Row(_factor, a, _rows);
            _lengths[a] = 1 + (2 * ((BiasSd * BiasSd) + Doubles.Product(scaled, scaled)));
            for (int b = 0; b <= a; b++)
            {
                double product = (BiasSd * BiasSd) + Doubles.Product(scaled, Row(_scaled, b, _inputs));
                angles[b] = 2 * product / Math.Sqrt(_lengths[a] * _lengths[b]);
                covariance[b] = 2 / Math.PI * Math.Asin(angles[b]);
            }

            covariance[a] += noise + Jitter;
        }
    }

    /// <summary>Of the lower triangular factor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Invert()
    {
        for (int a = 0; a < _rows; a++)
        {
            Span<double> own = Row(_inverse, a, _rows), factor = Row(_factor, a, _rows);
            own.Clear();
            for (int k = 0; k < a; k++)
            {
                Doubles.AddScaled(-factor[k] / factor[a], Row(_inverse, k, _rows)[..(k + 1)], own[..(k + 1)]);
            }

            own[a] = 1 / factor[a];
        }
    }

    /// <summary>Sets the slopes by elements of the covariance: half of O K^-1 - (n + 1) / (q + 1) alpha alpha^T summed over targets, q = y^T K^-1 y.</summary>
    /// <returns>Minus the log density.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double SetSlopes()
    {
        Array.Clear(_slopes);
        for (int k = 0; k < _rows; k++)
        {
            Span<double> inverse = Row(_inverse, k, _rows);
            for (int a = 0; a <= k; a++)
            {
                Doubles.AddScaled(0.5 * _outputs * inverse[a], inverse[..(a + 1)], Row(_slopes, a, _rows)[..(a + 1)]);
            }
        }

        double result = 0;
        for (int a = 0; a < _rows; a++)
        {
            result += _outputs * Math.Log(_factor[(a * _rows) + a]);
        }

        var alpha = new double[_rows];
        for (int o = 0; o < _outputs; o++)
        {
            Array.Clear(alpha);
            double square = 0;
            for (int k = 0; k < _rows; k++)
            {
                Span<double> inverse = Row(_inverse, k, _rows)[..(k + 1)];
                double whitened = Doubles.Product(inverse, Row(_y, o, _rows)[..(k + 1)]);
                square += whitened * whitened;
                Doubles.AddScaled(whitened, inverse, alpha.AsSpan(0, k + 1));
            }

            result += 0.5 * (_rows + 1) * Math.Log(1 + square);
            for (int a = 0; a < _rows; a++)
            {
                Doubles.AddScaled(-0.5 * (_rows + 1) / (1 + square) * alpha[a], alpha.AsSpan(0, a + 1), Row(_slopes, a, _rows)[..(a + 1)]);
            }
        }

        return result;
    }

    /// <summary>From slopes by the covariance to those by ln sigma_i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddGradient(Span<double> gradient)
    {
        double[] ofLengths = new double[_rows], sums = new double[_inputs];
        for (int a = 0; a < _rows; a++)
        {
            Array.Clear(sums);
            for (int b = 0; b <= a; b++)
            {
                // An element beside the diagonal stands for two. d asin z = dz / sqrt(1 - z^2); z changes with q_ab, and with both lengths.
                double z = _angles[(a * _rows) + b], slope = (a == b ? 1 : 2) * _slopes[(a * _rows) + b] * (2 / Math.PI) / Math.Sqrt(Math.Max(1 - (z * z), double.Epsilon));
                Doubles.AddScaled(2 * slope / Math.Sqrt(_lengths[a] * _lengths[b]), Row(_scaled, b, _inputs), sums);
                ofLengths[a] -= slope * z / _lengths[a];
                ofLengths[b] -= slope * z / _lengths[b];
            }

            for (int i = 0; i < _inputs; i++)
            {
                gradient[i] += 2 * _scaled[(a * _inputs) + i] * sums[i];
            }
        }

        for (int a = 0; a < _rows; a++)
        {
            for (int i = 0; i < _inputs; i++)
            {
                double scaled = _scaled[(a * _inputs) + i];
                gradient[i] += 2 * ofLengths[a] * scaled * scaled;
            }
        }
    }
}
