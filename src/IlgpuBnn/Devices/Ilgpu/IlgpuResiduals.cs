using ILGPU;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Networks with their derivatives by inputs, residuals of equations, and all of it back to weights and unknown numbers; every step is a launch.</summary>
/// <remarks>
/// Streams of a unit (its value, first and second derivatives) are one line of rows, so that the products of layers are those of ordinary passes. Terms run one after the
/// other in the same memory; each has partial gradients of its own, which are added at the end, in order.
/// </remarks>
internal sealed class IlgpuResiduals : ResidualWorkspace
{
    private readonly IlgpuDevice _device;
    private readonly ResidualShape _shape;
    private readonly List<IDisposable> _owned = [];
    private readonly ResidualTables[] _terms;
    private readonly int _chunks;

    // Floats of a particle's units with their streams; those of all networks of a term.
    private readonly int _stride;
    private readonly ArrayView<float> _sums, _values, _adjoints, _partials, _inverseDeviations, _squares, _unknowns, _slopes, _rowSums;
    private readonly ArrayView<KernelDual> _numbers;

    public IlgpuResiduals(IlgpuDevice device, ResidualShape shape)
    {
        (_device, _shape) = (device, shape);
        try
        {
            _terms = [.. shape.Terms.Select(term => Keep(new ResidualTables(device, shape, term)))];
            int particles = shape.Particles.Particles, most = _terms.Max(own => own.Rows);
            _stride = _terms.Max(own => own.Offsets[^1]);
            _chunks = device.Sizes.Chunks(
                particles * (long)LaunchSizes.Ceiling(shape.Particles.Parameters, 16 * device.Sizes.Line), LaunchSizes.Ceiling(most / 4, NetworkTile.Quads));
            (_sums, _values, _adjoints) = (Allocate<float>((long)particles * _stride), Allocate<float>((long)particles * _stride), Allocate<float>((long)particles * _stride));
            _partials = Allocate<float>((long)_terms.Length * _chunks * particles * shape.Particles.Stride);
            (_inverseDeviations, _squares) = (Allocate<float>((long)particles * _terms.Length), Allocate<float>((long)particles * _terms.Length));

            // A line more: where there are no unknown numbers, their address is the end.
            long numbers = _terms.Max(own => ((particles * (own.Sizes.Streams + 1L + own.Sizes.Unknowns)) + 1) * own.Rows);
            (_numbers, _slopes) = (Allocate<KernelDual>(numbers), Allocate<float>(numbers));
            _rowSums = Allocate<float>((long)particles * (1 + shape.Unknowns.Count) * most);
            _unknowns = Allocate<float>(UnknownNumber.Floats * Math.Max(shape.Unknowns.Count, 1));
            device.Upload<float>([.. shape.Unknowns.SelectMany(own => (float[])[(float)own.Centre, (float)own.Scale, own.IsPositive ? 1f : 0f])], _unknowns.SubView(0, UnknownNumber.Floats * shape.Unknowns.Count));

            // What no term writes stays 0: padding, and what is never trained.
            device.Clear(_partials);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private int Particles => _shape.Particles.Particles;

    public override void SetDeviations(ReadOnlySpan<double> deviations)
    {
        var inverse = new float[deviations.Length];
        for (int k = 0; k < inverse.Length; k++)
        {
            inverse[k] = (float)(1 / deviations[k]);
        }

        _device.Upload<float>(inverse, _inverseDeviations);
    }

    public override void Gradient(DeviceBuffer particles, DeviceBuffer gradients)
    {
        ArrayView<float> theta = IlgpuBuffer.ViewOf(particles), sums = IlgpuBuffer.ViewOf(gradients);
        using (_device.EnterQueue())
        {
            for (int t = 0; t < _terms.Length; t++)
            {
                ForEachNetwork(t, theta, pass => pass.Forward());
                Residuals(t, theta);
                ForEachNetwork(t, theta, pass => pass.Backward());
            }

            (Index3D grid, Index3D group) = _device.Sizes.Elements(sums.Length);
            _device.Kernels.SumChunks.Launch(grid, group, new SumChunksArguments { Partials = _partials, Sums = sums, Chunks = _terms.Length * _chunks });
        }
    }

    public override float[] Squares()
    {
        var squares = new float[_squares.Length];
        _device.Download(_squares, squares);
        return squares;
    }

    public override void Dispose() => _owned.ForEach(IlgpuErrors.Release);

    private T Keep<T>(T own)
        where T : IDisposable
    {
        _owned.Add(own);
        return own;
    }

    private ArrayView<T> Allocate<T>(long length)
        where T : unmanaged => Keep(_device.AllocateMemory<T>(length)).View;

    private ArrayView<float> PartialsOf(int term) => _partials.SubView((long)term * _chunks * Particles * _shape.Particles.Stride, (long)_chunks * Particles * _shape.Particles.Stride);

    private void ForEachNetwork(int term, ArrayView<float> theta, Action<StreamPass> run)
    {
        for (int n = 0; n < _shape.Networks.Count; n++)
        {
            int offset = _terms[term].Offsets[n] / 4, rows = _terms[term].Rows;
            StreamPlan plan = _shape.Terms[term].Plans[n];
            run(new StreamPass(_device, _shape.Networks[n], _shape.Particles, plan, _terms[term].Pairs[n], rows / 4, _chunks)
            {
                Theta = theta,
                Partials = PartialsOf(term),
                Inputs = new UnitRows { Values = _terms[term].Inputs[n], UnitStride = plan.Count * rows / 4 },
                Sums = Rows(_sums, offset, plan, rows),
                Values = Rows(_values, offset, plan, rows),
                Adjoints = Rows(_adjoints, offset, plan, rows),
            });
        }
    }

    private UnitRows Rows(ArrayView<float> values, int offset, StreamPlan plan, int rows) =>
        new() { Values = values.Cast<Float4>(), ParticleStride = _stride / 4, Offset = offset, UnitStride = plan.Count * rows / 4 };

    private void Residuals(int term, ArrayView<float> theta)
    {
        ResidualTables own = _terms[term];
        int line = _device.Sizes.Line, count = 1 + _shape.Unknowns.Count;
        own.Kernel.Launch(new Index3D(LaunchSizes.Ceiling(own.Rows, line), Particles, 1), new Index3D(line, 1, 1), own.Arguments() with
        {
            Outputs = _values,
            Adjoints = _adjoints,
            Particles = theta,
            Unknowns = _unknowns,
            InverseDeviations = _inverseDeviations,
            Numbers = _numbers,
            Slopes = _slopes,
            Sums = _rowSums,
            OutputStride = _stride,
            ParticleStride = _shape.Particles.Stride,
            UnknownOffset = _shape.UnknownOffset,
            Terms = _terms.Length,
            Term = term,
        });
        _device.Kernels.RowSums.Launch(new Index3D(count, Particles, 1), new Index3D(line, 1, 1), new RowSumsArguments
        {
            Values = _rowSums,
            Squares = _squares,
            Gradients = PartialsOf(term),
            Count = count,
            Rows = own.Rows,
            SquaresStride = _terms.Length,
            SquaresOffset = term,
            ParticleStride = _shape.Particles.Stride,
            GradientOffset = _shape.UnknownOffset,
        });
    }
}
