using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuBnn.Devices.Simd;

/// <summary>What a <see cref="ReductionKernel{TSimd, V}"/> sums for a pair of rows.</summary>
internal interface IPairTerm<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    static abstract V Add(V sum, V a, V b);
}

/// <summary>a * b: the gradient of weights.</summary>
internal readonly struct ProductTerm<TSimd, V> : IPairTerm<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Add(V sum, V a, V b) => TSimd.MultiplyAdd(a, b, sum);
}

/// <summary>(a - b)^2: distances. Taken directly: |a|^2 + |b|^2 - 2ab loses the digits of particles that are close.</summary>
internal readonly struct SquaredDifferenceTerm<TSimd, V> : IPairTerm<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Add(V sum, V a, V b)
    {
        V d = TSimd.Subtract(a, b);
        return TSimd.MultiplyAdd(d, d, sum);
    }
}

/// <summary>c[i, j] (+)= sum over n of term(a[i, n], b[j, n]).</summary>
/// <remarks>
/// Both operands have n contiguous. Four rows of a times four of b are summed in registers, so that eight loads feed
/// sixteen terms; each lane sums every width-th n, and the lanes are summed at the end. Where there are no 16 registers to
/// spare, four times two. A tile at the edge repeats its last row and stores it once.
/// </remarks>
internal static unsafe class ReductionKernel<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>Sums over <paramref name="length"/> elements, a multiple of the vector's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TTerm>(
        float* a, nint aStride, int aCount, float* b, nint bStride, int bCount, int length, float* c, nint cStride, bool accumulate)
        where TTerm : struct, IPairTerm<TSimd, V>
    {
        float* sums = stackalloc float[16];
        for (int i = 0; i < aCount; i += 4)
        {
            int iCount = Math.Min(4, aCount - i);
            float* a0 = a + (i * aStride);
            for (int j = 0; j < bCount; j += 4)
            {
                int jCount = Math.Min(4, bCount - j);
                float* b0 = b + (j * bStride);
                if (TSimd.ManyRegisters)
                {
                    FourByFour<TTerm>(a0, aStride, iCount, b0, bStride, jCount, length, sums);
                }
                else
                {
                    FourByTwo<TTerm>(a0, aStride, iCount, b0, bStride, Math.Min(2, jCount), length, sums);
                    FourByTwo<TTerm>(a0, aStride, iCount, b0 + (bStride * Math.Min(2, jCount - 1)), bStride, Math.Max(1, jCount - 2), length, sums + 2);
                }

                StoreTile(sums, c + (i * cStride) + j, cStride, iCount, jCount, accumulate);
            }
        }
    }

    private static void StoreTile(float* sums, float* c, nint cStride, int iCount, int jCount, bool accumulate)
    {
        if (jCount == 4)
        {
            for (int i = 0; i < iCount; i++)
            {
                Vector128<float> row = Vector128.Load(sums + (4 * i));
                (accumulate ? row + Vector128.Load(c + (i * cStride)) : row).Store(c + (i * cStride));
            }

            return;
        }

        for (int i = 0; i < iCount; i++)
        {
            for (int j = 0; j < jCount; j++)
            {
                float sum = sums[(4 * i) + j];
                c[(i * cStride) + j] = accumulate ? c[(i * cStride) + j] + sum : sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour<TTerm>(
        float* a0, nint aStride, int aCount, float* b0, nint bStride, int bCount, int length, float* sums)
        where TTerm : struct, IPairTerm<TSimd, V>
    {
        float* a1 = a0 + (aStride * Math.Min(1, aCount - 1)), a2 = a0 + (aStride * Math.Min(2, aCount - 1)), a3 = a0 + (aStride * (aCount - 1));
        float* b1 = b0 + (bStride * Math.Min(1, bCount - 1)), b2 = b0 + (bStride * Math.Min(2, bCount - 1)), b3 = b0 + (bStride * (bCount - 1));
        V s00 = TSimd.Create(0f), s01 = s00, s02 = s00, s03 = s00;
        V s10 = s00, s11 = s00, s12 = s00, s13 = s00;
        V s20 = s00, s21 = s00, s22 = s00, s23 = s00;
        V s30 = s00, s31 = s00, s32 = s00, s33 = s00;
        for (nint n = 0; n < length; n += TSimd.Width)
        {
            V y0 = TSimd.Load(b0 + n), y1 = TSimd.Load(b1 + n), y2 = TSimd.Load(b2 + n), y3 = TSimd.Load(b3 + n);
            V x = TSimd.Load(a0 + n);
            s00 = TTerm.Add(s00, x, y0);
            s01 = TTerm.Add(s01, x, y1);
            s02 = TTerm.Add(s02, x, y2);
            s03 = TTerm.Add(s03, x, y3);
            x = TSimd.Load(a1 + n);
            s10 = TTerm.Add(s10, x, y0);
            s11 = TTerm.Add(s11, x, y1);
            s12 = TTerm.Add(s12, x, y2);
            s13 = TTerm.Add(s13, x, y3);
            x = TSimd.Load(a2 + n);
            s20 = TTerm.Add(s20, x, y0);
            s21 = TTerm.Add(s21, x, y1);
            s22 = TTerm.Add(s22, x, y2);
            s23 = TTerm.Add(s23, x, y3);
            x = TSimd.Load(a3 + n);
            s30 = TTerm.Add(s30, x, y0);
            s31 = TTerm.Add(s31, x, y1);
            s32 = TTerm.Add(s32, x, y2);
            s33 = TTerm.Add(s33, x, y3);
        }

        TSimd.Sums(s00, s01, s02, s03, sums);
        TSimd.Sums(s10, s11, s12, s13, sums + 4);
        TSimd.Sums(s20, s21, s22, s23, sums + 8);
        TSimd.Sums(s30, s31, s32, s33, sums + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo<TTerm>(
        float* a0, nint aStride, int aCount, float* b0, nint bStride, int bCount, int length, float* sums)
        where TTerm : struct, IPairTerm<TSimd, V>
    {
        float* a1 = a0 + (aStride * Math.Min(1, aCount - 1)), a2 = a0 + (aStride * Math.Min(2, aCount - 1)), a3 = a0 + (aStride * (aCount - 1));
        float* b1 = b0 + (bStride * (bCount - 1));
        V s00 = TSimd.Create(0f), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00;
        for (nint n = 0; n < length; n += TSimd.Width)
        {
            V y0 = TSimd.Load(b0 + n), y1 = TSimd.Load(b1 + n);
            V x = TSimd.Load(a0 + n);
            s00 = TTerm.Add(s00, x, y0);
            s01 = TTerm.Add(s01, x, y1);
            x = TSimd.Load(a1 + n);
            s10 = TTerm.Add(s10, x, y0);
            s11 = TTerm.Add(s11, x, y1);
            x = TSimd.Load(a2 + n);
            s20 = TTerm.Add(s20, x, y0);
            s21 = TTerm.Add(s21, x, y1);
            x = TSimd.Load(a3 + n);
            s30 = TTerm.Add(s30, x, y0);
            s31 = TTerm.Add(s31, x, y1);
        }

        float* columns = stackalloc float[8];
        TSimd.Sums(s00, s10, s20, s30, columns);
        TSimd.Sums(s01, s11, s21, s31, columns + 4);
        for (int i = 0; i < 4; i++)
        {
            sums[4 * i] = columns[i];
            sums[(4 * i) + 1] = columns[4 + i];
        }
    }
}
