namespace IlgpuBnn.Tests.Devices;

/// <summary>Another device, and somebody who is told before it gives memory.</summary>
internal sealed class WatchedDevice(Device inner) : Device
{
    public Action Allocating { get; set; } = () => { };

    public override DeviceDescription Description => inner.Description;

    internal override bool UsesMainMemory => inner.UsesMainMemory;

    internal override DeviceBuffer Allocate(long length)
    {
        Allocating();
        return inner.Allocate(length);
    }

    internal override NetworkWorkspace CreateWorkspace(NetworkShape shape, int particles, int rows) => inner.CreateWorkspace(shape, particles, rows);

    internal override NetworkWorkspace CreateRowWorkspace(NetworkShape shape, int particles) => inner.CreateRowWorkspace(shape, particles);

    internal override long WorkspaceLength(NetworkShape shape, int particles, int rows) => inner.WorkspaceLength(shape, particles, rows);

    internal override void GatherRows(DeviceRows source, ReadOnlySpan<int> order, DeviceRows destination) => inner.GatherRows(source, order, destination);

    internal override bool HasSteinOfShares => inner.HasSteinOfShares;

    internal override long HeldDistances(int particles, int processes = 1) => inner.HeldDistances(particles, processes);

    internal override DeviceBuffer AllocateDistances(int particles, IProcessGroup? group = null) => inner.AllocateDistances(particles, group);

    internal override void PairwiseSquaredDistances(DeviceBuffer particles, ParticleShape shape, DeviceBuffer distances) =>
        inner.PairwiseSquaredDistances(particles, shape, distances);

    internal override void Bandwidth(DeviceBuffer distances, int particles, BandwidthRule rule, DeviceBuffer bandwidth) =>
        inner.Bandwidth(distances, particles, rule, bandwidth);

    internal override void SteinDirection(
        DeviceBuffer particles, DeviceBuffer gradients, ParticleShape shape, DeviceBuffer distances, DeviceBuffer bandwidth, SteinTerm term, DeviceBuffer direction) =>
        inner.SteinDirection(particles, gradients, shape, distances, bandwidth, term, direction);

    internal override void AdamStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer firstMoment, DeviceBuffer secondMoment, ParticleShape shape, AdamStep step) =>
        inner.AdamStep(particles, direction, firstMoment, secondMoment, shape, step);

    internal override void MomentumStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer velocity, ParticleShape shape, float stepSize, float momentum) =>
        inner.MomentumStep(particles, direction, velocity, shape, stepSize, momentum);

    internal override void ScaleInputWeights(DeviceBuffer particles, ParticleShape shape, RelevanceTerm term, DeviceBuffer scaled) =>
        inner.ScaleInputWeights(particles, shape, term, scaled);

    internal override void ScaleInputGradients(DeviceBuffer particles, DeviceBuffer scaled, ParticleShape shape, RelevanceTerm term, DeviceBuffer gradients) =>
        inner.ScaleInputGradients(particles, scaled, shape, term, gradients);

    internal override void AnchorGradient(DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, DeviceBuffer gradients) =>
        inner.AnchorGradient(particles, anchors, precisions, shape, gradients);

    internal override void SolveOutputs(
        DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, OutputSystem system, float gamma, DeviceBuffer sums) =>
        inner.SolveOutputs(particles, anchors, precisions, shape, system, gamma, sums);

    internal override double[] SquaredLengths(DeviceBuffer values, ParticleShape shape) => inner.SquaredLengths(values, shape);

    internal override double[] AnchorDistances(DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape) =>
        inner.AnchorDistances(particles, anchors, precisions, shape);

    internal override double DeviationProduct(DeviceBuffer particles, DeviceBuffer others, ParticleShape shape) => inner.DeviationProduct(particles, others, shape);

    internal override float[] Columns(DeviceBuffer values, ParticleShape shape, int offset, int count) => inner.Columns(values, shape, offset, count);

    internal override void Moments(DeviceBuffer outputs, int particles, DeviceBuffer lower, DeviceBuffer upper, DeviceBuffer mean, DeviceBuffer variance) =>
        inner.Moments(outputs, particles, lower, upper, mean, variance);
}
