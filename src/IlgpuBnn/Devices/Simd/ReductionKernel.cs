using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Term that a <see cref="ReductionKernel{TSimd, V}"/> sums for a pair of rows.</summary>
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

/// <summary>(a - b)^2: distances. |a|^2 + |b|^2 - 2ab would cancel for close particles.</summary>
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

/// <summary>Compile-time choice whether a <see cref="ReductionKernel{TSimd, V}"/> also sums the rows of b.</summary>
internal interface IRowSums
{
    static abstract bool Wanted { get; }
}

internal readonly struct WithRowSums : IRowSums
{
    public static bool Wanted => true;
}

internal readonly struct WithoutRowSums : IRowSums
{
    public static bool Wanted => false;
}

/// <summary>The parts of a sum over n, each with its own place in a and b: one, or the positions of a field.</summary>
internal interface ISumParts
{
    int Count { get; }

    /// <summary>From a to a part's first element.</summary>
    nint OfA(int part);

    /// <summary>From b to a part's first element.</summary>
    nint OfB(int part);
}

/// <summary>All elements at once.</summary>
internal readonly struct WholeSum : ISumParts
{
    public int Count => 1;

    public nint OfA(int part) => 0;

    public nint OfB(int part) => 0;
}

/// <summary>c[i, j] (+)= sum over n of term(a[i, n], b[j, n]).</summary>
/// <remarks>
/// Both operands have n contiguous. Four rows of a times four of b (two with few registers) are summed in registers, so that eight loads feed sixteen
/// terms; each lane sums every width-th n, and the lanes are summed at the end. A tile at the edge repeats its last row and stores it once.
/// </remarks>
internal static unsafe class ReductionKernel<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>Sums over <paramref name="length"/> elements, a multiple of the vector's width.</summary>
    /// <param name="bSums">Receives the sum over n of b[j, n], the gradient of biases, at no extra loads; null for none.</param>
    public static void Run<TTerm>(
        float* a, nint aStride, int aCount, float* b, nint bStride, int bCount, int length, float* c, nint cStride, bool accumulate,
        float* bSums = null)
        where TTerm : struct, IPairTerm<TSimd, V> =>
        Run<TTerm, WholeSum>(default, a, aStride, aCount, b, bStride, bCount, length, c, cStride, accumulate, bSums);

    /// <summary>The same, summed over parts.</summary>
    /// <param name="length">Of one part.</param>
    public static void Run<TTerm, TParts>(
        TParts parts, float* a, nint aStride, int aCount, float* b, nint bStride, int bCount, int length, float* c, nint cStride, bool accumulate,
        float* bSums = null)
        where TTerm : struct, IPairTerm<TSimd, V>
        where TParts : struct, ISumParts
    {
        if (bCount == 1)
        {
            OneColumn<TTerm, TParts>(parts, a, aStride, aCount, b, length, c, cStride, accumulate, bSums);
            return;
        }

        for (int i = 0; i < aCount; i += 4)
        {
            float* a0 = a + (i * aStride), c0 = c + (i * cStride);
            if (i == 0 && bSums != null)
            {
                FourRows<TTerm, WithRowSums, TParts>(parts, a0, aStride, Math.Min(4, aCount - i), b, bStride, bCount, length, c0, cStride, accumulate, bSums);
            }
            else
            {
                FourRows<TTerm, WithoutRowSums, TParts>(parts, a0, aStride, Math.Min(4, aCount - i), b, bStride, bCount, length, c0, cStride, accumulate, null);
            }
        }
    }

    /// <summary>A single row of b, against eight of a at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneColumn<TTerm, TParts>(
        TParts parts, float* a, nint aStride, int aCount, float* b, nint length, float* c, nint cStride, bool accumulate, float* bSums)
        where TTerm : struct, IPairTerm<TSimd, V>
        where TParts : struct, ISumParts
    {
        for (int i = 0; i < aCount; i += 8)
        {
            int last = Math.Min(7, aCount - 1 - i);
            float* a0 = a + (i * aStride), a1 = a0 + (aStride * Math.Min(1, last)), a2 = a0 + (aStride * Math.Min(2, last)), a3 = a0 + (aStride * Math.Min(3, last));
            float* a4 = a0 + (aStride * Math.Min(4, last)), a5 = a0 + (aStride * Math.Min(5, last)), a6 = a0 + (aStride * Math.Min(6, last)), a7 = a0 + (aStride * last);
            V s0 = TSimd.Create(0f), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0, t = s0;
            for (int part = 0; part < parts.Count; part++)
            {
                nint fromA = parts.OfA(part), fromB = parts.OfB(part);
                for (nint n = 0; n < length; n += TSimd.Width)
                {
                    nint ofA = fromA + n, ofB = fromB + n;
                    V y = TSimd.Load(b + ofB);
                    t = TSimd.Add(t, y);
                    s0 = TTerm.Add(s0, TSimd.Load(a0 + ofA), y);
                    s1 = TTerm.Add(s1, TSimd.Load(a1 + ofA), y);
                    s2 = TTerm.Add(s2, TSimd.Load(a2 + ofA), y);
                    s3 = TTerm.Add(s3, TSimd.Load(a3 + ofA), y);
                    s4 = TTerm.Add(s4, TSimd.Load(a4 + ofA), y);
                    s5 = TTerm.Add(s5, TSimd.Load(a5 + ofA), y);
                    s6 = TTerm.Add(s6, TSimd.Load(a6 + ofA), y);
                    s7 = TTerm.Add(s7, TSimd.Load(a7 + ofA), y);
                }
            }

            if (i == 0 && bSums != null)
            {
                bSums[0] = accumulate ? bSums[0] + TSimd.Sum(t) : TSimd.Sum(t);
            }

            StoreColumn(TSimd.Sums(s0, s1, s2, s3), c + (i * cStride), cStride, last + 1, accumulate);
            StoreColumn(TSimd.Sums(s4, s5, s6, s7), c + ((i + 4) * cStride), cStride, last - 3, accumulate);
        }
    }

    private static void StoreColumn(Vector128<float> sums, float* c, nint cStride, int rows, bool accumulate)
    {
        for (int i = 0; i < Math.Min(4, rows); i++)
        {
            c[i * cStride] = accumulate ? c[i * cStride] + sums[i] : sums[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRows<TTerm, TSums, TParts>(
        TParts parts, float* a0, nint aStride, int aCount, float* b, nint bStride, int bCount, nint length, float* c, nint cStride, bool accumulate, float* bSums)
        where TTerm : struct, IPairTerm<TSimd, V>
        where TSums : struct, IRowSums
        where TParts : struct, ISumParts
    {
        if (TSimd.ManyRegisters)
        {
            FourRowsByFour<TTerm, TSums, TParts>(parts, a0, aStride, aCount, b, bStride, bCount, length, c, cStride, accumulate, bSums);
        }
        else
        {
            FourRowsByTwo<TTerm, TSums, TParts>(parts, a0, aStride, aCount, b, bStride, bCount, length, c, cStride, accumulate, bSums);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRowsByFour<TTerm, TSums, TParts>(
        TParts parts, float* a0, nint aStride, int aCount, float* b, nint bStride, int bCount, nint length, float* c, nint cStride, bool accumulate, float* bSums)
        where TTerm : struct, IPairTerm<TSimd, V>
        where TSums : struct, IRowSums
        where TParts : struct, ISumParts
    {
        float* a1 = a0 + (aStride * Math.Min(1, aCount - 1)), a2 = a0 + (aStride * Math.Min(2, aCount - 1)), a3 = a0 + (aStride * (aCount - 1));
        for (int j = 0; j < bCount; j += 4)
        {
            int columns = Math.Min(4, bCount - j);
            float* b0 = b + (j * bStride);
            float* b1 = columns > 1 ? b0 + bStride : b0, b2 = columns > 2 ? b1 + bStride : b1, b3 = columns > 3 ? b2 + bStride : b2;
            V s00 = TSimd.Create(0f), s01 = s00, s02 = s00, s03 = s00;
            V s10 = s00, s11 = s00, s12 = s00, s13 = s00;
            V s20 = s00, s21 = s00, s22 = s00, s23 = s00;
            V s30 = s00, s31 = s00, s32 = s00, s33 = s00;
            V t0 = s00, t1 = s00, t2 = s00, t3 = s00;
            for (int part = 0; part < parts.Count; part++)
            {
                nint fromA = parts.OfA(part), fromB = parts.OfB(part);
                for (nint n = 0; n < length; n += TSimd.Width)
                {
                    nint ofA = fromA + n, ofB = fromB + n;
                    V y0 = TSimd.Load(b0 + ofB), y1 = TSimd.Load(b1 + ofB), y2 = TSimd.Load(b2 + ofB), y3 = TSimd.Load(b3 + ofB);
                    if (TSums.Wanted)
                    {
                        (t0, t1, t2, t3) = (TSimd.Add(t0, y0), TSimd.Add(t1, y1), TSimd.Add(t2, y2), TSimd.Add(t3, y3));
                    }

                    V x = TSimd.Load(a0 + ofA);
                    s00 = TTerm.Add(s00, x, y0);
                    s01 = TTerm.Add(s01, x, y1);
                    s02 = TTerm.Add(s02, x, y2);
                    s03 = TTerm.Add(s03, x, y3);
                    x = TSimd.Load(a1 + ofA);
                    s10 = TTerm.Add(s10, x, y0);
                    s11 = TTerm.Add(s11, x, y1);
                    s12 = TTerm.Add(s12, x, y2);
                    s13 = TTerm.Add(s13, x, y3);
                    x = TSimd.Load(a2 + ofA);
                    s20 = TTerm.Add(s20, x, y0);
                    s21 = TTerm.Add(s21, x, y1);
                    s22 = TTerm.Add(s22, x, y2);
                    s23 = TTerm.Add(s23, x, y3);
                    x = TSimd.Load(a3 + ofA);
                    s30 = TTerm.Add(s30, x, y0);
                    s31 = TTerm.Add(s31, x, y1);
                    s32 = TTerm.Add(s32, x, y2);
                    s33 = TTerm.Add(s33, x, y3);
                }
            }

            if (TSums.Wanted)
            {
                StoreRow(TSimd.Sums(t0, t1, t2, t3), bSums + j, columns, accumulate);
            }

            float* to = c + j;
            StoreRow(TSimd.Sums(s00, s01, s02, s03), to, columns, accumulate);
            if (aCount > 1)
            {
                StoreRow(TSimd.Sums(s10, s11, s12, s13), to + cStride, columns, accumulate);
            }

            if (aCount > 2)
            {
                StoreRow(TSimd.Sums(s20, s21, s22, s23), to + (2 * cStride), columns, accumulate);
            }

            if (aCount > 3)
            {
                StoreRow(TSimd.Sums(s30, s31, s32, s33), to + (3 * cStride), columns, accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreRow(Vector128<float> sums, float* c, int columns, bool accumulate)
    {
        if (columns == 4)
        {
            (accumulate ? sums + Vector128.Load(c) : sums).Store(c);
            return;
        }

        StorePartOfRow(sums, c, columns, accumulate);
    }

    private static void StorePartOfRow(Vector128<float> sums, float* c, int columns, bool accumulate)
    {
        for (int j = 0; j < columns; j++)
        {
            c[j] = accumulate ? c[j] + sums[j] : sums[j];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourRowsByTwo<TTerm, TSums, TParts>(
        TParts parts, float* a0, nint aStride, int aCount, float* b, nint bStride, int bCount, nint length, float* c, nint cStride, bool accumulate, float* bSums)
        where TTerm : struct, IPairTerm<TSimd, V>
        where TSums : struct, IRowSums
        where TParts : struct, ISumParts
    {
        float* a1 = a0 + (aStride * Math.Min(1, aCount - 1)), a2 = a0 + (aStride * Math.Min(2, aCount - 1)), a3 = a0 + (aStride * (aCount - 1));
        for (int j = 0; j < bCount; j += 2)
        {
            int columns = Math.Min(2, bCount - j);
            float* b0 = b + (j * bStride), b1 = b0 + (bStride * (columns - 1));
            V s00 = TSimd.Create(0f), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00, s30 = s00, s31 = s00, t0 = s00, t1 = s00;
            for (int part = 0; part < parts.Count; part++)
            {
                nint fromA = parts.OfA(part), fromB = parts.OfB(part);
                for (nint n = 0; n < length; n += TSimd.Width)
                {
                    nint ofA = fromA + n, ofB = fromB + n;
                    V y0 = TSimd.Load(b0 + ofB), y1 = TSimd.Load(b1 + ofB);
                    if (TSums.Wanted)
                    {
                        (t0, t1) = (TSimd.Add(t0, y0), TSimd.Add(t1, y1));
                    }

                    V x = TSimd.Load(a0 + ofA);
                    s00 = TTerm.Add(s00, x, y0);
                    s01 = TTerm.Add(s01, x, y1);
                    x = TSimd.Load(a1 + ofA);
                    s10 = TTerm.Add(s10, x, y0);
                    s11 = TTerm.Add(s11, x, y1);
                    x = TSimd.Load(a2 + ofA);
                    s20 = TTerm.Add(s20, x, y0);
                    s21 = TTerm.Add(s21, x, y1);
                    x = TSimd.Load(a3 + ofA);
                    s30 = TTerm.Add(s30, x, y0);
                    s31 = TTerm.Add(s31, x, y1);
                }
            }

            if (TSums.Wanted)
            {
                StorePartOfRow(TSimd.Sums(t0, t1, t0, t1), bSums + j, columns, accumulate);
            }

            StoreTwoRows(TSimd.Sums(s00, s01, s10, s11), c + j, cStride, aCount, columns, accumulate);
            StoreTwoRows(TSimd.Sums(s20, s21, s30, s31), c + j + (2 * cStride), cStride, aCount - 2, columns, accumulate);
        }
    }

    private static void StoreTwoRows(Vector128<float> sums, float* c, nint cStride, int rows, int columns, bool accumulate)
    {
        if (rows > 0)
        {
            StorePartOfRow(sums, c, columns, accumulate);
        }

        if (rows > 1)
        {
            StorePartOfRow(Vector128.Shuffle(sums, Vector128.Create(2, 3, 0, 1)), c + cStride, columns, accumulate);
        }
    }
}
