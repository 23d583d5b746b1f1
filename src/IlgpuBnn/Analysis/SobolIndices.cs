using System.Runtime.InteropServices;
using IlgpuBnn.Data;

namespace IlgpuBnn.Analysis;

/// <summary>Variance-based indices of a function by one scrambling: first order as Janon et al. (2014), total as Jansen (1999).</summary>
/// <remarks>Both are unmoved by a constant added to the function, unlike Saltelli's.</remarks>
internal sealed class SobolIndices
{
    // Below this share of the squared mean, variance is rounding.
    private const double Rounding = 1e-24;

    private SobolIndices(int functions, int factors, int outputs) =>
        (First, Total, Variance) = (new double[functions, factors, outputs], new double[functions, factors, outputs], new double[functions, outputs]);

    /// <summary>[function, factor, output]: particles, then their mean; NaN for a constant output.</summary>
    public double[,,] First { get; }

    /// <summary>As <see cref="First"/>.</summary>
    public double[,,] Total { get; }

    /// <summary>[function, output].</summary>
    public double[,] Variance { get; }

    /// <summary>All indices, one after another.</summary>
    public double[] Numbers() => [.. First.Cast<double>(), .. Total.Cast<double>(), .. Variance.Cast<double>()];

    /// <summary>The inverse of <see cref="Numbers"/>.</summary>
    public static SobolIndices Of(double[] numbers, int factors, int outputs)
    {
        var result = new SobolIndices(numbers.Length / (((2 * factors) + 1) * outputs), factors, outputs);
        int at = 0;
        foreach (Array part in new Array[] { result.First, result.Total, result.Variance })
        {
            Buffer.BlockCopy(numbers, at * sizeof(double), part, 0, part.Length * sizeof(double));
            at += part.Length;
        }

        return result;
    }

    /// <param name="factors">[factor]: inputs that change together.</param>
    /// <param name="count">Base points, a power of two: the function is evaluated at (factors + 2) times as many.</param>
    /// <param name="scrambling">Independent for each number.</param>
    public static SobolIndices Of(Surrogate surrogate, IReadOnlyList<IReadOnlyList<int>> factors, int count, int seed, int scrambling)
    {
        int dimensions = surrogate.Inputs.Names.Count;
        double[,] both = SobolSequence.Points(count, 2 * dimensions, seed, scrambling);
        Sums? sums = null;
        foreach ((int first, int length) in surrogate.Pieces(count))
        {
            double[,,] outputs = surrogate.At(Points(first, length, []));
            sums ??= new Sums(outputs, factors.Count);
            double[][] ofA = sums.Centred(outputs), ofB = sums.Centred(surrogate.At(Points(first, length, [.. Enumerable.Range(0, dimensions)])));
            sums.Add(ofA);
            sums.Add(ofB);
            for (int f = 0; f < factors.Count; f++)
            {
                sums.Add(f, ofA, ofB, sums.Centred(surrogate.At(Points(first, length, factors[f]))));
            }
        }

        return sums!.Indices(count);

        // Rows of A, with some columns of B.
        double[,] Points(int first, int length, IReadOnlyList<int> fromB)
        {
            var points = new double[length, dimensions];
            for (int row = 0; row < length; row++)
            {
                for (int i = 0; i < dimensions; i++)
                {
                    points[row, i] = both[first + row, fromB.Contains(i) ? dimensions + i : i];
                }
            }

            return points;
        }
    }

    /// <summary>Sums over points, of every particle and of their mean, about values near the mean.</summary>
    private sealed class Sums
    {
        private readonly int _particles;
        private readonly int _factors;
        private readonly int _outputs;
        private readonly double[] _centre;

        // [function][output] and [function][factor, output].
        private readonly double[][] _sum;
        private readonly double[][] _squares;
        private readonly double[][] _means;
        private readonly double[][] _products;
        private readonly double[][] _meanSquares;
        private readonly double[][] _differences;

        public Sums(double[,,] outputs, int factors)
        {
            (_particles, _factors, _outputs) = (outputs.GetLength(0), factors, outputs.GetLength(2));
            _centre = new double[_outputs];
            for (int o = 0; o < _outputs; o++)
            {
                for (int row = 0; row < outputs.GetLength(1); row++)
                {
                    _centre[o] += outputs[0, row, o] / outputs.GetLength(1);
                }
            }

            (_sum, _squares) = (New(_outputs), New(_outputs));
            (_means, _products, _meanSquares, _differences) = (New(factors * _outputs), New(factors * _outputs), New(factors * _outputs), New(factors * _outputs));

            double[][] New(int length) => [.. Enumerable.Range(0, _particles + 1).Select(_ => new double[length])];
        }

        /// <summary>Values of each particle, then of their mean, less the centre: [function][row, output].</summary>
        public double[][] Centred(double[,,] outputs)
        {
            int length = outputs.GetLength(1) * _outputs;
            double[][] result = [.. Enumerable.Range(0, _particles + 1).Select(_ => new double[length])];
            Parallel.For(0, _particles, s =>
            {
                ReadOnlySpan<double> own = MemoryMarshal.CreateReadOnlySpan(ref outputs[s, 0, 0], length);
                for (int row = 0; row < length; row += _outputs)
                {
                    for (int o = 0; o < _outputs; o++)
                    {
                        result[s][row + o] = own[row + o] - _centre[o];
                    }
                }
            });
            double[] mean = result[_particles];
            foreach (double[] own in result[.._particles])
            {
                for (int k = 0; k < length; k++)
                {
                    mean[k] += own[k] / _particles;
                }
            }

            return result;
        }

        public void Add(double[][] values) => Parallel.For(0, values.Length, s =>
        {
            double[] own = values[s], sum = _sum[s], squares = _squares[s];
            for (int row = 0; row < own.Length; row += _outputs)
            {
                for (int o = 0; o < _outputs; o++)
                {
                    double value = own[row + o];
                    sum[o] += value;
                    squares[o] += value * value;
                }
            }
        });

        public void Add(int factor, double[][] ofA, double[][] ofB, double[][] mixed) => Parallel.For(0, mixed.Length, s =>
        {
            double[] a = ofA[s], b = ofB[s], m = mixed[s];
            Span<double> means = Of(_means), products = Of(_products), meanSquares = Of(_meanSquares), differences = Of(_differences);
            for (int row = 0; row < m.Length; row += _outputs)
            {
                for (int o = 0; o < _outputs; o++)
                {
                    double first = a[row + o], second = b[row + o], own = m[row + o];
                    means[o] += (second + own) / 2;
                    products[o] += second * own;
                    meanSquares[o] += ((second * second) + (own * own)) / 2;
                    differences[o] += (first - own) * (first - own);
                }
            }

            Span<double> Of(double[][] all) => all[s].AsSpan(factor * _outputs, _outputs);
        });

        public SobolIndices Indices(int count)
        {
            var result = new SobolIndices(_particles + 1, _factors, _outputs);
            for (int s = 0; s <= _particles; s++)
            {
                for (int o = 0; o < _outputs; o++)
                {
                    double mean = _sum[s][o] / (2.0 * count), variance = (_squares[s][o] / (2.0 * count)) - (mean * mean);
                    bool constant = !(variance > Rounding * _centre[o] * _centre[o]) || variance == 0;
                    result.Variance[s, o] = constant ? 0 : variance;
                    for (int f = 0; f < _factors; f++)
                    {
                        int at = (f * _outputs) + o;
                        double half = _means[s][at] / count;
                        result.First[s, f, o] = constant ? double.NaN : ((_products[s][at] / count) - (half * half)) / ((_meanSquares[s][at] / count) - (half * half));
                        result.Total[s, f, o] = constant ? double.NaN : _differences[s][at] / (2 * count * variance);
                    }
                }
            }

            return result;
        }
    }
}
