using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using ILGPU.Execution;
using ILGPU.Runtime;

namespace ILGPU;

public interface IArrayView
{
    long Length { get; }

    /// <summary>The same memory as bytes.</summary>
    internal ArrayView<byte> Bytes { get; }
}

public interface IArrayView<T> : IArrayView
    where T : unmanaged
{
}

public interface IContiguousArrayView : IArrayView
{
}

public interface IContiguousArrayView<T> : IArrayView<T>, IContiguousArrayView
    where T : unmanaged
{
}

public static class Stride1D
{
    public readonly struct Dense : IStride1D
    {
    }
}

public interface IStride1D
{
}

public readonly unsafe struct ArrayView<T> : IContiguousArrayView<T>
    where T : unmanaged
{
    private readonly Memory? _memory;
    private readonly long _startInBytes;

    internal ArrayView(Memory? memory, long startInBytes, long length)
    {
        _memory = memory;
        _startInBytes = startInBytes;
        Length = length;
    }

    public long Length { get; }

    public int IntLength => checked((int)Length);

    private long LengthInBytes => Length * sizeof(T);

    ArrayView<byte> IArrayView.Bytes => new(_memory, _startInBytes, LengthInBytes);

    internal Memory? Memory => _memory;

    /// <summary>Where the view starts, for the host's copies.</summary>
    internal byte* HostPointer
    {
        get
        {
            _memory!.Owner?.RequireAlive();
            ObjectDisposedException.ThrowIf(_memory.Owner is null, typeof(MemoryBuffer));
            return _memory.Start + _startInBytes;
        }
    }

    public ref T this[int index] => ref this[(long)index];

    /// <summary>Every access is checked: its index, whose memory it is, that the memory lives, and that a kernel asks.</summary>
    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Lane? lane = Lane.Current;
            if ((ulong)index >= (ulong)Length || lane is null || _memory!.Owner != lane.Accelerator)
                Refuse(index);
            return ref Unsafe.AsRef<T>(_memory!.Start + _startInBytes + index * sizeof(T));
        }
    }

    public ArrayView<T> SubView(int index, int subViewLength) => SubView((long)index, subViewLength);

    public ArrayView<T> SubView(long index, long subViewLength)
    {
        bool starts = (index >= 0 && index < Length) || (index == 0 && Length == 0);
        if (!starts || subViewLength < 0 || subViewLength > Length - index)
            throw new Fault($"SubView({index}, {subViewLength}) leaves its view of {Length} {typeof(T).Name}.");
        return new(_memory, _startInBytes + index * sizeof(T), subViewLength);
    }

    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged
    {
        if (_startInBytes % sizeof(TOther) != 0)
        {
            throw new Fault(
                $"Cast to {typeof(TOther).Name} of {sizeof(TOther)} bytes: the view starts at byte {_startInBytes} of its memory, no multiple of it.");
        }

        return new(_memory, _startInBytes, LengthInBytes / sizeof(TOther));
    }

    public static implicit operator ArrayView<T>(ArrayView1D<T, Stride1D.Dense> view) => view.BaseView;

    [DoesNotReturn]
    private void Refuse(long index)
    {
        if (Lane.Current is null)
            throw new Fault($"A view of {Length} {typeof(T).Name} in device memory was read or written by the host: copy it, with CopyToCPU or CopyFromCPU.");
        if ((ulong)index >= (ulong)Length)
            throw new Fault($"Index {index} is outside of its view of {Length} {typeof(T).Name}.");
        throw new Fault(_memory!.Owner is null
            ? $"The memory of a view of {Length} {typeof(T).Name} has been disposed."
            : $"A view of {Length} {typeof(T).Name} belongs to another accelerator.");
    }
}
