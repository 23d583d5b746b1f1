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

    private readonly WorkCrew _crew;
    private readonly SteinOperations<TSimd, V> _stein;

    public SimdDevice(DeviceDescription description)
    {
        Description = description;
        _crew = new WorkCrew(description.Units);
        _stein = new SteinOperations<TSimd, V>(_crew, SmallJob);
    }

    public override DeviceDescription Description { get; }

    internal override DeviceBuffer Allocate(long length) => new SimdBuffer(length);

    internal override NetworkWorkspace CreateWorkspace(ParameterLayout layout, int particles, int rows) =>
        new SimdWorkspace<TSimd, V>(_crew, layout, particles, rows);

    internal override void GatherRows(DeviceRows source, ReadOnlySpan<int> order, DeviceRows destination)
    {
        Gather(source.Inputs, source.Stride, order, destination.Inputs, destination.Stride, destination.InputCount, 0f);
        Gather(source.Targets, source.Stride, order, destination.Targets, destination.Stride, destination.TargetCount, float.NaN);
    }

    internal override void PairwiseSquaredDistances(DeviceBuffer particles, ParticleShape shape, DeviceBuffer distances) =>
        _stein.PairwiseSquaredDistances(Address(particles), shape, Address(distances));

    internal override void Bandwidth(DeviceBuffer distances, int particles, BandwidthRule rule, DeviceBuffer bandwidth)
    {
        ReadOnlySpan<float> all = ((SimdBuffer)distances).Span;
        double h = particles < 2 ? 0.0 : rule switch
        {
            BandwidthRule.LiuWang => MedianSelection.MedianSquaredDistanceOfAll(all, particles) / Math.Log(particles + 1),
            _ => MedianSelection.SquaredMedianDistance(all, particles) / Math.Log(particles),
        };
        *Address(bandwidth) = h == 0.0 ? 1f : (float)h;
    }

    internal override void SteinDirection(
        DeviceBuffer particles, DeviceBuffer gradients, ParticleShape shape, DeviceBuffer distances, DeviceBuffer bandwidth, DeviceBuffer direction) =>
        _stein.Direction(Address(particles), Address(gradients), shape, Address(distances), *Address(bandwidth), Address(direction));

    internal override void AdamStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer firstMoment, DeviceBuffer secondMoment, ParticleShape shape, AdamStep step) =>
        _stein.Adam(Address(particles), Address(direction), Address(firstMoment), Address(secondMoment), shape, step);

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
