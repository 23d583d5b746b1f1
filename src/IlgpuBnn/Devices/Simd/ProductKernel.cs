using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Tiles of a product's outputs: of six if their sums fit the registers, then of four; the last may not be full.</summary>
/// <param name="outputs">At least 1.</param>
/// <param name="manyRegisters">Whether there are 32 vector registers.</param>
internal readonly struct OutputTiles(int outputs, bool manyRegisters)
{
    // 6 + 1 and 6 + 2 are split as 4 + 3 and 4 + 4, as a tile of one or two would be mostly empty.
    private readonly int _ofSixes = manyRegisters ? 6 * Math.Max(0, (outputs / 6) - (outputs % 6 is 1 or 2 ? 1 : 0)) : 0;

    /// <summary>Outputs in tiles of six.</summary>
    public int OfSixes => _ofSixes;

    /// <summary>Outputs of the tile that starts at an output.</summary>
    public int SizeAt(int output) => output < _ofSixes ? 6 : Math.Min(4, outputs - output);
}

/// <summary>Weights of a product, in rows or packed tile by tile.</summary>
internal readonly unsafe struct WeightView
{
    private readonly float* _address;

    // 0 for packed weights, where it is the tile's size.
    private readonly nint _input;

    // From an output's first weight to the next's, at which tiles start.
    private readonly nint _perOutput;

    // From a part's weights to the next's; 0 where they follow each other.
    private readonly nint _part;

    private WeightView(float* address, nint input, nint output, nint perOutput, nint part)
    {
        _address = address;
        (_input, Output, _perOutput, _part) = (input, output, perOutput, part);
    }

    /// <summary>Weight (i, o) of part p at address[p * part + i * input + o * output].</summary>
    public WeightView(float* address, nint input, nint output, nint part = 0)
        : this(address, input, output, output, part)
    {
    }

    /// <summary>From a weight to that of the tile's next output.</summary>
    public nint Output { get; }

    /// <summary>Consecutive tiles of <see cref="OutputTiles"/>, each [input, output].</summary>
    public static WeightView Packed(float* address, int inputs) => new(address, 0, 1, inputs, 0);

    /// <summary>First weight of the tile that starts at an output.</summary>
    public float* Tile(int output) => _address + (output * _perOutput);

    /// <summary>From an input to the next, in a tile of a given size.</summary>
    public nint Input(int tileSize) => _input == 0 ? tileSize : _input;

    /// <summary>From a part's weights to the next's, in a tile of a given size.</summary>
    /// <param name="inputs">Of one part.</param>
    public nint Part(int inputs, int tileSize) => _part == 0 ? inputs * Input(tileSize) : _part;
}

/// <summary>The parts of a product's inputs, each with its own place in x and among the weights: one, or the taps of a convolution.</summary>
internal interface IProductParts
{
    int Count { get; }

    /// <summary>From x to a part's first input.</summary>
    nint Rows(int part);

    /// <summary>Which of the weights' parts it is.</summary>
    int Weights(int part);
}

/// <summary>All inputs at once.</summary>
internal readonly struct WholeProduct : IProductParts
{
    public int Count => 1;

    public nint Rows(int part) => 0;

    public int Weights(int part) => 0;
}

/// <summary>y[o, n] = epilogue(bias[o] + sum over i of w(i, o) x[i, n]): dense layers forward and backward, and the Stein sum.</summary>
/// <remarks>
/// x and y are unit-major: a vector holds adjacent rows n. Six outputs times four vectors of rows are summed in registers, so that ten loads (six of
/// them broadcast weights) feed 24 multiply-adds; with sixteen registers, and for the remainder, four outputs. Rows are outermost, so that the panel of
/// x stays in the first-level cache. A tile of four that is not full repeats its last output.
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
        where TEpilogue : struct, IEpilogue =>
        Run<TEpilogue, WholeProduct>(default, x, xStride, w, bias, y, yStride, derivativeOffset, inputs, outputs, rows);

    /// <summary>The same, summed over parts of the inputs.</summary>
    /// <param name="inputs">Of one part.</param>
    public static void Run<TEpilogue, TParts>(
        TParts parts, float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs, int rows)
        where TEpilogue : struct, IEpilogue
        where TParts : struct, IProductParts
    {
        if (!TEpilogue.Long)
        {
            Sums<TEpilogue, TParts>(parts, x, xStride, w, bias, y, yStride, derivativeOffset, inputs, outputs, rows);
            return;
        }

        // Panel by panel, so that the sums stay in the first-level cache; in one loop, a long function would spill them.
        int panel = 4 * TSimd.Width;
        for (int n = 0; n < rows; n += panel)
        {
            int count = Math.Min(panel, rows - n);
            Sums<IdentityForward, TParts>(parts, x + n, xStride, w, bias, y + n, yStride, derivativeOffset, inputs, outputs, count);
            ApplyStored<TEpilogue>(y + n, yStride, derivativeOffset, outputs, count);
        }
    }

    private static void Sums<TEpilogue, TParts>(
        TParts parts, float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs, int rows)
        where TEpilogue : struct, IEpilogue
        where TParts : struct, IProductParts
    {
        int n = 0;
        if (TSimd.ManyRegisters)
        {
            for (; n + (4 * TSimd.Width) <= rows; n += 4 * TSimd.Width)
            {
                FourVectors<TEpilogue, TParts>(parts, x + n, xStride, w, bias, y + n, yStride, derivativeOffset, inputs, outputs);
            }
        }

        for (; n + (2 * TSimd.Width) <= rows; n += 2 * TSimd.Width)
        {
            TwoVectors<TEpilogue, TParts>(parts, x + n, xStride, w, bias, y + n, yStride, derivativeOffset, inputs, outputs);
        }

        for (; n < rows; n += TSimd.Width)
        {
            OneVector<TEpilogue, TParts>(parts, x + n, xStride, w, bias, y + n, yStride, derivativeOffset, inputs, outputs);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourVectors<TEpilogue, TParts>(
        TParts parts, float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs)
        where TEpilogue : struct, IEpilogue
        where TParts : struct, IProductParts
    {
        int width = TSimd.Width, sixes = new OutputTiles(outputs, TSimd.ManyRegisters).OfSixes;
        SixOutputs<TEpilogue, TParts>(parts, x, xStride, w, bias, y, yStride, derivativeOffset, inputs, sixes);
        for (int o = sixes; o < outputs; o += 4)
        {
            int count = Math.Min(4, outputs - o), d1 = Math.Min(1, count - 1), d2 = Math.Min(2, count - 1), d3 = count - 1;
            // Only with biases (a layer): two chains of sums would make a Stein sum depend on the strips of particles.
            if (typeof(TParts) == typeof(WholeProduct) && count == 1 && bias != null)
            {
                OneOutput<TEpilogue>(x, xStride, w.Tile(o), w.Input(1), bias[o], y + (o * yStride), derivativeOffset, inputs);
                return;
            }

            nint wInput = w.Input(count), w1 = d1 * w.Output, w2 = d2 * w.Output, w3 = d3 * w.Output;
            V s00 = TSimd.Create(bias == null ? 0f : bias[o]), s01 = s00, s02 = s00, s03 = s00;
            V s10 = TSimd.Create(bias == null ? 0f : bias[o + d1]), s11 = s10, s12 = s10, s13 = s10;
            V s20 = TSimd.Create(bias == null ? 0f : bias[o + d2]), s21 = s20, s22 = s20, s23 = s20;
            V s30 = TSimd.Create(bias == null ? 0f : bias[o + d3]), s31 = s30, s32 = s30, s33 = s30;
            for (int part = 0; part < parts.Count; part++)
            {
                float* xi = x + parts.Rows(part), wi = w.Tile(o) + (parts.Weights(part) * w.Part(inputs, count));
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
            }

            float* to = y + (o * yStride);
            nint y1 = d1 * yStride, y2 = d2 * yStride, y3 = d3 * yStride;
            Store<TEpilogue>(to, y1, y2, y3, derivativeOffset, new Four<V>(s00, s10, s20, s30));
            Store<TEpilogue>(to + width, y1, y2, y3, derivativeOffset, new Four<V>(s01, s11, s21, s31));
            Store<TEpilogue>(to + (2 * width), y1, y2, y3, derivativeOffset, new Four<V>(s02, s12, s22, s32));
            Store<TEpilogue>(to + (3 * width), y1, y2, y3, derivativeOffset, new Four<V>(s03, s13, s23, s33));
        }
    }

    /// <summary>Tiles of six outputs times four vectors of rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixOutputs<TEpilogue, TParts>(
        TParts parts, float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs)
        where TEpilogue : struct, IEpilogue
        where TParts : struct, IProductParts
    {
        int width = TSimd.Width;
        nint wInput = w.Input(6), w1 = w.Output, w2 = 2 * w.Output;
        for (int o = 0; o < outputs; o += 6)
        {
            V s00 = TSimd.Create(bias == null ? 0f : bias[o]), s01 = s00, s02 = s00, s03 = s00;
            V s10 = TSimd.Create(bias == null ? 0f : bias[o + 1]), s11 = s10, s12 = s10, s13 = s10;
            V s20 = TSimd.Create(bias == null ? 0f : bias[o + 2]), s21 = s20, s22 = s20, s23 = s20;
            V s30 = TSimd.Create(bias == null ? 0f : bias[o + 3]), s31 = s30, s32 = s30, s33 = s30;
            V s40 = TSimd.Create(bias == null ? 0f : bias[o + 4]), s41 = s40, s42 = s40, s43 = s40;
            V s50 = TSimd.Create(bias == null ? 0f : bias[o + 5]), s51 = s50, s52 = s50, s53 = s50;
            for (int part = 0; part < parts.Count; part++)
            {
                float* xi = x + parts.Rows(part), wi = w.Tile(o) + (parts.Weights(part) * w.Part(inputs, 6)), wj = wi + (3 * w.Output);
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
                    b = TSimd.Create(wj[0]);
                    s30 = TSimd.MultiplyAdd(b, x0, s30);
                    s31 = TSimd.MultiplyAdd(b, x1, s31);
                    s32 = TSimd.MultiplyAdd(b, x2, s32);
                    s33 = TSimd.MultiplyAdd(b, x3, s33);
                    b = TSimd.Create(wj[w1]);
                    s40 = TSimd.MultiplyAdd(b, x0, s40);
                    s41 = TSimd.MultiplyAdd(b, x1, s41);
                    s42 = TSimd.MultiplyAdd(b, x2, s42);
                    s43 = TSimd.MultiplyAdd(b, x3, s43);
                    b = TSimd.Create(wj[w2]);
                    s50 = TSimd.MultiplyAdd(b, x0, s50);
                    s51 = TSimd.MultiplyAdd(b, x1, s51);
                    s52 = TSimd.MultiplyAdd(b, x2, s52);
                    s53 = TSimd.MultiplyAdd(b, x3, s53);
                    xi += xStride;
                    wi += wInput;
                    wj += wInput;
                }
            }

            float* to = y + (o * yStride);
            Store<TEpilogue>(to, width, 2 * width, 3 * width, derivativeOffset, new Four<V>(s00, s01, s02, s03));
            to += yStride;
            Store<TEpilogue>(to, width, 2 * width, 3 * width, derivativeOffset, new Four<V>(s10, s11, s12, s13));
            to += yStride;
            Store<TEpilogue>(to, width, 2 * width, 3 * width, derivativeOffset, new Four<V>(s20, s21, s22, s23));
            to += yStride;
            Store<TEpilogue>(to, width, 2 * width, 3 * width, derivativeOffset, new Four<V>(s30, s31, s32, s33));
            to += yStride;
            Store<TEpilogue>(to, width, 2 * width, 3 * width, derivativeOffset, new Four<V>(s40, s41, s42, s43));
            to += yStride;
            Store<TEpilogue>(to, width, 2 * width, 3 * width, derivativeOffset, new Four<V>(s50, s51, s52, s53));
        }
    }

    /// <summary>Four vectors of rows, with separate sums over even and odd inputs to hide latency.</summary>
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
    private static void TwoVectors<TEpilogue, TParts>(
        TParts parts, float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs)
        where TEpilogue : struct, IEpilogue
        where TParts : struct, IProductParts
    {
        int width = TSimd.Width;
        var tiles = new OutputTiles(outputs, TSimd.ManyRegisters);
        for (int o = 0, next = 0, size = 0, count; o < outputs; o += count)
        {
            // A tile of six is four outputs, then two.
            (size, next) = o == next ? (tiles.SizeAt(o), o + tiles.SizeAt(o)) : (size, next);
            count = Math.Min(4, next - o);
            int d1 = Math.Min(1, count - 1), d2 = Math.Min(2, count - 1), d3 = count - 1;
            nint wInput = w.Input(size), w1 = d1 * w.Output, w2 = d2 * w.Output, w3 = d3 * w.Output;
            V s00 = TSimd.Create(bias == null ? 0f : bias[o]), s01 = s00;
            V s10 = TSimd.Create(bias == null ? 0f : bias[o + d1]), s11 = s10;
            V s20 = TSimd.Create(bias == null ? 0f : bias[o + d2]), s21 = s20;
            V s30 = TSimd.Create(bias == null ? 0f : bias[o + d3]), s31 = s30;
            for (int part = 0; part < parts.Count; part++)
            {
                float* xi = x + parts.Rows(part), wi = w.Tile(next - size) + ((o - next + size) * w.Output) + (parts.Weights(part) * w.Part(inputs, size));
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
            }

            float* to = y + (o * yStride);
            nint y1 = d1 * yStride, y2 = d2 * yStride, y3 = d3 * yStride;
            Store<TEpilogue>(to, y1, y2, y3, derivativeOffset, new Four<V>(s00, s10, s20, s30));
            Store<TEpilogue>(to + width, y1, y2, y3, derivativeOffset, new Four<V>(s01, s11, s21, s31));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneVector<TEpilogue, TParts>(
        TParts parts, float* x, nint xStride, WeightView w, float* bias, float* y, nint yStride, nint derivativeOffset,
        int inputs, int outputs)
        where TEpilogue : struct, IEpilogue
        where TParts : struct, IProductParts
    {
        var tiles = new OutputTiles(outputs, TSimd.ManyRegisters);
        for (int o = 0, next = 0, size = 0, count; o < outputs; o += count)
        {
            // A tile of six is four outputs, then two.
            (size, next) = o == next ? (tiles.SizeAt(o), o + tiles.SizeAt(o)) : (size, next);
            count = Math.Min(4, next - o);
            int d1 = Math.Min(1, count - 1), d2 = Math.Min(2, count - 1), d3 = count - 1;
            nint wInput = w.Input(size), w1 = d1 * w.Output, w2 = d2 * w.Output, w3 = d3 * w.Output;
            V s0 = TSimd.Create(bias == null ? 0f : bias[o]), s1 = TSimd.Create(bias == null ? 0f : bias[o + d1]), s2 = TSimd.Create(bias == null ? 0f : bias[o + d2]), s3 = TSimd.Create(bias == null ? 0f : bias[o + d3]);
            for (int part = 0; part < parts.Count; part++)
            {
                float* xi = x + parts.Rows(part), wi = w.Tile(next - size) + ((o - next + size) * w.Output) + (parts.Weights(part) * w.Part(inputs, size));
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
            }

            float* to = y + (o * yStride);
            nint y1 = d1 * yStride, y2 = d2 * yStride, y3 = d3 * yStride;
            Store<TEpilogue>(to, y1, y2, y3, derivativeOffset, new Four<V>(s0, s1, s2, s3));
        }
    }

    /// <summary>Applies a long epilogue to stored sums.</summary>
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

    /// <summary>Applies the epilogue to sums of four outputs over the same rows, and stores them.</summary>
    /// <remarks>Repeated outputs are stored repeatedly; all four are loaded before the first is stored.</remarks>
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
