using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Tiles of the kernels that reduce along memory: some lines of a matrix, 16 neighbouring floats of each at a time.</summary>
/// <remarks>
/// A line's four Float4s and one unused one: with a pitch of five, eight threads that read eight neighbouring lines meet all 32 banks once.
/// </remarks>
internal static class QuadTile
{
    /// <summary>Float4s of each line in shared memory at a time: 16 floats, the alignment of rows and of parameters.</summary>
    public const int Depth = 4;

    public const int Pitch = Depth + 1;

    /// <summary>Float4s of a tile with the most lines.</summary>
    public const int Size = 4 * Groups.TileSide * Pitch;

    /// <summary>This thread's place among all threads of the group.</summary>
    public static int Thread() => (Group.IdxY * Group.DimX) + Group.IdxX;

    public static int Threads() => Group.DimX * Group.DimY;
}
