using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>The CPU, with vectors of one width, on several threads.</summary>
internal sealed unsafe class SimdDevice<TSimd, V> : Device
    where TSimd : struct, ISimd<V>
    where V : struct
{
    // 256 MiB: up to 8,192 particles. Recomputing distances takes longer than holding them.
    private const long MaxHeldDistances = 1L << 26;

    private readonly WorkCrew _crew;
    private readonly long _maxHeldDistances;
    private readonly SteinOperations<TSimd, V> _stein;
    private readonly AnchoredOperations<TSimd, V> _anchored;
    private readonly OutputSolver<TSimd, V> _outputs;
    private readonly EvaluationSums _sums;
    private readonly Action<int, int> _gatherColumn;
    private readonly Lock _oneGather = new();
    private GatherCall _gather;

    /// <param name="maxHeldDistances">Maximum number of distances held in memory; more are computed on demand.</param>
    public SimdDevice(DeviceDescription description, long maxHeldDistances = MaxHeldDistances)
    {
        Description = description;
        _maxHeldDistances = maxHeldDistances;
        _crew = new WorkCrew(description.Units);
        _stein = new SteinOperations<TSimd, V>(_crew);
        _anchored = new AnchoredOperations<TSimd, V>(_crew);
        _outputs = new OutputSolver<TSimd, V>(_crew);
        _sums = new EvaluationSums(_crew);
        _gatherColumn = GatherColumn;
    }

    public override DeviceDescription Description { get; }

    internal override DeviceBuffer Allocate(long length)
    {
        RequireOpen();
        return new SimdBuffer(length);
    }

    internal override NetworkWorkspace CreateWorkspace(NetworkShape shape, int particles, int rows) =>
        new SimdWorkspace<TSimd, V>(_crew, shape, particles, rows);

    internal override NetworkWorkspace CreateRowWorkspace(NetworkShape shape, int particles) => new SimdRowWorkspace<TSimd, V>(shape, particles);

    internal override NetworkWorkspace CreateStateWorkspace(NetworkShape shape, int particles, int states) => new SimdRowWorkspace<TSimd, V>(shape, particles, states);

    internal override long WorkspaceLength(NetworkShape shape, int particles, int rows) =>
        _crew.Lanes * SimdWorkspace<TSimd, V>.LengthOfLane(shape, rows);

    internal override bool UsesMainMemory => true;

    internal override bool HasConstraints => true;

    internal override bool HasSteinOfShares => true;

    internal override void GatherRows(DeviceRows source, ReadOnlySpan<int> order, DeviceRows destination)
    {
        fixed (int* rows = order)
        {
            Gather(new GatherCall(source.Inputs, source.Stride, destination.Inputs, destination.Stride, rows, order.Length, 0f), destination.InputCount);
            Gather(
                new GatherCall(source.Targets, source.Stride, destination.Targets, destination.Stride, rows, order.Length, float.NaN),
                destination.TargetSets * destination.TargetCount);
        }
    }

    internal override long HeldDistances(int particles, int processes = 1)
    {
        long most = base.HeldDistances(particles, processes);
        return most <= _maxHeldDistances ? most : 0;
    }

    internal override DeviceBuffer AllocateDistances(int particles, IProcessGroup? group = null)
    {
        // The same for all processes, as they count together.
        long held = HeldDistances(particles, group?.Size ?? 1);
        return group is null && held > 0 ? base.AllocateDistances(particles) : new DistancesOfShare(group, held);
    }

    internal override void PairwiseSquaredDistances(DeviceBuffer particles, ParticleShape shape, DeviceBuffer distances) =>
        _stein.PairwiseSquaredDistances((SimdBuffer)particles, shape, (SimdBuffer)distances);

    internal override void Bandwidth(DeviceBuffer distances, int particles, BandwidthRule rule, DeviceBuffer bandwidth) =>
        *Address(bandwidth) = _stein.Bandwidth((SimdBuffer)distances, particles, rule);

    internal override void SteinDirection(
        DeviceBuffer particles, DeviceBuffer gradients, ParticleShape shape, DeviceBuffer distances, DeviceBuffer bandwidth, SteinTerm term,
        DeviceBuffer direction)
    {
        var call = new SteinCall
        {
            Particles = Address(particles),
            Gradients = Address(gradients),
            Direction = Address(direction),
            Bandwidth = *Address(bandwidth),
            Term = term,
            Shape = shape,
            Share = (distances as DistancesOfShare)?.Share ?? ParticleShare.Whole,
        };
        _stein.Direction(call, (SimdBuffer)distances);
    }

    internal override void AdamStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer firstMoment, DeviceBuffer secondMoment, ParticleShape shape, AdamStep step) =>
        _stein.Adam(Address(particles), Address(direction), Address(firstMoment), Address(secondMoment), shape, step);

    internal override void MomentumStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer velocity, ParticleShape shape, float stepSize, float momentum) =>
        _stein.Momentum(Address(particles), Address(direction), Address(velocity), shape, stepSize, momentum);

    internal override void ScaleInputWeights(DeviceBuffer particles, ParticleShape shape, RelevanceTerm term, DeviceBuffer scaled) =>
        _anchored.ScaleWeights(new AnchoredCall { Particles = Address(particles), Scaled = Address(scaled), Shape = shape, Scales = term });

    internal override void ScaleInputGradients(
        DeviceBuffer particles, DeviceBuffer scaled, ParticleShape shape, RelevanceTerm term, DeviceBuffer gradients) =>
        _anchored.ScaleGradients(new AnchoredCall
        {
            Particles = Address(particles),
            Scaled = Address(scaled),
            Gradients = Address(gradients),
            Shape = shape,
            Scales = term,
        });

    internal override void AnchorGradient(
        DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, DeviceBuffer gradients) =>
        _anchored.AddPull(new AnchoredCall
        {
            Particles = Address(particles),
            Anchors = Address(anchors),
            Precisions = Address(precisions),
            Gradients = Address(gradients),
            Shape = shape,
        });

    internal override void SolveOutputs(
        DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, OutputSystem system, float gamma, DeviceBuffer sums) =>
        _outputs.Solve(new OutputSolverCall
        {
            Particles = Address(particles),
            Anchors = Address(anchors),
            Precisions = Address(precisions),
            Sums = Address(sums),
            Shape = shape,
            System = system,
            Gamma = gamma,
        });

    internal override void Moments(
        DeviceBuffer outputs, int particles, DeviceBuffer lower, DeviceBuffer upper, DeviceBuffer mean, DeviceBuffer variance)
    {
        float* all = Address(outputs), means = Address(mean), variances = Address(variance);
        nint rows = (nint)(mean.Length / lower.Length);
        V count = TSimd.Create(particles);
        for (nint n = 0; n < mean.Length; n += TSimd.Width)
        {
            V least = TSimd.Create(Address(lower)[n / rows]), most = TSimd.Create(Address(upper)[n / rows]), sum = TSimd.Create(0f), squares = sum;
            for (int s = 0; s < particles; s++)
            {
                sum = TSimd.Add(sum, Limited(all + (s * (nint)mean.Length) + n, least, most));
            }

            V average = TSimd.Divide(sum, count);
            for (int s = 0; s < particles; s++)
            {
                V deviation = TSimd.Subtract(Limited(all + (s * (nint)mean.Length) + n, least, most), average);
                squares = TSimd.MultiplyAdd(deviation, deviation, squares);
            }

            TSimd.Store(means + n, average);
            TSimd.Store(variances + n, TSimd.Divide(squares, count));
        }
    }

    internal override double[] SquaredLengths(DeviceBuffer values, ParticleShape shape) => _sums.SquaredLengths(Address(values), shape);

    internal override double[] AnchorDistances(DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape) =>
        _sums.AnchorDistances(Address(particles), Address(anchors), Address(precisions), shape);

    internal override double DeviationProduct(DeviceBuffer particles, DeviceBuffer others, ParticleShape shape) =>
        _sums.DeviationProduct(Address(particles), Address(others), shape);

    internal override float[] Columns(DeviceBuffer values, ParticleShape shape, int offset, int count)
    {
        var columns = new float[shape.Particles * count];
        for (int s = 0; s < shape.Particles; s++)
        {
            values.Download(columns.AsSpan(s * count, count), ((long)s * shape.Stride) + offset);
        }

        return columns;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        _crew.Dispose();
    }

    /// <summary>NaN stays NaN: Max and Min return their second operand for it.</summary>
    private static V Limited(float* values, V least, V most) => TSimd.Min(most, TSimd.Max(least, TSimd.Load(values)));

    private static float* Address(DeviceBuffer buffer) => ((SimdBuffer)buffer).Address;

    private void Gather(GatherCall call, int columns)
    {
        lock (_oneGather)
        {
            _gather = call;
            _crew.Run(columns, (long)columns * call.Count, _gatherColumn);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherColumn(int column, int lane)
    {
        float* from = _gather.From + ((nint)column * _gather.FromStride), to = _gather.To + ((nint)column * _gather.ToStride);
        int* order = _gather.Order;
        for (int n = 0; n < _gather.Count; n++)
        {
            to[n] = order[n] < 0 ? _gather.Empty : from[order[n]];
        }
    }

    private readonly struct GatherCall(DeviceBuffer source, int fromStride, DeviceBuffer destination, int toStride, int* order, int count, float empty)
    {
        public readonly float* From = Address(source);
        public readonly int FromStride = fromStride;
        public readonly float* To = Address(destination);
        public readonly int ToStride = toStride;
        public readonly int* Order = order;
        public readonly int Count = count;
        public readonly float Empty = empty;
    }
}
