using System.Runtime.InteropServices;

namespace IlgpuBnn.Persistence;

/// <summary>Tells device nodes, pipes and sockets from files, which .NET does not.</summary>
internal static partial class SpecialFile
{
    private const int CurrentFolder = -100, TypeAndMode = 3, SizeOfStatx = 256, OffsetOfMode = 28;

    /// <returns>What it is, if it is neither a file nor a folder. Only Linux tells; null elsewhere.</returns>
    public static string? Kind(string path)
    {
        Span<byte> found = stackalloc byte[SizeOfStatx];
        if (!OperatingSystem.IsLinux() || Statx(CurrentFolder, path, 0, TypeAndMode, found) != 0)
        {
            return null;
        }

        return (MemoryMarshal.Read<ushort>(found[OffsetOfMode..]) & 0xF000) switch
        {
            0x1000 => "pipe",
            0x2000 or 0x6000 => "device",
            0xC000 => "socket",
            _ => null,
        };
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> found);
}
