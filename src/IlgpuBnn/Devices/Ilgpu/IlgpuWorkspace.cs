
namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>All particles and rows as one block.</summary>
internal sealed class IlgpuWorkspace : NetworkWorkspace
{
    private readonly IlgpuDevice _device;
    private readonly IlgpuBlock _block;
    private readonly int _rows;

    public IlgpuWorkspace(IlgpuDevice device, NetworkShape shape, int particles, int rows)
    {
        (_device, _rows) = (device, Alignment.Pad(rows));
        _block = new IlgpuBlock(device, shape, particles, _rows);
    }

    public override void Run(NetworkBuffers buffers, DeviceRows data, RowRange rows, Action<ParticleBlock> pass, bool adds = false)
    {
        if (adds)
        {
            throw new NotSupportedException("Gradients are added to others on the CPU alone.");
        }

        if (rows.Count > _rows)
        {
            throw new ArgumentException($"There are {rows.Count} rows; this workspace has room for {_rows}. Use a larger one.", nameof(rows));
        }

        using (_device.EnterQueue())
        {
            _block.Attach(buffers, data, rows);
            pass(_block);
        }
    }

    public override void Dispose()
    {
        _block.Dispose();
        base.Dispose();
    }
}
