using System.Runtime.CompilerServices;
using ILGPU.Execution;

namespace ILGPU;

public static class Group
{
    public static int IdxX => Lane.Here.Index.X;

    public static int IdxY => Lane.Here.Index.Y;

    public static int DimX => Lane.Here.Launch.Config.GroupDim.X;

    public static int DimY => Lane.Here.Launch.Config.GroupDim.Y;

    public static void Barrier() => Lane.Here.Barrier();
}

public static class Grid
{
    public static int IdxX => Lane.Here.GroupIndex.X;

    public static int IdxY => Lane.Here.GroupIndex.Y;

    public static int IdxZ => Lane.Here.GroupIndex.Z;

    public static int DimX => Lane.Here.Launch.Config.GridDim.X;
}

public static class SharedMemory
{
    public static ArrayView<T> Allocate<T>(int extent)
        where T : unmanaged => Lane.Here.AllocateShared<T>(extent);
}

public static class Interop
{
    public static int SizeOf<T>()
        where T : unmanaged => Unsafe.SizeOf<T>();

    public static uint FloatAsInt(float value) => BitConverter.SingleToUInt32Bits(value);

    public static float IntAsFloat(uint value) => BitConverter.UInt32BitsToSingle(value);
}
