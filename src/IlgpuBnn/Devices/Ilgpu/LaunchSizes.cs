using System.Numerics;
using ILGPU;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Sizes of groups and grids, which depend only on the device's limits and the shapes, so that sums are reproducible.</summary>
internal sealed class LaunchSizes
{
    /// <summary>CUDA's limit of a grid's second and third side, kept on every device.</summary>
    public const int LargestGridSide = 65535;

    /// <summary>Particles of which all pairs are counted in 32 bits.</summary>
    public const int MaxInteractingParticles = 46340;

    // Minimum groups per multiprocessor, before rows or parameters get longer chunks.
    private const int GroupsPerMultiprocessor = 8;

    private readonly int _largestX = 1;
    private readonly int _largestY = 1;
    private readonly int _multiprocessors;

    public LaunchSizes(int largestGroup, int multiprocessors)
    {
        _multiprocessors = multiprocessors;
        Line = PowerOfTwo(Math.Min(largestGroup, Groups.Line));
        int tile = PowerOfTwo(Math.Min(largestGroup, Groups.TileSide * Groups.TileSide));
        while (_largestX * _largestY < tile)
        {
            (_largestX, _largestY) = _largestX <= _largestY ? (2 * _largestX, _largestY) : (_largestX, 2 * _largestY);
        }
    }

    /// <summary>Threads of a one-dimensional group.</summary>
    public int Line { get; }

    public static int Ceiling(int count, int divisor) => (int)(((long)count + divisor - 1) / divisor);

    /// <summary>Grid and group for single elements.</summary>
    public (Index3D Grid, Index3D Group) Elements(long count, int z = 1) =>
        (new Index3D(checked((int)((count + Line - 1) / Line)), 1, z), new Index3D(Line, 1, 1));

    /// <summary>Grid and group for the elements of columns, of which there may be more than <see cref="LargestGridSide"/>.</summary>
    public (Index3D Grid, Index3D Group) Columns(int columns, int count, int z = 1) =>
        (new Index3D(columns, Ceiling(count, Line), z), new Index3D(Line, 1, 1));

    /// <summary>Group of a tile: just enough threads for the items along each side.</summary>
    public Index3D Tile(int itemsX, int itemsY) => new(Side(itemsX, _largestX), Side(itemsY, _largestY), 1);

    /// <summary>Chunks of a sum whose groups alone would leave multiprocessors idle.</summary>
    public int Chunks(long groups, int maxChunks) =>
        (int)Math.Clamp(((GroupsPerMultiprocessor * (long)_multiprocessors) + groups - 1) / groups, 1, Math.Max(maxChunks, 1));

    /// <summary>The largest power of two up to a limit.</summary>
    private static int PowerOfTwo(int limit) => 1 << int.Log2(limit);

    private static int Side(int items, int largest) => (int)Math.Min(BitOperations.RoundUpToPowerOf2((uint)Math.Max(items, 1)), (uint)largest);
}
