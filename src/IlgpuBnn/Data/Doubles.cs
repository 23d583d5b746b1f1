using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace IlgpuBnn.Data;

/// <summary>Loops over double-precision vectors.</summary>
internal static class Doubles
{
    /// <summary>target += factor source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(double factor, ReadOnlySpan<double> source, Span<double> target)
    {
        if (factor == 0)
        {
            return;
        }

        ReadOnlySpan<Vector<double>> from = MemoryMarshal.Cast<double, Vector<double>>(source);
        Span<Vector<double>> to = MemoryMarshal.Cast<double, Vector<double>>(target);
        var factors = new Vector<double>(factor);
        for (int k = 0; k < to.Length; k++)
        {
            to[k] = Vector.FusedMultiplyAdd(factors, from[k], to[k]);
        }

        for (int k = to.Length * Vector<double>.Count; k < target.Length; k++)
        {
            target[k] = Math.FusedMultiplyAdd(factor, source[k], target[k]);
        }
    }

    /// <summary>Sum of products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Product(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        ReadOnlySpan<Vector<double>> a = MemoryMarshal.Cast<double, Vector<double>>(left), b = MemoryMarshal.Cast<double, Vector<double>>(right);
        Vector<double> even = Vector<double>.Zero, odd = Vector<double>.Zero;
        int k = 0;
        for (; k + 1 < a.Length; k += 2)
        {
            even = Vector.FusedMultiplyAdd(a[k], b[k], even);
            odd = Vector.FusedMultiplyAdd(a[k + 1], b[k + 1], odd);
        }

        for (; k < a.Length; k++)
        {
            even = Vector.FusedMultiplyAdd(a[k], b[k], even);
        }

        double sum = Vector.Sum(even + odd);
        for (int n = a.Length * Vector<double>.Count; n < left.Length; n++)
        {
            sum = Math.FusedMultiplyAdd(left[n], right[n], sum);
        }

        return sum;
    }
}
