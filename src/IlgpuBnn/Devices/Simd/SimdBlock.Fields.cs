using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <remarks>
/// A convolution is a product at each position over the rows of the positions around it, which are read where they are. Its weights' gradient is summed tap by tap over
/// bands of positions, so that a band's gradients stay in the first-level cache for all taps.
/// </remarks>
internal sealed unsafe partial class SimdBlock<TSimd, V>
{
    // Two thirds of a first-level cache.
    private const int BandFloats = 8192;

    // Below, adding lanes would take as long as multiplying.
    private const int SmallestBand = 4;

    private int[] _bandStarts = [];

    public override void ConvolutionForward(ConvolutionTerm convolution) =>
        ForwardEpilogues.Run(convolution.Outputs.Units.Activation, new ConvolutionWork(this, convolution, backward: false));

    public override void ConvolutionBackward(ConvolutionTerm convolution)
    {
        BackwardBiases(convolution);
        BackwardWeights(convolution);
        if (convolution.Inputs.Units.GradientCount > 0)
        {
            BackwardEpilogues.Run(convolution.Inputs.Units.Activation, new ConvolutionWork(this, convolution, backward: true));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void FieldMean(FieldMeanTerm mean)
    {
        FieldRows input = RowsOf(mean.Inputs), output = RowsOf(mean.Outputs);
        FieldLinks links = mean.Map.ByOutput;
        for (int at = 0; at < mean.Map.Outputs; at++)
        {
            V scale = TSimd.Create(1f / links.CountOf(at));
            for (int channel = 0; channel < mean.Inputs.Channels; channel++)
            {
                float* from = input.Address + (channel * input.Channel), to = output.At(at, channel);
                for (int n = 0; n < _rows; n += TSimd.Width)
                {
                    V sum = TSimd.Create(0f);
                    for (int k = links.Starts[at]; k < links.Starts[at + 1]; k++)
                    {
                        sum = TSimd.Add(sum, TSimd.Load(from + (links.Pairs[2 * k] * input.Position) + n));
                    }

                    TSimd.Store(to + n, TSimd.Multiply(scale, sum));
                }
            }
        }
    }

    public override void FieldMeanBackward(FieldMeanTerm mean)
    {
        if (mean.Inputs.Units.GradientCount > 0)
        {
            BackwardEpilogues.Run(mean.Inputs.Units.Activation, new MeanWork(this, mean));
        }
    }

    private FieldRows RowsOf(in FieldUnits field)
    {
        nint stride = field.Units.IsData ? _pass.Stride : _stride;
        return new FieldRows(
            field.Units.IsData ? _pass.Inputs + _firstRow : Unit(field.Units.Slot), field.ChannelStep * stride, field.PositionStep * stride);
    }

    private void Forward<TEpilogue>(ConvolutionTerm term)
        where TEpilogue : struct, IEpilogue
    {
        FieldRows input = RowsOf(term.Inputs), output = RowsOf(term.Outputs);
        WeightView weights = Weights(term.WeightOffset, term.FanIn, term.Outputs.Channels);
        for (int at = 0; at < term.Map.Outputs; at++)
        {
            ProductKernel<TSimd, V>.Run<TEpilogue, TapParts>(
                new TapParts(term.Map.ByOutput, at, input.Position), input.Address, input.Channel, weights, Theta + term.BiasOffset,
                output.At(at, 0), output.Channel, term.Outputs.Units.DerivativeUnits * _stride, term.Inputs.Channels, term.Outputs.Channels, _rows);
        }
    }

    private void Backward<TEpilogue>(ConvolutionTerm term)
        where TEpilogue : struct, IEpilogue
    {
        FieldRows input = RowsOf(term.Inputs), delta = RowsOf(term.Outputs);
        var weights = new WeightView(Theta + term.WeightOffset, 1, term.Outputs.Channels, term.TapWeights);
        for (int at = 0; at < term.Map.Inputs; at++)
        {
            ProductKernel<TSimd, V>.Run<TEpilogue, TapParts>(
                new TapParts(term.Map.ByInput, at, delta.Position), delta.Address, delta.Channel, weights, null,
                input.At(at, 0), input.Channel, term.Inputs.Units.DerivativeUnits * _stride, term.Outputs.Channels, term.Inputs.Channels, _rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardBiases(ConvolutionTerm term)
    {
        FieldRows delta = RowsOf(term.Outputs);
        float* gradient = Gradient + term.BiasOffset;
        for (int filter = 0; filter < term.Outputs.Channels; filter++)
        {
            V sum = TSimd.Create(0f), other = sum;
            for (int at = 0; at < term.Map.Outputs; at++)
            {
                float* from = delta.At(at, filter);
                int n = 0;
                for (; n + (2 * TSimd.Width) <= _rows; n += 2 * TSimd.Width)
                {
                    (sum, other) = (TSimd.Add(sum, TSimd.Load(from + n)), TSimd.Add(other, TSimd.Load(from + n + TSimd.Width)));
                }

                for (; n < _rows; n += TSimd.Width)
                {
                    sum = TSimd.Add(sum, TSimd.Load(from + n));
                }
            }

            float total = TSimd.Sum(TSimd.Add(sum, other));
            gradient[filter] = _firstRows ? total : gradient[filter] + total;
        }
    }

    private void BackwardWeights(ConvolutionTerm term)
    {
        FieldRows input = RowsOf(term.Inputs), delta = RowsOf(term.Outputs);
        FieldLinks links = term.Map.ByTap;
        int channels = term.Inputs.Channels, filters = term.Outputs.Channels, taps = term.Map.Taps;
        int band = Math.Max(SmallestBand, BandFloats / (filters * _rows));
        if (_bandStarts.Length < taps)
        {
            _bandStarts = new int[taps];
        }

        Array.Copy(links.Starts, _bandStarts, taps);
        float* gradient = Gradient + term.WeightOffset;
        for (int end = band, first = 0; first < term.Map.Outputs; first = end, end += band)
        {
            for (int tap = 0; tap < taps; tap++)
            {
                int start = _bandStarts[tap], next = start;
                while (next < links.Starts[tap + 1] && links.Pairs[(2 * next) + 1] < end)
                {
                    next++;
                }

                _bandStarts[tap] = next;
                ReductionKernel<TSimd, V>.Run<ProductTerm<TSimd, V>, PositionParts>(
                    new PositionParts(links, start, next - start, input.Position, delta.Position), input.Address, input.Channel, channels,
                    delta.Address, delta.Channel, filters, _rows, gradient + (tap * term.TapWeights), filters, !_firstRows || first > 0);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Backward<TEpilogue>(FieldMeanTerm mean)
        where TEpilogue : struct, IEpilogue
    {
        FieldRows input = RowsOf(mean.Inputs), delta = RowsOf(mean.Outputs);
        FieldLinks links = mean.Map.ByInput, means = mean.Map.ByOutput;
        nint derivatives = mean.Inputs.Units.DerivativeUnits * (nint)_stride;
        for (int at = 0; at < mean.Map.Inputs; at++)
        {
            for (int channel = 0; channel < mean.Inputs.Channels; channel++)
            {
                float* from = delta.Address + (channel * delta.Channel), to = input.At(at, channel);
                for (int n = 0; n < _rows; n += TSimd.Width)
                {
                    V sum = TSimd.Create(0f), derivative = default;
                    for (int k = links.Starts[at]; k < links.Starts[at + 1]; k++)
                    {
                        int output = links.Pairs[2 * k];
                        sum = TSimd.MultiplyAdd(TSimd.Create(1f / means.CountOf(output)), TSimd.Load(from + (output * delta.Position) + n), sum);
                    }

                    if (TEpilogue.TakesDerivative)
                    {
                        derivative = TSimd.Load(to + derivatives + n);
                    }

                    TSimd.Store(to + n, TEpilogue.Apply<TSimd, V>(sum, TSimd.Load(to + n), ref derivative));
                }
            }
        }
    }

    /// <summary>Where a field's rows are, and how far from a channel and a position to the next.</summary>
    private readonly struct FieldRows(float* address, nint channel, nint position)
    {
        public readonly float* Address = address;
        public readonly nint Channel = channel;
        public readonly nint Position = position;

        public float* At(int position, int channel) => Address + (position * Position) + (channel * Channel);
    }

    private readonly struct ConvolutionWork(SimdBlock<TSimd, V> block, ConvolutionTerm term, bool backward) : IEpilogueWork
    {
        public void Run<TEpilogue>()
            where TEpilogue : struct, IEpilogue
        {
            if (backward)
            {
                block.Backward<TEpilogue>(term);
            }
            else
            {
                block.Forward<TEpilogue>(term);
            }
        }
    }

    private readonly struct MeanWork(SimdBlock<TSimd, V> block, FieldMeanTerm term) : IEpilogueWork
    {
        public void Run<TEpilogue>()
            where TEpilogue : struct, IEpilogue => block.Backward<TEpilogue>(term);
    }
}

/// <summary>The taps of a convolution that one position reads.</summary>
internal readonly unsafe struct TapParts(FieldLinks links, int at, nint position) : IProductParts
{
    // Pinned.
    private readonly int* _pairs = (int*)Unsafe.AsPointer(ref links.Pairs[0]) + (2 * links.Starts[at]);

    public int Count { get; } = links.CountOf(at);

    public nint Rows(int part) => _pairs[2 * part] * position;

    public int Weights(int part) => _pairs[(2 * part) + 1];
}

/// <summary>Positions of a band that a tap of a convolution links.</summary>
internal readonly unsafe struct PositionParts(FieldLinks links, int start, int count, nint positionA, nint positionB) : ISumParts
{
    // Pinned.
    private readonly int* _pairs = (int*)Unsafe.AsPointer(ref links.Pairs[0]) + (2 * start);

    public int Count => count;

    public nint OfA(int part) => _pairs[2 * part] * positionA;

    public nint OfB(int part) => _pairs[(2 * part) + 1] * positionB;
}
