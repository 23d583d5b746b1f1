using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Floats in a GPU's memory.</summary>
internal sealed class IlgpuBuffer : DeviceBuffer
{
    private readonly IlgpuDevice _device;
    private readonly MemoryBuffer1D<float, Stride1D.Dense> _memory;

    public IlgpuBuffer(IlgpuDevice device, long length)
        : base(length)
    {
        _device = device;
        _memory = device.AllocateMemory<float>(length);
    }

    public ArrayView<float> View => _memory.View;

    public ArrayView<Float4> Quads => View.Cast<Float4>();

    public static ArrayView<float> ViewOf(DeviceBuffer buffer) => ((IlgpuBuffer)buffer).View;

    public static ArrayView<Float4> QuadsOf(DeviceBuffer buffer) => ((IlgpuBuffer)buffer).Quads;

    // A view is taken only while the device cannot be disposed of.
    public override void Upload(ReadOnlySpan<float> source, long offset = 0)
    {
        using (_device.EnterQueue())
        {
            _device.Upload(source, View.SubView(offset, source.Length));
        }
    }

    public override void Download(Span<float> destination, long offset = 0)
    {
        using (_device.EnterQueue())
        {
            _device.Download(View.SubView(offset, destination.Length), destination);
        }
    }

    public override void Clear()
    {
        using (_device.EnterQueue())
        {
            _device.Clear(View);
        }
    }

    public override void CopyFrom(DeviceBuffer source)
    {
        using (_device.EnterQueue())
        {
            _device.Copy(ViewOf(source), View);
        }
    }

    public override void Dispose()
    {
        IlgpuErrors.Release(_memory);
        base.Dispose();
    }
}
