using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Launches of the sums for evaluations, of which a few floats come back, and their scratch memory.</summary>
internal sealed class EvaluationLaunches(IlgpuDevice device) : IDisposable
{
    // Minimum numbers of a chunk: some for each thread of a group.
    private const int SmallestChunk = 4 * Groups.Line;

    private MemoryBuffer1D<float, Stride1D.Dense>? _sums;

    public double[] SquaredLengths(DeviceBuffer values, ParticleShape shape)
    {
        ArrayView<float> view = IlgpuBuffer.ViewOf(values);
        return PerParticle(device.Kernels.SquaredLengths, new ParticleSumsArguments { Values = view, Anchors = view, Precisions = view }, shape);
    }

    public double[] AnchorDistances(DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape) => PerParticle(
        device.Kernels.AnchorDistances,
        new ParticleSumsArguments { Values = IlgpuBuffer.ViewOf(particles), Anchors = IlgpuBuffer.ViewOf(anchors), Precisions = IlgpuBuffer.ViewOf(precisions) },
        shape);

    public double DeviationProduct(DeviceBuffer particles, DeviceBuffer others, ParticleShape shape)
    {
        (Index3D grid, Index3D group) = device.Sizes.Elements(shape.Parameters);
        ArrayView<float> sums = device.Scratch(ref _sums, grid.X).View.SubView(0, grid.X);
        device.Kernels.DeviationProduct.Launch(grid, group, new DeviationProductArguments
        {
            Particles = IlgpuBuffer.ViewOf(particles),
            Others = IlgpuBuffer.ViewOf(others),
            Sums = sums,
            ParticleCount = shape.Particles,
            Parameters = shape.Parameters,
            Stride = shape.Stride,
            Centred = ReferenceEquals(particles, others) ? 1 : 0,
        });
        return AddedUp(sums, 1)[0];
    }

    public void Dispose() => IlgpuErrors.Release(_sums);

    private double[] PerParticle(GpuKernel<ParticleSumsArguments> kernel, ParticleSumsArguments arguments, ParticleShape shape)
    {
        int chunks = device.Sizes.Chunks(shape.Particles, LaunchSizes.Ceiling(shape.Stride, SmallestChunk));
        ArrayView<float> sums = device.Scratch(ref _sums, (long)chunks * shape.Particles).View.SubView(0, (long)chunks * shape.Particles);
        kernel.Launch(new Index3D(shape.Particles, chunks, 1), new Index3D(device.Sizes.Line, 1, 1), arguments with
        {
            Sums = sums,
            ParticleCount = shape.Particles,
            Stride = shape.Stride,
            ChunkLength = LaunchSizes.Ceiling(shape.Stride, chunks),
        });
        return AddedUp(sums, shape.Particles);
    }

    /// <summary>Adds partial sums [part, count] to [count], in order.</summary>
    private double[] AddedUp(ArrayView<float> partial, int count)
    {
        var values = new float[partial.Length];
        device.Download(partial, values);
        var sums = new double[count];
        for (int k = 0; k < values.Length; k++)
        {
            sums[k % count] += values[k];
        }

        return sums;
    }
}
