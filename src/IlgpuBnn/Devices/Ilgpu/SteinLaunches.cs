using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Launches of the operations over pairs of particles, and their scratch memory.</summary>
internal sealed class SteinLaunches(IlgpuDevice device) : IDisposable
{
    // Up to about this many distances one launch of one group is faster than nine of many.
    private const int SmallMatrix = 128 * 128;
    private const int MaxCountGroups = 64;

    // Minimum parameters of a chunk of distances, in Float4s.
    private const int SmallestChunk = 32;

    private MemoryBuffer1D<float, Stride1D.Dense>? _partialDistances;
    private MemoryBuffer1D<int, Stride1D.Dense>? _counts;
    private MemoryBuffer1D<Selection, Stride1D.Dense>? _selections;

    public void PairwiseSquaredDistances(DeviceBuffer particles, ParticleShape shape, DeviceBuffer distances)
    {
        int count = shape.Particles, quads = shape.Extent / 4;
        Index3D group = device.Sizes.Tile(LaunchSizes.Ceiling(count, 4), LaunchSizes.Ceiling(count, 4));
        int columns = LaunchSizes.Ceiling(count, 4 * group.X), rows = LaunchSizes.Ceiling(count, 4 * group.Y);
        int chunks = device.Sizes.Chunks((long)columns * rows, LaunchSizes.Ceiling(quads, SmallestChunk));
        int chunkQuads = LaunchSizes.Ceiling(LaunchSizes.Ceiling(quads, chunks), QuadTile.Depth) * QuadTile.Depth;
        ArrayView<float> sums = IlgpuBuffer.ViewOf(distances);
        ArrayView<float> partials = chunks == 1 ? sums : device.Scratch(ref _partialDistances, chunks * sums.Length).View;
        device.Kernels.PairwiseDistances.Launch(new Index3D(columns, rows, chunks), group, new PairwiseDistancesArguments
        {
            Particles = IlgpuBuffer.QuadsOf(particles),
            Distances = partials,
            ParticleCount = count,
            StrideQuads = shape.Stride / 4,
            Quads = quads,
            ChunkQuads = chunkQuads,
        });
        if (chunks > 1)
        {
            (Index3D grid, Index3D line) = device.Sizes.Elements(sums.Length);
            device.Kernels.SumChunks.Launch(grid, line, new SumChunksArguments { Partials = partials, Sums = sums, Chunks = chunks });
        }
    }

    public void Bandwidth(DeviceBuffer distances, int particles, BandwidthRule rule, DeviceBuffer bandwidth)
    {
        BandwidthArguments arguments = Ranks(particles, rule) with
        {
            Distances = IlgpuBuffer.ViewOf(distances),
            Bandwidth = IlgpuBuffer.ViewOf(bandwidth),
            ParticleCount = particles,
        };
        var line = new Index3D(Math.Min(device.Sizes.Line, MedianSelection.Line), 1, 1);
        int elements = checked(particles * particles);
        if (elements <= SmallMatrix)
        {
            device.Kernels.SmallBandwidth.Launch(new Index3D(1, 1, 1), line, arguments);
            return;
        }

        arguments.CountGroups = Math.Min(MaxCountGroups, device.Sizes.Chunks(1, LaunchSizes.Ceiling(elements, SmallMatrix / 4)));
        arguments.Counts = device.Scratch(ref _counts, (long)MedianSelection.Passes * arguments.CountGroups * MedianSelection.Bins).View;
        arguments.Selections = device.Scratch(ref _selections, MedianSelection.Passes).View;
        for (arguments.Pass = 0; arguments.Pass < MedianSelection.Passes; arguments.Pass++)
        {
            device.Kernels.CountDistances.Launch(new Index3D(arguments.CountGroups, 1, 1), line, arguments);
        }

        device.Kernels.FinishBandwidth.Launch(new Index3D(1, 1, 1), line, arguments);
    }

    public void Direction(
        DeviceBuffer particles, DeviceBuffer gradients, ParticleShape shape, DeviceBuffer distances, DeviceBuffer bandwidth, SteinTerm term,
        DeviceBuffer direction)
    {
        int quads = shape.Extent / 4;
        Index3D group = device.Sizes.Tile(quads, LaunchSizes.Ceiling(shape.Particles, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(quads, group.X), LaunchSizes.Ceiling(shape.Particles, 4 * group.Y), 1);
        GpuKernel<SteinDirectionArguments> kernel =
            term.Kernel == SteinKernel.Gaussian ? device.Kernels.SteinDirection : device.Kernels.SteinDirectionInverseMultiquadric;
        kernel.Launch(grid, group, new SteinDirectionArguments
        {
            Particles = IlgpuBuffer.QuadsOf(particles),
            Gradients = IlgpuBuffer.QuadsOf(gradients),
            Direction = IlgpuBuffer.QuadsOf(direction),
            Distances = IlgpuBuffer.ViewOf(distances),
            Bandwidth = IlgpuBuffer.ViewOf(bandwidth),
            ParticleCount = shape.Particles,
            StrideQuads = shape.Stride / 4,
            Quads = quads,
            GradientWeight = term.GradientWeight,
        });
    }

    public void Dispose()
    {
        IlgpuErrors.Release(_partialDistances);
        IlgpuErrors.Release(_counts);
        IlgpuErrors.Release(_selections);
    }

    /// <summary>Ranks, above the diagonal, of the elements that the rule averages, and the factor of their mean.</summary>
    private static BandwidthArguments Ranks(int particles, BandwidthRule rule)
    {
        if (particles < 2)
        {
            return new BandwidthArguments { LowerRank = -1, UpperRank = -1 };
        }

        if (rule == BandwidthRule.LiuWang)
        {
            int all = checked(particles * particles);
            return new BandwidthArguments
            {
                LowerRank = FromFullMatrix((all - 1) / 2, particles),
                UpperRank = FromFullMatrix(all / 2, particles),
                Factor = (float)(1 / Math.Log(particles + 1)),
            };
        }

        int distinct = checked(particles * (particles - 1)) / 2;
        return new BandwidthArguments
        {
            LowerRank = (distinct - 1) / 2,
            UpperRank = distinct / 2,
            AverageRoots = 1,
            Factor = (float)(1 / Math.Log(particles)),
        };
    }

    // The full matrix holds S zeros, then every distinct distance twice.
    private static int FromFullMatrix(int rank, int particles) => rank < particles ? -1 : (rank - particles) / 2;
}
