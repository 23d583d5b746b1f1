using System.Runtime.InteropServices;
using ILGPU.Runtime;

namespace ILGPU.Execution;

/// <summary>Memory of a device or a group. Until it is written it holds <see cref="Unwritten"/>, so that whoever reads it first notices.</summary>
internal sealed unsafe class Memory : IDisposable
{
    /// <summary>Not a number, as float and as double; far out of any range, as int and as long.</summary>
    public const uint Unwritten = 0x7FF8DEAD;

    private readonly long _length;

    public Memory(Accelerator owner, long lengthInBytes)
    {
        // Room for a whole pattern at the end, and aligned for the widest vector.
        _length = (lengthInBytes + sizeof(uint) - 1) / sizeof(uint);
        Start = (byte*)NativeMemory.AlignedAlloc((nuint)Math.Max(_length, 1) * sizeof(uint), 64);
        Owner = owner;
        Fill();
    }

    ~Memory() => Dispose();

    public byte* Start { get; private set; }

    /// <summary>Null once disposed.</summary>
    public Accelerator? Owner { get; private set; }

    public void Fill()
    {
        const int most = 1 << 28;
        for (long i = 0; i < _length; i += most)
            new Span<uint>(Start + i * sizeof(uint), (int)Math.Min(most, _length - i)).Fill(Unwritten);
    }

    public void RequireStream(AcceleratorStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (Owner is not null && stream.Accelerator != Owner)
            throw new Fault("The stream and the memory belong to different accelerators.");
    }

    public void Dispose()
    {
        byte* start = Start;
        Start = null;
        Owner = null;
        NativeMemory.AlignedFree(start);
        GC.SuppressFinalize(this);
    }
}
