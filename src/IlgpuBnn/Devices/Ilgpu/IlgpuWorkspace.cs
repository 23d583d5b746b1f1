
namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>All rows of as many particles at a time as the memory has room for.</summary>
internal sealed class IlgpuWorkspace : NetworkWorkspace
{
    private readonly IlgpuDevice _device;
    private readonly IlgpuBlock _block;
    private readonly int _particles;
    private readonly int _rows;

    public IlgpuWorkspace(IlgpuDevice device, NetworkShape shape, int particles, int rows)
    {
        (_device, _rows) = (device, Alignment.Pad(rows));
        _particles = particles;
        _block = new IlgpuBlock(device, shape, particles, device.ParticlesOfBlock(shape, particles, _rows), _rows);
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
            for (int first = 0; first < _particles; first += _block.Capacity)
            {
                _block.Attach(buffers, data, rows, first, Math.Min(_block.Capacity, _particles - first));
                pass(_block);
            }
        }
    }

    public override void Dispose()
    {
        _block.Dispose();
        base.Dispose();
    }
}
