using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Tiles of the kernels that reduce along memory: several lines of a matrix, 16 adjacent floats of each at a time.</summary>
/// <remarks>With a pitch of five Float4s, one of them padding, eight threads that read eight adjacent lines access all 32 banks once.</remarks>
internal static class QuadTile
{
    /// <summary>Float4s of each line in shared memory at a time: 16 floats, the alignment of rows and of parameters.</summary>
    public const int Depth = 4;

    public const int Pitch = Depth + 1;

    /// <summary>Float4s of the largest tile.</summary>
    public const int Size = 4 * Groups.TileSide * Pitch;

    /// <summary>Index of this thread in the group.</summary>
    public static int Thread() => (Group.IdxY * Group.DimX) + Group.IdxX;

    public static int Threads() => Group.DimX * Group.DimY;
}
