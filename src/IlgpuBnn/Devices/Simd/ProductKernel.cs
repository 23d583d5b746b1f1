using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Weight (i, o) lies at Address[o / 4 * Tile + o % 4 * Output + i * Input].</summary>
internal readonly unsafe struct WeightView(float* address, nint input, nint output, nint tile)
{
    public readonly float* Address = address;
    public readonly nint Input = input;
    public readonly nint Output = output;
    public readonly nint Tile = tile;

    /// <summary>Weight (i, o) at address[i * input + o * output].</summary>
    public WeightView(float* address, nint input, nint output)
        : this(address, input, output, 4 * output)
    {
    }
}

/// <summary>y[o, n] = epilogue(bias[o] + sum over i of w(i, o) x[i, n]): dense layers forward and backward, and the Stein sum.</summary>
/// <remarks>
/// x and y are unit-major, so that a vector holds neighbouring rows n. Four outputs times four vectors of rows are summed
/// in registers: eight loads (four of them weights, broadcast) feed sixteen multiply-adds. Rows run outermost, so that the
/// panel of x stays in the first-level cache for all outputs. Where the outputs are no multiple of four, the last tile
/// repeats its last output and stores it once.
/// </remarks>
internal static unsafe class ProductKernel<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>Computes all outputs over <paramref name="rows"/> rows, a multiple of the vector's width.</summary>
    /// <param name="x">[inputs, xStride].</param>
    /// <param name="bias">[outputs], or null for none.</param>
    /// <param name="y">[outputs, yStride]; the epilogue may read it before it writes.</param>
    /// <param name="derivativeOffset">From an element of y to its stored derivative.</param>
    public static void Run<TEpilogue>(
        float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs, int rows)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        int n = 0;
        if (TSimd.ManyRegisters)
        {
            for (; n + (4 * TSimd.Width) <= rows; n += 4 * TSimd.Width)
            {
                FourVectors<TEpilogue>(x + n, xStride, w, bias, y + n, yStride, derivativeOffset, inputs, outputs);
            }
        }

        for (; n + (2 * TSimd.Width) <= rows; n += 2 * TSimd.Width)
        {
            TwoVectors<TEpilogue>(x + n, xStride, w, bias, y + n, yStride, derivativeOffset, inputs, outputs);
        }

        for (; n < rows; n += TSimd.Width)
        {
            OneVector<TEpilogue>(x + n, xStride, w, bias, y + n, yStride, derivativeOffset, inputs, outputs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourVectors<TEpilogue>(
        float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        int width = TSimd.Width;
        for (int o = 0; o < outputs; o += 4)
        {
            int count = Math.Min(4, outputs - o), d1 = Math.Min(1, count - 1), d2 = Math.Min(2, count - 1), d3 = count - 1;
            nint wInput = w.Input, w1 = d1 * w.Output, w2 = d2 * w.Output, w3 = d3 * w.Output;
            V s00 = TSimd.Create(bias == null ? 0f : bias[o]), s01 = s00, s02 = s00, s03 = s00;
            V s10 = TSimd.Create(bias == null ? 0f : bias[o + d1]), s11 = s10, s12 = s10, s13 = s10;
            V s20 = TSimd.Create(bias == null ? 0f : bias[o + d2]), s21 = s20, s22 = s20, s23 = s20;
            V s30 = TSimd.Create(bias == null ? 0f : bias[o + d3]), s31 = s30, s32 = s30, s33 = s30;
            float* xi = x, wi = w.Address + (o / 4 * w.Tile);
            for (int i = 0; i < inputs; i++)
            {
                V x0 = TSimd.Load(xi), x1 = TSimd.Load(xi + width), x2 = TSimd.Load(xi + (2 * width)), x3 = TSimd.Load(xi + (3 * width));
                V b = TSimd.Create(wi[0]);
                s00 = TSimd.MultiplyAdd(b, x0, s00);
                s01 = TSimd.MultiplyAdd(b, x1, s01);
                s02 = TSimd.MultiplyAdd(b, x2, s02);
                s03 = TSimd.MultiplyAdd(b, x3, s03);
                b = TSimd.Create(wi[w1]);
                s10 = TSimd.MultiplyAdd(b, x0, s10);
                s11 = TSimd.MultiplyAdd(b, x1, s11);
                s12 = TSimd.MultiplyAdd(b, x2, s12);
                s13 = TSimd.MultiplyAdd(b, x3, s13);
                b = TSimd.Create(wi[w2]);
                s20 = TSimd.MultiplyAdd(b, x0, s20);
                s21 = TSimd.MultiplyAdd(b, x1, s21);
                s22 = TSimd.MultiplyAdd(b, x2, s22);
                s23 = TSimd.MultiplyAdd(b, x3, s23);
                b = TSimd.Create(wi[w3]);
                s30 = TSimd.MultiplyAdd(b, x0, s30);
                s31 = TSimd.MultiplyAdd(b, x1, s31);
                s32 = TSimd.MultiplyAdd(b, x2, s32);
                s33 = TSimd.MultiplyAdd(b, x3, s33);
                xi += xStride;
                wi += wInput;
            }

            float* to = y + (o * yStride);
            StoreFour<TEpilogue>(to, derivativeOffset, s00, s01, s02, s03);
            if (count > 1)
            {
                StoreFour<TEpilogue>(to + yStride, derivativeOffset, s10, s11, s12, s13);
            }

            if (count > 2)
            {
                StoreFour<TEpilogue>(to + (2 * yStride), derivativeOffset, s20, s21, s22, s23);
            }

            if (count > 3)
            {
                StoreFour<TEpilogue>(to + (3 * yStride), derivativeOffset, s30, s31, s32, s33);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoVectors<TEpilogue>(
        float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        int width = TSimd.Width;
        for (int o = 0; o < outputs; o += 4)
        {
            int count = Math.Min(4, outputs - o), d1 = Math.Min(1, count - 1), d2 = Math.Min(2, count - 1), d3 = count - 1;
            nint wInput = w.Input, w1 = d1 * w.Output, w2 = d2 * w.Output, w3 = d3 * w.Output;
            V s00 = TSimd.Create(bias == null ? 0f : bias[o]), s01 = s00;
            V s10 = TSimd.Create(bias == null ? 0f : bias[o + d1]), s11 = s10;
            V s20 = TSimd.Create(bias == null ? 0f : bias[o + d2]), s21 = s20;
            V s30 = TSimd.Create(bias == null ? 0f : bias[o + d3]), s31 = s30;
            float* xi = x, wi = w.Address + (o / 4 * w.Tile);
            for (int i = 0; i < inputs; i++)
            {
                V x0 = TSimd.Load(xi), x1 = TSimd.Load(xi + width);
                V b = TSimd.Create(wi[0]);
                s00 = TSimd.MultiplyAdd(b, x0, s00);
                s01 = TSimd.MultiplyAdd(b, x1, s01);
                b = TSimd.Create(wi[w1]);
                s10 = TSimd.MultiplyAdd(b, x0, s10);
                s11 = TSimd.MultiplyAdd(b, x1, s11);
                b = TSimd.Create(wi[w2]);
                s20 = TSimd.MultiplyAdd(b, x0, s20);
                s21 = TSimd.MultiplyAdd(b, x1, s21);
                b = TSimd.Create(wi[w3]);
                s30 = TSimd.MultiplyAdd(b, x0, s30);
                s31 = TSimd.MultiplyAdd(b, x1, s31);
                xi += xStride;
                wi += wInput;
            }

            float* to = y + (o * yStride);
            StoreTwo<TEpilogue>(to, derivativeOffset, s00, s01);
            if (count > 1)
            {
                StoreTwo<TEpilogue>(to + yStride, derivativeOffset, s10, s11);
            }

            if (count > 2)
            {
                StoreTwo<TEpilogue>(to + (2 * yStride), derivativeOffset, s20, s21);
            }

            if (count > 3)
            {
                StoreTwo<TEpilogue>(to + (3 * yStride), derivativeOffset, s30, s31);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneVector<TEpilogue>(
        float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        for (int o = 0; o < outputs; o += 4)
        {
            int count = Math.Min(4, outputs - o), d1 = Math.Min(1, count - 1), d2 = Math.Min(2, count - 1), d3 = count - 1;
            nint wInput = w.Input, w1 = d1 * w.Output, w2 = d2 * w.Output, w3 = d3 * w.Output;
            V s0 = TSimd.Create(bias == null ? 0f : bias[o]), s1 = TSimd.Create(bias == null ? 0f : bias[o + d1]), s2 = TSimd.Create(bias == null ? 0f : bias[o + d2]), s3 = TSimd.Create(bias == null ? 0f : bias[o + d3]);
            float* xi = x, wi = w.Address + (o / 4 * w.Tile);
            for (int i = 0; i < inputs; i++)
            {
                V x0 = TSimd.Load(xi);
                s0 = TSimd.MultiplyAdd(TSimd.Create(wi[0]), x0, s0);
                s1 = TSimd.MultiplyAdd(TSimd.Create(wi[w1]), x0, s1);
                s2 = TSimd.MultiplyAdd(TSimd.Create(wi[w2]), x0, s2);
                s3 = TSimd.MultiplyAdd(TSimd.Create(wi[w3]), x0, s3);
                xi += xStride;
                wi += wInput;
            }

            float* to = y + (o * yStride);
            Store<TEpilogue>(s0, to, derivativeOffset);
            if (count > 1)
            {
                Store<TEpilogue>(s1, to + yStride, derivativeOffset);
            }

            if (count > 2)
            {
                Store<TEpilogue>(s2, to + (2 * yStride), derivativeOffset);
            }

            if (count > 3)
            {
                Store<TEpilogue>(s3, to + (3 * yStride), derivativeOffset);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFour<TEpilogue>(float* y, nint derivativeOffset, V s0, V s1, V s2, V s3)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        StoreTwo<TEpilogue>(y, derivativeOffset, s0, s1);
        StoreTwo<TEpilogue>(y + (2 * TSimd.Width), derivativeOffset, s2, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTwo<TEpilogue>(float* y, nint derivativeOffset, V s0, V s1)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        Store<TEpilogue>(s0, y, derivativeOffset);
        Store<TEpilogue>(s1, y + TSimd.Width, derivativeOffset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TEpilogue>(V sum, float* y, nint derivativeOffset)
        where TEpilogue : struct, IEpilogue<TSimd, V> => TEpilogue.Store(sum, y, y + derivativeOffset);
}
