using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

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
    /// <param name="w">Weight (i, o) is w[i * wInput + o * wOutput].</param>
    /// <param name="bias">[outputs], or null for none.</param>
    /// <param name="y">[outputs, yStride]; the epilogue may read it before it writes.</param>
    /// <param name="derivativeOffset">From an element of y to its stored derivative.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TEpilogue>(
        float* x, nint xStride, float* w, nint wInput, nint wOutput, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs, int rows)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        int n = 0;
        if (TSimd.ManyRegisters)
        {
            for (; n + (4 * TSimd.Width) <= rows; n += 4 * TSimd.Width)
            {
                for (int o = 0; o < outputs; o += 4)
                {
                    var tile = new Tile(o, outputs, wOutput, bias);
                    FourVectors<TEpilogue>(x + n, xStride, w, wInput, tile, y + n, yStride, derivativeOffset, inputs);
                }
            }
        }

        for (; n + (2 * TSimd.Width) <= rows; n += 2 * TSimd.Width)
        {
            for (int o = 0; o < outputs; o += 4)
            {
                var tile = new Tile(o, outputs, wOutput, bias);
                TwoVectors<TEpilogue>(x + n, xStride, w, wInput, tile, y + n, yStride, derivativeOffset, inputs);
            }
        }

        for (; n < rows; n += TSimd.Width)
        {
            for (int o = 0; o < outputs; o += 4)
            {
                var tile = new Tile(o, outputs, wOutput, bias);
                OneVector<TEpilogue>(x + n, xStride, w, wInput, tile, y + n, yStride, derivativeOffset, inputs);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourVectors<TEpilogue>(
        float* x, nint xStride, float* w, nint wInput, in Tile tile, float* y, nint yStride, nint derivativeOffset, int inputs)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        int width = TSimd.Width;
        nint w0 = tile.W0, w1 = tile.W1, w2 = tile.W2, w3 = tile.W3;
        V s00 = TSimd.Create(tile.B0), s01 = s00, s02 = s00, s03 = s00;
        V s10 = TSimd.Create(tile.B1), s11 = s10, s12 = s10, s13 = s10;
        V s20 = TSimd.Create(tile.B2), s21 = s20, s22 = s20, s23 = s20;
        V s30 = TSimd.Create(tile.B3), s31 = s30, s32 = s30, s33 = s30;
        for (int i = 0; i < inputs; i++)
        {
            V x0 = TSimd.Load(x), x1 = TSimd.Load(x + width), x2 = TSimd.Load(x + (2 * width)), x3 = TSimd.Load(x + (3 * width));
            V b = TSimd.Create(w[w0]);
            s00 = TSimd.MultiplyAdd(b, x0, s00);
            s01 = TSimd.MultiplyAdd(b, x1, s01);
            s02 = TSimd.MultiplyAdd(b, x2, s02);
            s03 = TSimd.MultiplyAdd(b, x3, s03);
            b = TSimd.Create(w[w1]);
            s10 = TSimd.MultiplyAdd(b, x0, s10);
            s11 = TSimd.MultiplyAdd(b, x1, s11);
            s12 = TSimd.MultiplyAdd(b, x2, s12);
            s13 = TSimd.MultiplyAdd(b, x3, s13);
            b = TSimd.Create(w[w2]);
            s20 = TSimd.MultiplyAdd(b, x0, s20);
            s21 = TSimd.MultiplyAdd(b, x1, s21);
            s22 = TSimd.MultiplyAdd(b, x2, s22);
            s23 = TSimd.MultiplyAdd(b, x3, s23);
            b = TSimd.Create(w[w3]);
            s30 = TSimd.MultiplyAdd(b, x0, s30);
            s31 = TSimd.MultiplyAdd(b, x1, s31);
            s32 = TSimd.MultiplyAdd(b, x2, s32);
            s33 = TSimd.MultiplyAdd(b, x3, s33);
            x += xStride;
            w += wInput;
        }

        StoreFour<TEpilogue>(y + (tile.O0 * yStride), derivativeOffset, s00, s01, s02, s03);
        if (tile.Count > 1)
        {
            StoreFour<TEpilogue>(y + (tile.O1 * yStride), derivativeOffset, s10, s11, s12, s13);
        }

        if (tile.Count > 2)
        {
            StoreFour<TEpilogue>(y + (tile.O2 * yStride), derivativeOffset, s20, s21, s22, s23);
        }

        if (tile.Count > 3)
        {
            StoreFour<TEpilogue>(y + (tile.O3 * yStride), derivativeOffset, s30, s31, s32, s33);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoVectors<TEpilogue>(
        float* x, nint xStride, float* w, nint wInput, in Tile tile, float* y, nint yStride, nint derivativeOffset, int inputs)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        int width = TSimd.Width;
        nint w0 = tile.W0, w1 = tile.W1, w2 = tile.W2, w3 = tile.W3;
        V s00 = TSimd.Create(tile.B0), s01 = s00;
        V s10 = TSimd.Create(tile.B1), s11 = s10;
        V s20 = TSimd.Create(tile.B2), s21 = s20;
        V s30 = TSimd.Create(tile.B3), s31 = s30;
        for (int i = 0; i < inputs; i++)
        {
            V x0 = TSimd.Load(x), x1 = TSimd.Load(x + width);
            V b = TSimd.Create(w[w0]);
            s00 = TSimd.MultiplyAdd(b, x0, s00);
            s01 = TSimd.MultiplyAdd(b, x1, s01);
            b = TSimd.Create(w[w1]);
            s10 = TSimd.MultiplyAdd(b, x0, s10);
            s11 = TSimd.MultiplyAdd(b, x1, s11);
            b = TSimd.Create(w[w2]);
            s20 = TSimd.MultiplyAdd(b, x0, s20);
            s21 = TSimd.MultiplyAdd(b, x1, s21);
            b = TSimd.Create(w[w3]);
            s30 = TSimd.MultiplyAdd(b, x0, s30);
            s31 = TSimd.MultiplyAdd(b, x1, s31);
            x += xStride;
            w += wInput;
        }

        StoreTwo<TEpilogue>(y + (tile.O0 * yStride), derivativeOffset, s00, s01);
        if (tile.Count > 1)
        {
            StoreTwo<TEpilogue>(y + (tile.O1 * yStride), derivativeOffset, s10, s11);
        }

        if (tile.Count > 2)
        {
            StoreTwo<TEpilogue>(y + (tile.O2 * yStride), derivativeOffset, s20, s21);
        }

        if (tile.Count > 3)
        {
            StoreTwo<TEpilogue>(y + (tile.O3 * yStride), derivativeOffset, s30, s31);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneVector<TEpilogue>(
        float* x, nint xStride, float* w, nint wInput, in Tile tile, float* y, nint yStride, nint derivativeOffset, int inputs)
        where TEpilogue : struct, IEpilogue<TSimd, V>
    {
        nint w0 = tile.W0, w1 = tile.W1, w2 = tile.W2, w3 = tile.W3;
        V s0 = TSimd.Create(tile.B0), s1 = TSimd.Create(tile.B1), s2 = TSimd.Create(tile.B2), s3 = TSimd.Create(tile.B3);
        for (int i = 0; i < inputs; i++)
        {
            V x0 = TSimd.Load(x);
            s0 = TSimd.MultiplyAdd(TSimd.Create(w[w0]), x0, s0);
            s1 = TSimd.MultiplyAdd(TSimd.Create(w[w1]), x0, s1);
            s2 = TSimd.MultiplyAdd(TSimd.Create(w[w2]), x0, s2);
            s3 = TSimd.MultiplyAdd(TSimd.Create(w[w3]), x0, s3);
            x += xStride;
            w += wInput;
        }

        Store<TEpilogue>(s0, y + (tile.O0 * yStride), derivativeOffset);
        if (tile.Count > 1)
        {
            Store<TEpilogue>(s1, y + (tile.O1 * yStride), derivativeOffset);
        }

        if (tile.Count > 2)
        {
            Store<TEpilogue>(s2, y + (tile.O2 * yStride), derivativeOffset);
        }

        if (tile.Count > 3)
        {
            Store<TEpilogue>(s3, y + (tile.O3 * yStride), derivativeOffset);
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

    /// <summary>Up to four outputs from <c>first</c> on: where their weights start, and their biases.</summary>
    private readonly struct Tile(int first, int outputs, nint wOutput, float* bias)
    {
        public readonly int Count = Math.Min(4, outputs - first);
        public readonly nint O0 = first;
        public readonly nint O1 = Math.Min(first + 1, outputs - 1);
        public readonly nint O2 = Math.Min(first + 2, outputs - 1);
        public readonly nint O3 = Math.Min(first + 3, outputs - 1);

        public nint W0 => O0 * wOutput;

        public nint W1 => O1 * wOutput;

        public nint W2 => O2 * wOutput;

        public nint W3 => O3 * wOutput;

        public float B0 => bias == null ? 0f : bias[O0];

        public float B1 => bias == null ? 0f : bias[O1];

        public float B2 => bias == null ? 0f : bias[O2];

        public float B3 => bias == null ? 0f : bias[O3];
    }
}
