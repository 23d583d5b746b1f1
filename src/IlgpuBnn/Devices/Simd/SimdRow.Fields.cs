using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <remarks>Vectors hold filters; what they write beyond the last is the next position's, which is computed later.</remarks>
internal sealed unsafe partial class SimdRowBlock<TSimd, V>
{
    public override void ConvolutionForward(ConvolutionTerm convolution) =>
        ForwardEpilogues.Run(convolution.Outputs.Units.Activation, new ConvolutionWork(this, convolution));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void FieldMean(FieldMeanTerm mean)
    {
        float* input = InputOf(mean.Inputs.Units, out nint unit), output = _units.Address + mean.Outputs.Units.Slot;
        FieldLinks links = mean.Map.ByOutput;
        for (int at = 0; at < mean.Map.Outputs; at++)
        {
            for (int channel = 0; channel < mean.Inputs.Channels; channel++)
            {
                float sum = 0f;
                for (int k = links.Starts[at]; k < links.Starts[at + 1]; k++)
                {
                    sum += input[((channel * mean.Inputs.ChannelStep) + (links.Pairs[2 * k] * mean.Inputs.PositionStep)) * unit];
                }

                output[(channel * mean.Outputs.ChannelStep) + (at * mean.Outputs.PositionStep)] = sum * (1f / links.CountOf(at));
            }
        }
    }

    private float* InputOf(in Units inputs, out nint stride)
    {
        stride = inputs.IsData ? _pass.Stride : 1;
        return inputs.IsData ? _pass.Inputs : _units.Address + inputs.Slot;
    }

    private void Forward<TEpilogue>(ConvolutionTerm term)
        where TEpilogue : struct, IEpilogue
    {
        float* input = InputOf(term.Inputs.Units, out nint unit), output = _units.Address + term.Outputs.Units.Slot;
        for (int at = 0; at < term.Map.Outputs; at++, output += term.Outputs.Channels)
        {
            Products<TEpilogue, TapParts>(
                new TapParts(term.Map.ByOutput, at, term.Inputs.PositionStep * unit), input, term.Inputs.ChannelStep * unit, term.Inputs.Channels,
                Theta + term.WeightOffset, Theta + term.BiasOffset, output, term.Outputs.Channels);
        }
    }

    private readonly struct ConvolutionWork(SimdRowBlock<TSimd, V> block, ConvolutionTerm term) : IEpilogueWork
    {
        public void Run<TEpilogue>()
            where TEpilogue : struct, IEpilogue => block.Forward<TEpilogue>(term);
    }
}
