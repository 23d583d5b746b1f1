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
        where TEpilogue : struct, IEpilogue
    {
        if (!TEpilogue.Long)
        {
            Sums<TEpilogue>(x, xStride, w, bias, y, yStride, derivativeOffset, inputs, outputs, rows);
            return;
        }

        // Panel by panel, so that the sums are still in the first-level cache. In one loop with a long function they would leave the registers.
        int panel = 4 * TSimd.Width;
        for (int n = 0; n < rows; n += panel)
        {
            int count = Math.Min(panel, rows - n);
            Sums<IdentityForward>(x + n, xStride, w, bias, y + n, yStride, derivativeOffset, inputs, outputs, count);
            ApplyStored<TEpilogue>(y + n, yStride, derivativeOffset, outputs, count);
        }
    }

    private static void Sums<TEpilogue>(
        float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs, int rows)
        where TEpilogue : struct, IEpilogue
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
        where TEpilogue : struct, IEpilogue
    {
        int width = TSimd.Width;
        for (int o = 0; o < outputs; o += 4)
        {
            int count = Math.Min(4, outputs - o), d1 = Math.Min(1, count - 1), d2 = Math.Min(2, count - 1), d3 = count - 1;
            if (count == 1)
            {
                OneOutput<TEpilogue>(
                    x, xStride, w.Address + (o / 4 * w.Tile), w.Input, bias == null ? 0f : bias[o], y + (o * yStride), derivativeOffset, inputs);
                return;
            }

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
            nint y1 = d1 * yStride, y2 = d2 * yStride, y3 = d3 * yStride;
            Store<TEpilogue>(to, y1, y2, y3, derivativeOffset, new Four<V>(s00, s10, s20, s30));
            Store<TEpilogue>(to + width, y1, y2, y3, derivativeOffset, new Four<V>(s01, s11, s21, s31));
            Store<TEpilogue>(to + (2 * width), y1, y2, y3, derivativeOffset, new Four<V>(s02, s12, s22, s32));
            Store<TEpilogue>(to + (3 * width), y1, y2, y3, derivativeOffset, new Four<V>(s03, s13, s23, s33));
        }
    }

    /// <summary>Four vectors of rows, the sums over every other input apart: four sums alone would wait for one another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void OneOutput<TEpilogue>(float* x, nint xStride, float* w, nint wInput, float bias, float* y, nint derivativeOffset, int inputs)
        where TEpilogue : struct, IEpilogue
    {
        int width = TSimd.Width;
        V s0 = TSimd.Create(bias), s1 = s0, s2 = s0, s3 = s0, t0 = TSimd.Create(0f), t1 = t0, t2 = t0, t3 = t0;
        int i = 0;
        for (; i + 1 < inputs; i += 2, x += 2 * xStride, w += 2 * wInput)
        {
            V b = TSimd.Create(w[0]), c = TSimd.Create(w[wInput]);
            float* next = x + xStride;
            s0 = TSimd.MultiplyAdd(b, TSimd.Load(x), s0);
            s1 = TSimd.MultiplyAdd(b, TSimd.Load(x + width), s1);
            s2 = TSimd.MultiplyAdd(b, TSimd.Load(x + (2 * width)), s2);
            s3 = TSimd.MultiplyAdd(b, TSimd.Load(x + (3 * width)), s3);
            t0 = TSimd.MultiplyAdd(c, TSimd.Load(next), t0);
            t1 = TSimd.MultiplyAdd(c, TSimd.Load(next + width), t1);
            t2 = TSimd.MultiplyAdd(c, TSimd.Load(next + (2 * width)), t2);
            t3 = TSimd.MultiplyAdd(c, TSimd.Load(next + (3 * width)), t3);
        }

        if (i < inputs)
        {
            V b = TSimd.Create(w[0]);
            s0 = TSimd.MultiplyAdd(b, TSimd.Load(x), s0);
            s1 = TSimd.MultiplyAdd(b, TSimd.Load(x + width), s1);
            s2 = TSimd.MultiplyAdd(b, TSimd.Load(x + (2 * width)), s2);
            s3 = TSimd.MultiplyAdd(b, TSimd.Load(x + (3 * width)), s3);
        }

        Four<V> sums = new(TSimd.Add(s0, t0), TSimd.Add(s1, t1), TSimd.Add(s2, t2), TSimd.Add(s3, t3));
        Store<TEpilogue>(y, width, 2 * width, 3 * width, derivativeOffset, sums);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoVectors<TEpilogue>(
        float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs)
        where TEpilogue : struct, IEpilogue
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
            nint y1 = d1 * yStride, y2 = d2 * yStride, y3 = d3 * yStride;
            Store<TEpilogue>(to, y1, y2, y3, derivativeOffset, new Four<V>(s00, s10, s20, s30));
            Store<TEpilogue>(to + width, y1, y2, y3, derivativeOffset, new Four<V>(s01, s11, s21, s31));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneVector<TEpilogue>(
        float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs)
        where TEpilogue : struct, IEpilogue
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
            nint y1 = d1 * yStride, y2 = d2 * yStride, y3 = d3 * yStride;
            Store<TEpilogue>(to, y1, y2, y3, derivativeOffset, new Four<V>(s0, s1, s2, s3));
        }
    }

    /// <summary>Stored sums through a long epilogue.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ApplyStored<TEpilogue>(float* y, nint yStride, nint derivativeOffset, int outputs, int rows)
        where TEpilogue : struct, IEpilogue
    {
        for (int o = 0; o < outputs; o += 4, y += 4 * yStride)
        {
            int count = outputs - o;
            nint y1 = count > 1 ? yStride : 0, y2 = count > 2 ? 2 * yStride : y1, y3 = count > 3 ? 3 * yStride : y2;
            for (int n = 0; n < rows; n += TSimd.Width)
            {
                float* to = y + n;
                Four<V> sums = new(TSimd.Load(to), TSimd.Load(to + y1), TSimd.Load(to + y2), TSimd.Load(to + y3));
                Store<TEpilogue>(to, y1, y2, y3, derivativeOffset, sums);
            }
        }
    }

    /// <summary>Sums of neighbouring outputs over the same rows through the epilogue.</summary>
    /// <remarks>Repeated outputs are stored repeatedly: all four are loaded before the first is stored.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TEpilogue>(float* y, nint y1, nint y2, nint y3, nint derivativeOffset, Four<V> sums)
        where TEpilogue : struct, IEpilogue
    {
        float* d = y + derivativeOffset;
        Four<V> destination = default, derivative = default;
        if (TEpilogue.TakesDestination)
        {
            destination = new Four<V>(TSimd.Load(y), TSimd.Load(y + y1), TSimd.Load(y + y2), TSimd.Load(y + y3));
        }

        if (TEpilogue.TakesDerivative)
        {
            derivative = new Four<V>(TSimd.Load(d), TSimd.Load(d + y1), TSimd.Load(d + y2), TSimd.Load(d + y3));
        }

        Four<V> value = TEpilogue.Apply<Four<TSimd, V>, Four<V>>(sums, destination, ref derivative);
        TSimd.Store(y, value.A);
        TSimd.Store(y + y1, value.B);
        TSimd.Store(y + y2, value.C);
        TSimd.Store(y + y3, value.D);
        if (TEpilogue.GivesDerivative)
        {
            TSimd.Store(d, derivative.A);
            TSimd.Store(d + y1, derivative.B);
            TSimd.Store(d + y2, derivative.C);
            TSimd.Store(d + y3, derivative.D);
        }
    }
}
