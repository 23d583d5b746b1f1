using System.Diagnostics.CodeAnalysis;
using ILGPU.Execution;

namespace ILGPU.Runtime;

public readonly struct ArrayView1D<T, TStride> : IArrayView<T>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    internal ArrayView1D(ArrayView<T> baseView) => BaseView = baseView;

    public ArrayView<T> BaseView { get; }

    public long Length => BaseView.Length;

    public ArrayView1D<T, TStride> SubView(Index1D index, Index1D extent) => new(BaseView.SubView(index.X, extent.X));

    ArrayView<byte> IArrayView.Bytes => ((IArrayView)BaseView).Bytes;
}

public abstract class MemoryBuffer : IDisposable
{
    private readonly Memory _memory;

    private protected MemoryBuffer(Memory memory) => _memory = memory;

    [SuppressMessage("Design", "CA1063", Justification = "The name is ILGPU's; the memory has the finalizer.")]
    [SuppressMessage("Usage", "CA1816", Justification = "The memory has the finalizer.")]
    public void Dispose() => _memory.Dispose();
}

public class MemoryBuffer<TView> : MemoryBuffer, IContiguousArrayView
    where TView : struct, IArrayView
{
    internal MemoryBuffer(Memory memory, TView view)
        : base(memory) => View = view;

    public TView View { get; }

    public long Length => View.Length;

    ArrayView<byte> IArrayView.Bytes => View.Bytes;
}

public class MemoryBuffer1D<T, TStride> : MemoryBuffer<ArrayView1D<T, TStride>>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    internal MemoryBuffer1D(Memory memory, ArrayView1D<T, TStride> view)
        : base(memory, view)
    {
    }
}

public static class ArrayViewExtensions
{
    public static void CopyFromCPU<T, TView>(this TView target, AcceleratorStream stream, in ReadOnlySpan<T> span)
        where TView : IContiguousArrayView<T>
        where T : unmanaged => span.CopyTo(HostSpan<T>(target, stream, span.Length));

    public static void CopyToCPU<T, TView>(this TView source, AcceleratorStream stream, in Span<T> span)
        where TView : IContiguousArrayView<T>
        where T : unmanaged => HostSpan<T>(source, stream, span.Length).CopyTo(span);

    public static void MemSetToZero<TView>(this TView view)
        where TView : IContiguousArrayView => Clear(view.Bytes);

    public static void MemSetToZero<TView>(this TView view, AcceleratorStream stream)
        where TView : IContiguousArrayView
    {
        view.Bytes.Memory?.RequireStream(stream);
        Clear(view.Bytes);
    }

    private static unsafe Span<T> HostSpan<T>(IArrayView view, AcceleratorStream stream, int length)
        where T : unmanaged
    {
        if (length == 0)
            return [];
        if (length > view.Length)
            throw new Fault($"A copy of {length} {typeof(T).Name} does not fit a view of {view.Length}.");
        view.Bytes.Memory!.RequireStream(stream);
        return new Span<T>(view.Bytes.HostPointer, length);
    }

    private static unsafe void Clear(ArrayView<byte> bytes)
    {
        if (bytes.Length > 0)
            System.Runtime.InteropServices.NativeMemory.Clear(bytes.HostPointer, (nuint)bytes.Length);
    }
}
