using IlgpuBnn.Devices;

namespace IlgpuBnn.Inference;

/// <summary>Adam along the Stein direction of all particles (docs/maths.md, "SVGD").</summary>
/// <remarks>
/// In a group each process moves its own particles, and hears of all particles and gradients once an iteration. A device that knows all particles or none
/// (<see cref="Device.HasSteinOfShares"/>) computes the directions of all, and takes its own.
/// </remarks>
internal sealed class SvgdSampler : GradientSampler
{
    private readonly Svgd _options;
    private readonly ParticleShape _shape;
    private readonly DeviceBuffer _direction;
    private readonly DeviceBuffer _distances;
    private readonly DeviceBuffer _bandwidth;
    private readonly Gathering? _all;
    private readonly DeviceBuffer? _directionOfAll;
    private readonly float[] _row;
    private readonly ParticleShare _share;

    /// <param name="target">Disposed with this.</param>
    /// <param name="initial">[S, stride], or of this process's share.</param>
    /// <param name="group">Processes that have the other particles; null where all are here.</param>
    public SvgdSampler(Svgd options, LogPosterior target, Device device, float[] initial, AdamOptions adam, IProcessGroup? group)
        : base(target, device, initial, adam)
    {
        _options = options;
        _shape = group is null ? target.Shape : target.Shape with { Particles = options.Particles };
        _direction = device.Allocate(initial.Length);

        // What is never trained has no direction, and is never written.
        _direction.Clear();
        bool computesAll = group is not null && !device.HasSteinOfShares;
        _distances = device.AllocateDistances(_shape.Particles, computesAll ? null : group);
        _bandwidth = device.Allocate(1);
        _directionOfAll = computesAll ? device.Allocate((long)_shape.Particles * _shape.Stride) : null;
        _directionOfAll?.Clear();
        (_row, _share) = (new float[_shape.Stride], group is null ? ParticleShare.Whole : new ParticleShare(group.Rank, group.Size));
        _all = group is null ? null : new Gathering(group, device, _shape, Particles, target.Gradients);
    }

    protected override double Bandwidth => _bandwidth.ToArray()[0];

    protected override DeviceBuffer Direction(double gradientWeight)
    {
        _all?.Run();
        (DeviceBuffer particles, DeviceBuffer gradients) = _all is null ? (Particles, Target.Gradients) : (_all.Particles, _all.Gradients);
        Device.PairwiseSquaredDistances(particles, _shape, _distances);
        Device.Bandwidth(_distances, _shape.Particles, _options.Bandwidth, _bandwidth);
        var term = new SteinTerm(_options.Kernel, (float)gradientWeight);
        Device.SteinDirection(particles, gradients, _shape, _distances, _bandwidth, term, _directionOfAll ?? _direction);
        for (int k = 0; _directionOfAll is not null && k < Target.Shape.Particles; k++)
        {
            _directionOfAll.Download(_row, (long)_share.Particle(k) * _row.Length);
            _direction.Upload(_row, (long)k * _row.Length);
        }

        return _direction;
    }

    protected override void Dispose(bool disposing)
    {
        _all?.Dispose();
        _directionOfAll?.Dispose();
        _direction.Dispose();
        _distances.Dispose();
        _bandwidth.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Particles and gradients of all processes, [S, stride].</summary>
    private sealed class Gathering : IDisposable
    {
        private readonly ParticleExchange<float> _exchange;
        private readonly (ReadValues<float> Own, WriteValues<float> All) _particles, _gradients;

        public Gathering(IProcessGroup group, Device device, ParticleShape shape, DeviceBuffer ownParticles, DeviceBuffer ownGradients)
        {
            _exchange = new ParticleExchange<float>(group, shape.Particles, shape.Stride);
            (Particles, Gradients) = (device.Allocate((long)shape.Particles * shape.Stride), device.Allocate((long)shape.Particles * shape.Stride));
            (_particles, _gradients) = ((ownParticles.Download, Particles.Upload), (ownGradients.Download, Gradients.Upload));
        }

        public DeviceBuffer Particles { get; }

        public DeviceBuffer Gradients { get; }

        public void Run()
        {
            _exchange.Run(_particles.Own, _particles.All);
            _exchange.Run(_gradients.Own, _gradients.All);
        }

        public void Dispose()
        {
            Particles.Dispose();
            Gradients.Dispose();
        }
    }
}
