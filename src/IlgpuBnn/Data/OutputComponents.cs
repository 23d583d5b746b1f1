using System.Runtime.InteropServices;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.LinearAlgebra.Factorization;
using Lanes = System.Numerics.Vector<double>;

namespace IlgpuBnn.Data;

/// <summary>Principal components (empirical orthogonal functions) of standardised targets, of each fold's training rows for themselves.</summary>
/// <remarks>
/// The particles that leave out a fold learn scores on components of the other rows, and their outputs become targets by the same components: no row had a
/// say in what predicts it. Nothing ever compares scores of different folds, so the order and signs of components need not agree.
/// </remarks>
internal sealed class OutputComponents
{
    // Enough to tell components by; eigenvalues of more would take minutes.
    private const int MaxRows = 500;

    // Of the variance: less is rounding.
    private const double Tolerance = 1e-10;

    // [fold][component][target].
    private readonly double[][][] _loadings;

    // [fold][component]: sum of squares.
    private readonly double[][] _lengths;

    /// <param name="loadings">[fold][component][target]: what a score of 1 adds to each standardised target; components of a fold are orthogonal.</param>
    public OutputComponents(double[][][] loadings)
    {
        _loadings = loadings;
        _lengths = [.. loadings.Select(fold => fold.Select(own => Dot(own, own)).ToArray())];
    }

    /// <summary>At least 1; the same for all folds.</summary>
    public int Count => _loadings[0].Length;

    public int TargetCount => _loadings[0][0].Length;

    public int FoldCount => _loadings.Length;

    /// <summary>[fold][component][target]: read only.</summary>
    public double[][][] Loadings => _loadings;

    /// <summary>Components of the largest variance, each scaled to scores of mean square 1.</summary>
    /// <param name="targets">[row, target], standardised; none missing.</param>
    /// <param name="folds">At least 2.</param>
    /// <param name="most">At most so many; fewer where the rows of a fold have no more.</param>
    /// <param name="share">No more than it takes for this share of the variance.</param>
    public static OutputComponents Fit(double[,] targets, Folds folds, int most, double share = 1)
    {
        int rows = targets.GetLength(0), every = (rows + MaxRows - 1) / MaxRows;
        double[][] sample = [.. Enumerable.Range(0, rows).Where(row => row % every == 0).Select(row => RowOf(targets, row).ToArray())];
        int[] foldOf = [.. Enumerable.Range(0, rows).Where(row => row % every == 0).Select(folds.Of)];
        double[,]? products = sample.Length <= targets.GetLength(1) ? Products(sample) : null;
        var bases = new Basis[folds.Count];
        Parallel.For(0, bases.Length, fold => bases[fold] = new Basis(sample, [.. Enumerable.Range(0, sample.Length).Where(k => foldOf[k] != fold)], products));
        int count = Math.Min(Math.Min(most, bases.Min(own => own.Rank)), bases.Max(own => own.CountFor(share)));
        return new OutputComponents([.. bases.Select(own => own.Loadings(count))]);
    }

    /// <summary>Scores of rows on the components of one fold: [row, component].</summary>
    /// <param name="targets">[row, target], standardised.</param>
    public double[,] Encode(double[,] targets, int fold)
    {
        var scores = new double[targets.GetLength(0), Count];
        Parallel.For(0, targets.GetLength(0), row =>
        {
            for (int k = 0; k < Count; k++)
            {
                // A fold's training rows may be all the same.
                scores[row, k] = _lengths[fold][k] > 0 ? Dot(RowOf(targets, row), _loadings[fold][k]) / _lengths[fold][k] : 0;
            }
        });
        return scores;
    }

    /// <summary>Standardised targets of one row.</summary>
    /// <param name="scores">[component].</param>
    /// <param name="targets">[target]; overwritten.</param>
    public void Decode(ReadOnlySpan<double> scores, int fold, Span<double> targets)
    {
        targets.Clear();
        for (int k = 0; k < scores.Length; k++)
        {
            Add(scores[k], _loadings[fold][k], targets);
        }
    }

    /// <summary>Variance of a standardised target that components of given variances bring with them, and that the components leave out.</summary>
    /// <param name="variances">[component], of scores.</param>
    public (double Carried, double Truncated) Variance(ReadOnlySpan<double> variances, int fold, int target)
    {
        double carried = 0, held = 0;
        for (int k = 0; k < variances.Length; k++)
        {
            double square = _loadings[fold][k][target] * _loadings[fold][k][target];
            (carried, held) = (carried + (square * variances[k]), held + square);
        }

        return (carried, Math.Max(0, 1 - held));
    }

    /// <summary>Sum of squares that the k-th component of a fold adds to targets for a score of 1.</summary>
    public double LengthOf(int fold, int component) => _lengths[fold][component];

    /// <summary>The same components of some of the targets.</summary>
    public OutputComponents Select(IReadOnlyList<int> targets) =>
        new([.. _loadings.Select(fold => fold.Select(own => targets.Select(o => own[o]).ToArray()).ToArray())]);

    /// <summary>The components of one fold.</summary>
    public OutputComponents OfFold(int fold) => new([_loadings[fold]]);

    private static ReadOnlySpan<double> RowOf(double[,] table, int row) => MemoryMarshal.CreateReadOnlySpan(ref table[row, 0], table.GetLength(1));

    private static void Add(double factor, ReadOnlySpan<double> values, Span<double> sums)
    {
        int vectors = sums.Length / Lanes.Count * Lanes.Count;
        Span<Lanes> wide = MemoryMarshal.Cast<double, Lanes>(sums[..vectors]);
        ReadOnlySpan<Lanes> own = MemoryMarshal.Cast<double, Lanes>(values[..vectors]);
        var factors = new Lanes(factor);
        for (int j = 0; j < wide.Length; j++)
        {
            wide[j] += factors * own[j];
        }

        for (int o = vectors; o < sums.Length; o++)
        {
            sums[o] += factor * values[o];
        }
    }

    /// <summary>Of every two.</summary>
    private static double[,] Products(double[][] vectors)
    {
        var products = new double[vectors.Length, vectors.Length];
        Parallel.For(0, vectors.Length, i =>
        {
            for (int j = 0; j <= i; j++)
            {
                products[i, j] = products[j, i] = Dot(vectors[i], vectors[j]);
            }
        });
        return products;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        int vectors = a.Length / Lanes.Count * Lanes.Count;
        ReadOnlySpan<Lanes> left = MemoryMarshal.Cast<double, Lanes>(a[..vectors]), right = MemoryMarshal.Cast<double, Lanes>(b[..vectors]);
        Lanes sums = default;
        for (int k = 0; k < left.Length; k++)
        {
            sums += left[k] * right[k];
        }

        double sum = System.Numerics.Vector.Sum(sums);
        for (int k = vectors; k < a.Length; k++)
        {
            sum += a[k] * b[k];
        }

        return sum;
    }

    /// <summary>Eigenvectors of the products of rows, or of columns where these are fewer: the right singular vectors follow from either.</summary>
    private sealed class Basis
    {
        private readonly double[][] _rows;
        private readonly bool _ofRows;
        private readonly Matrix<double> _vectors;

        // Falling.
        private readonly double[] _values;

        /// <param name="rows">Of the sample.</param>
        /// <param name="productsOfRows">Of every two of the sample; null for products of columns.</param>
        public Basis(double[][] sample, int[] rows, double[,]? productsOfRows)
        {
            _rows = [.. rows.Select(k => sample[k])];
            _ofRows = productsOfRows is not null;
            Matrix<double> products = productsOfRows is not null
                ? DenseMatrix.Create(rows.Length, rows.Length, (i, j) => productsOfRows[rows[i], rows[j]])
                : DenseMatrix.OfArray(Products([.. Enumerable.Range(0, _rows[0].Length).Select(o => _rows.Select(row => row[o]).ToArray())]));
            Evd<double> eigen = products.Evd(Symmetricity.Symmetric);
            (_vectors, _values) = (eigen.EigenVectors, [.. eigen.EigenValues.Select(value => value.Real).Reverse()]);
            double all = _values.Sum(value => Math.Max(0, value));
            Rank = Math.Max(1, _values.Count(value => value > Tolerance * all));
        }

        /// <summary>Components with any variance.</summary>
        public int Rank { get; }

        /// <summary>Components that together have a share of the variance.</summary>
        public int CountFor(double share)
        {
            double all = _values.Take(Rank).Sum(), sum = 0;
            int count = 0;
            while (count < Rank && sum < share * all)
            {
                sum += _values[count++];
            }

            return Math.Max(1, count);
        }

        /// <summary>[component][target].</summary>
        public double[][] Loadings(int count)
        {
            int targets = _rows[0].Length;
            var loadings = new double[count][];
            for (int k = 0; k < count; k++)
            {
                Vector<double> vector = _vectors.Column(_values.Length - 1 - k);
                double[] own = loadings[k] = new double[targets];
                if (!_ofRows)
                {
                    double size = Math.Sqrt(Math.Max(0, _values[k]) / _rows.Length);
                    vector.Multiply(size).ToArray().CopyTo(own, 0);
                    continue;
                }

                for (int n = 0; n < _rows.Length; n++)
                {
                    Add(vector[n] / Math.Sqrt(_rows.Length), _rows[n], own);
                }
            }

            return loadings;
        }
    }
}
