using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>Forward passes: standardised outputs of all particles over a table of rows.</summary>
internal sealed class EnsembleOutputs : IDisposable
{
    private readonly ParameterLayout _layout;
    private readonly int _particles;
    private readonly NetworkWorkspace _workspace;
    private readonly NetworkBuffers _buffers;
    private readonly DeviceBuffer _outputs;
    private readonly int _stride;
    private readonly Action<ParticleBlock> _pass;
    private readonly Device _device;
    private readonly DeviceBuffer _mean;
    private readonly DeviceBuffer _variance;
    private readonly DeviceBuffer _lower;
    private readonly DeviceBuffer _upper;
    private float[] _values = [];

    /// <param name="particles">theta [S, stride]; owned by the caller.</param>
    /// <param name="count">S.</param>
    /// <param name="rows">Rows of one <see cref="Compute"/>.</param>
    public EnsembleOutputs(Device device, ParameterLayout layout, DeviceBuffer particles, int count, int rows)
    {
        (_device, _layout, _particles) = (device, layout, count);
        _stride = Alignment.Pad(rows);
        _outputs = device.Allocate(SizeLimits.ArrayLength("Outputs of particles for targets and rows", count, layout.Network.Outputs.Count, _stride));
        _workspace = device.CreateWorkspace(layout.Shape, count, rows);
        _buffers = new NetworkBuffers(particles, null, null, _outputs);
        _mean = device.Allocate((long)layout.Network.Outputs.Count * _stride);
        _variance = device.Allocate(_mean.Length);
        (_lower, _upper) = (device.Allocate(layout.Network.Outputs.Count), device.Allocate(layout.Network.Outputs.Count));
        _pass = Pass;
    }

    /// <summary>Runs all particles over the data, for <see cref="Of"/>.</summary>
    /// <exception cref="ArgumentException">The stride is not that of the rows given to the constructor.</exception>
    public void Compute(DeviceRows data)
    {
        Run(data);
        if (_values.Length == 0)
        {
            _values = new float[_outputs.Length];
        }

        _outputs.Download(_values);
    }

    /// <summary>Mean and variance over particles, standardised, each [O, stride]; the outputs stay on the device.</summary>
    /// <param name="limits">Lower and upper [O], to which outputs are clamped.</param>
    public (float[] Mean, float[] Variance) ComputeMoments(DeviceRows data, (float[] Lower, float[] Upper) limits)
    {
        Run(data);
        _lower.Upload(limits.Lower);
        _upper.Upload(limits.Upper);
        _device.Moments(_outputs, _particles, _lower, _upper, _mean, _variance);
        return (_mean.ToArray(), _variance.ToArray());
    }

    private void Run(DeviceRows data)
    {
        if (data.Stride != _stride)
        {
            throw new ArgumentException($"The data have a stride of {data.Stride} rows, the outputs one of {_stride}. Use one size for both.");
        }

        _workspace.Run(_buffers, data, new RowRange(0, data.Stride), _pass);
    }

    /// <summary>Of the last <see cref="Compute"/>: [S, O, <see cref="Stride"/>], standardised.</summary>
    public float[] Values => _values;

    /// <summary>Rows, padded.</summary>
    public int Stride => _stride;

    /// <summary>One particle's outputs for one target, [row], standardised.</summary>
    public ReadOnlySpan<float> Of(int particle, int output) => _values.AsSpan(((particle * _layout.Network.Outputs.Count) + output) * _stride, _stride);

    public int Particles => _particles;

    public void Dispose()
    {
        _workspace.Dispose();
        _outputs.Dispose();
        _mean.Dispose();
        _variance.Dispose();
        _lower.Dispose();
        _upper.Dispose();
    }

    private void Pass(ParticleBlock block)
    {
        _layout.Network.Forward(block);
        block.StoreOutputs();
    }
}
