using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IlgpuBnn.Data;

namespace IlgpuBnn.Inference;

/// <summary>J^T J + precisions, its Cholesky factor, and solutions, in double precision. Rows are padded to whole vectors, so that all loops are of vectors.</summary>
internal sealed class NormalEquations
{
    private const int RowsAtATime = 4, ColumnVectors = 2, BlockRows = 64;

    private readonly int _width, _stride;

    // Lower triangles: of the matrix, and of its factor.
    private readonly double[] _matrix, _factor;
    private double[] _rows = [];

    public NormalEquations(int width)
    {
        int unit = ColumnVectors * Vector<double>.Count;
        (_width, _stride) = (width, (width + unit - 1) / unit * unit);
        (_matrix, _factor) = (new double[(long)_stride * _stride], new double[(long)_stride * _stride]);
    }

    public double Trace => Enumerable.Range(0, _width).Sum(p => _matrix[(p * _stride) + p]);

    /// <param name="jacobian">[row, parameter].</param>
    /// <param name="precisions">[parameter]: added to the diagonal.</param>
    public void Set(ReadOnlySpan<double> jacobian, int rows, ReadOnlySpan<double> precisions)
    {
        Array.Clear(_matrix);
        _rows = _rows.Length == 0 ? new double[BlockRows * _stride] : _rows;
        for (int first = 0; first < rows; first += BlockRows)
        {
            int count = Math.Min(BlockRows, rows - first);
            for (int n = 0; n < count; n++)
            {
                jacobian.Slice((first + n) * _width, _width).CopyTo(_rows.AsSpan(n * _stride));
            }

            AddProducts(count);
        }

        for (int p = 0; p < _width; p++)
        {
            _matrix[(p * _stride) + p] += precisions[p];
        }
    }

    /// <returns>False if the matrix with <paramref name="damping"/> added to its diagonal is not positive definite.</returns>
    public bool Factorise(double damping)
    {
        for (int a = 0; a < _width; a++)
        {
            _matrix.AsSpan(a * _stride, a + 1).CopyTo(_factor.AsSpan(a * _stride));
        }

        return Cholesky.Factorise(_factor, _width, _stride, damping);
    }

    /// <param name="right">[parameter].</param>
    /// <param name="solution">[parameter]; written.</param>
    public void Solve(ReadOnlySpan<double> right, Span<double> solution)
    {
        for (int a = 0; a < _width; a++)
        {
            solution[a] = (right[a] - Doubles.Product(solution[..a], _factor.AsSpan(a * _stride, a))) / _factor[(a * _stride) + a];
        }

        for (int a = _width - 1; a >= 0; a--)
        {
            solution[a] /= _factor[(a * _stride) + a];
            Doubles.AddScaled(-solution[a], _factor.AsSpan(a * _stride, a), solution[..a]);
        }
    }

    /// <summary>Adds products of the block's columns to the lower triangle, tiles of four rows and two vectors.</summary>
    private void AddProducts(int count)
    {
        int length = Vector<double>.Count;
        ref double rows = ref MemoryMarshal.GetArrayDataReference(_rows);
        for (int a = 0; a < _width; a += RowsAtATime)
        {
            int own = Math.Min(RowsAtATime, _width - a);
            for (int b = 0; b < a + own; b += ColumnVectors * length)
            {
                Vector<double> s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
                for (int n = 0; n < count; n++)
                {
                    ref double row = ref Unsafe.Add(ref rows, n * _stride);
                    var left = Vector.LoadUnsafe(ref row, (nuint)b);
                    var right = Vector.LoadUnsafe(ref row, (nuint)(b + length));

                    // Beyond the last row there is padding, or the next tile's numbers, which are not stored.
                    var v0 = new Vector<double>(Unsafe.Add(ref row, a));
                    var v1 = new Vector<double>(Unsafe.Add(ref row, a + 1));
                    var v2 = new Vector<double>(Unsafe.Add(ref row, a + 2));
                    var v3 = new Vector<double>(Unsafe.Add(ref row, a + 3));
                    (s00, s01) = (Vector.FusedMultiplyAdd(v0, left, s00), Vector.FusedMultiplyAdd(v0, right, s01));
                    (s10, s11) = (Vector.FusedMultiplyAdd(v1, left, s10), Vector.FusedMultiplyAdd(v1, right, s11));
                    (s20, s21) = (Vector.FusedMultiplyAdd(v2, left, s20), Vector.FusedMultiplyAdd(v2, right, s21));
                    (s30, s31) = (Vector.FusedMultiplyAdd(v3, left, s30), Vector.FusedMultiplyAdd(v3, right, s31));
                }

                Add(a, b, s00, s01);
                Add(a + 1, b, s10, s11);
                Add(a + 2, b, s20, s21);
                Add(a + 3, b, s30, s31);
            }
        }
    }

    private void Add(int row, int column, Vector<double> left, Vector<double> right)
    {
        if (row >= _width)
        {
            return;
        }

        Span<double> target = _matrix.AsSpan((row * _stride) + column, ColumnVectors * Vector<double>.Count);
        (new Vector<double>(target) + left).CopyTo(target);
        Span<double> second = target[Vector<double>.Count..];
        (new Vector<double>(second) + right).CopyTo(second);
    }
}
