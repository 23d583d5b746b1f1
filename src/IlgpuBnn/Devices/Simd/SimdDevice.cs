using System.Runtime.CompilerServices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Devices.Simd;

/// <summary>The CPU: vector instructions of one width, on all cores.</summary>
internal sealed unsafe class SimdDevice<TSimd, V> : Device
    where TSimd : struct, ISimd<V>
    where V : struct
{
    // A job smaller than this is done before a second thread has woken up.
    private const long SmallJob = 1 << 16;

    // 256 MB: up to 8,192 particles. Computing distances again, where they are needed, takes longer than holding them.
    private const long MostHeldDistances = 1L << 26;

    private readonly WorkCrew _crew;
    private readonly long _mostHeldDistances;
    private readonly SteinOperations<TSimd, V> _stein;

    /// <param name="mostHeldDistances">Distances between particles are held up to so many; of more they are computed where they are needed.</param>
    public SimdDevice(DeviceDescription description, long mostHeldDistances = MostHeldDistances)
    {
        Description = description;
        _mostHeldDistances = mostHeldDistances;
        _crew = new WorkCrew(description.Units);
        _stein = new SteinOperations<TSimd, V>(_crew, SmallJob);
    }

    public override DeviceDescription Description { get; }

    internal override DeviceBuffer Allocate(long length) => new SimdBuffer(length);

    internal override NetworkWorkspace CreateWorkspace(ParameterLayout layout, int particles, int rows) =>
        new SimdWorkspace<TSimd, V>(_crew, layout, particles, rows);

    internal override long WorkspaceLength(ParameterLayout layout, int particles, int rows) =>
        _crew.Lanes * SimdWorkspace<TSimd, V>.LengthOfLane(layout, rows);

    internal override bool UsesMainMemory => true;

    internal override void GatherRows(DeviceRows source, ReadOnlySpan<int> order, DeviceRows destination)
    {
        Gather(source.Inputs, source.Stride, order, destination.Inputs, destination.Stride, destination.InputCount, 0f);
        Gather(source.Targets, source.Stride, order, destination.Targets, destination.Stride, destination.TargetSets * destination.TargetCount, float.NaN);
    }

    internal override long HeldDistances(int particles)
    {
        long all = base.HeldDistances(particles);
        return all <= _mostHeldDistances ? all : 0;
    }

    internal override DeviceBuffer AllocateDistances(int particles) =>
        HeldDistances(particles) == 0 ? new DistancesOnDemand() : base.AllocateDistances(particles);

    internal override void PairwiseSquaredDistances(DeviceBuffer particles, ParticleShape shape, DeviceBuffer distances) =>
        _stein.PairwiseSquaredDistances((SimdBuffer)particles, shape, (SimdBuffer)distances);

    internal override void Bandwidth(DeviceBuffer distances, int particles, BandwidthRule rule, DeviceBuffer bandwidth) =>
        *Address(bandwidth) = _stein.Bandwidth((SimdBuffer)distances, particles, rule);

    internal override void SteinDirection(
        DeviceBuffer particles, DeviceBuffer gradients, ParticleShape shape, DeviceBuffer distances, DeviceBuffer bandwidth, DeviceBuffer direction)
    {
        var call = new SteinCall
        {
            Particles = Address(particles),
            Gradients = Address(gradients),
            Direction = Address(direction),
            Bandwidth = *Address(bandwidth),
            Shape = shape,
        };
        _stein.Direction(call, (SimdBuffer)distances);
    }

    internal override void AdamStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer firstMoment, DeviceBuffer secondMoment, ParticleShape shape, AdamStep step) =>
        _stein.Adam(Address(particles), Address(direction), Address(firstMoment), Address(secondMoment), shape, step);

    internal override void ScaleInputWeights(DeviceBuffer particles, ParticleShape shape, InputScaleTerm term, DeviceBuffer scaled)
    {
        float* from = Address(particles), to = Address(scaled);
        for (int s = 0; s < shape.Particles; s++)
        {
            nint at = (nint)s * shape.Stride;
            InputScales<TSimd, V>.Apply(from + at, to + at, shape.Stride, term);
        }
    }

    internal override void ScaleInputGradients(
        DeviceBuffer particles, DeviceBuffer scaled, ParticleShape shape, InputScaleTerm term, DeviceBuffer gradients)
    {
        float* theta = Address(particles), weights = Address(scaled), gradient = Address(gradients);
        for (int s = 0; s < shape.Particles; s++)
        {
            nint at = (nint)s * shape.Stride;
            InputScales<TSimd, V>.Gradient(theta + at, weights + at, gradient + at, term);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void AnchorGradient(
        DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, DeviceBuffer gradients)
    {
        float* theta = Address(particles), anchor = Address(anchors), precision = Address(precisions), gradient = Address(gradients);
        for (int s = 0; s < shape.Particles; s++)
        {
            for (int p = 0; p < shape.Stride; p += TSimd.Width, theta += TSimd.Width, anchor += TSimd.Width, gradient += TSimd.Width)
            {
                V pull = TSimd.Subtract(TSimd.Load(anchor), TSimd.Load(theta));
                TSimd.Store(gradient, TSimd.MultiplyAdd(TSimd.Load(precision + p), pull, TSimd.Load(gradient)));
            }
        }
    }

    internal override void Moments(DeviceBuffer outputs, int particles, DeviceBuffer mean, DeviceBuffer variance)
    {
        float* all = Address(outputs), means = Address(mean), variances = Address(variance);
        V count = TSimd.Create(particles);
        for (nint n = 0; n < mean.Length; n += TSimd.Width)
        {
            V sum = TSimd.Create(0f), squares = sum;
            for (int s = 0; s < particles; s++)
            {
                sum = TSimd.Add(sum, TSimd.Load(all + (s * (nint)mean.Length) + n));
            }

            V average = TSimd.Divide(sum, count);
            for (int s = 0; s < particles; s++)
            {
                V deviation = TSimd.Subtract(TSimd.Load(all + (s * (nint)mean.Length) + n), average);
                squares = TSimd.MultiplyAdd(deviation, deviation, squares);
            }

            TSimd.Store(means + n, average);
            TSimd.Store(variances + n, TSimd.Divide(squares, count));
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _crew.Dispose();
        base.Dispose(disposing);
    }

    private static float* Address(DeviceBuffer buffer) => ((SimdBuffer)buffer).Address;

    private static void Gather(
        DeviceBuffer source, int sourceStride, ReadOnlySpan<int> order, DeviceBuffer destination, int stride, int columns, float empty)
    {
        for (int c = 0; c < columns; c++)
        {
            float* from = Address(source) + ((nint)c * sourceStride), to = Address(destination) + ((nint)c * stride);
            for (int n = 0; n < order.Length; n++)
            {
                to[n] = order[n] < 0 ? empty : from[order[n]];
            }
        }
    }
}
