namespace IlgpuBnn.Devices.Simd;

/// <summary>Stein direction of many particles, whose distances are computed tile by tile on demand.</summary>
/// <remarks>Tiles, blocks and the order of sums are those of held distances: the results are the same bits.</remarks>
internal sealed unsafe class SteinOnDemand<TSimd, V>(WorkCrew crew)
    where TSimd : struct, ISimd<V>
    where V : struct
{
    private readonly SimdBuffer?[] _scratch = new SimdBuffer?[crew.Lanes];
    private Action<int, int>? _directionStrip;
    private SteinCall _call;


    public void Direction(SteinCall call)
    {
        _call = call;
        crew.Run(ParticleRange.Ranges(SteinLoops<TSimd, V>.StripParticles, call.OwnCount), _directionStrip ??= DirectionStrip);
    }

    private void DirectionStrip(int item, int lane)
    {
        const int block = SteinLoops<TSimd, V>.BlockParticles, stripLength = SteinLoops<TSimd, V>.StripParticles;
        int particles = _call.Shape.Particles, extent = _call.Shape.Extent, width = TSimd.Width;
        ParticleRange strip = ParticleRange.Of(item, stripLength, _call.OwnCount);

        // k [strip, block]; the block's source; sums [strip, width]; slopes [strip, block].
        const int kernelLength = stripLength * block, sourceLength = SteinLoops<TSimd, V>.SourceLength;
        SimdBuffer scratch = _scratch[lane] ??= new SimdBuffer((2 * kernelLength) + sourceLength + (stripLength * width));
        float* kernel = scratch.Address, source = kernel + kernelLength, laneSums = source + sourceLength, slopes = laneSums + (stripLength * width);
        scratch.Span.Slice(kernelLength + sourceLength, stripLength * width).Clear();
        for (int b = 0; b < ParticleRange.Ranges(block, particles); b++)
        {
            ParticleRange j = ParticleRange.Of(b, block, particles);
            DistanceTiles<TSimd, V>.Compute(_call.Particles, _call.Shape, _call.Share, strip, j, kernel, block);
            for (int i = 0; i < strip.Count; i++)
            {
                SteinLoops<TSimd, V>.Kernel(_call, kernel + (i * block), j.Count, laneSums + (i * width));
            }

            SteinLoops<TSimd, V>.AddBlock(_call, strip, j, kernel, block, 0, extent, source, slopes);
        }

        for (int i = 0; i < strip.Count; i++)
        {
            SteinLoops<TSimd, V>.Finish(_call, strip.Start + i, TSimd.Sum(TSimd.Load(laneSums + (i * width))), 0, extent);
        }
    }
}
