using IlgpuBnn.Devices;

namespace IlgpuBnn.Inference;

/// <summary>Steps along the Stein direction of all particles (docs/maths.md, "SVGD").</summary>
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

    /// <param name="target">Disposed with this.</param>
    /// <param name="initial">[S, stride], or of this process's share.</param>
    /// <param name="group">Processes that have the other particles; null where all are here.</param>
    public SvgdSampler(Svgd options, LogPosterior target, Device device, float[] initial, Optimizer optimizer, IProcessGroup? group)
        : base(target, device, initial, optimizer)
    {
        _options = options;
        _shape = group is null ? target.Shape : target.Shape with { Particles = options.Particles };
        _direction = device.Allocate(initial.Length);

        // What is never trained has no direction, and is never written.
        _direction.Clear();
        _distances = device.AllocateDistances(_shape.Particles, device.HasSteinOfShares ? group : null);
        _bandwidth = device.Allocate(1);
        _all = group is null ? null : new Gathering(group, device, _shape, Particles, target.Gradients);
    }

    protected override bool StepsAlongGradient => false;

    protected override double Bandwidth => _bandwidth.ToArray()[0];

    protected override DeviceBuffer Direction(double gradientWeight)
    {
        _all?.Run();
        (DeviceBuffer particles, DeviceBuffer gradients) = _all is null ? (Particles, Target.Gradients) : (_all.Particles, _all.Gradients);
        Device.PairwiseSquaredDistances(particles, _shape, _distances);
        Device.Bandwidth(_distances, _shape.Particles, _options.Bandwidth, _bandwidth);
        var term = new SteinTerm(_options.Kernel, (float)gradientWeight);
        Device.SteinDirection(particles, gradients, _shape, _distances, _bandwidth, term, _all?.Directions ?? _direction);
        _all?.TakeDirections(_direction);
        return _direction;
    }

    protected override void Dispose(bool disposing)
    {
        _all?.Dispose();
        _direction.Dispose();
        _distances.Dispose();
        _bandwidth.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Particles and gradients of all processes, and where it must be the directions too, [S, stride].</summary>
    private sealed class Gathering : IDisposable
    {
        private readonly ParticleExchange<float> _exchange;
        private readonly (ReadValues<float> Own, WriteValues<float> All) _particles, _gradients;
        private readonly ParticleShare _share;
        private readonly float[] _row;

        public Gathering(IProcessGroup group, Device device, ParticleShape shape, DeviceBuffer ownParticles, DeviceBuffer ownGradients)
        {
            _exchange = new ParticleExchange<float>(group, shape.Particles, shape.Stride);
            (Particles, Gradients) = (device.Allocate((long)shape.Particles * shape.Stride), device.Allocate((long)shape.Particles * shape.Stride));
            (_share, _row) = (new ParticleShare(group.Rank, group.Size), new float[shape.Stride]);
            if (!device.HasSteinOfShares)
            {
                Directions = device.Allocate((long)shape.Particles * shape.Stride);
                Directions.Clear();
            }

            (_particles, _gradients) = ((ownParticles.Download, Particles.Upload), (ownGradients.Download, Gradients.Upload));
        }

        public DeviceBuffer Particles { get; }

        public DeviceBuffer Gradients { get; }

        /// <summary>Null where the device computes those of the share alone.</summary>
        public DeviceBuffer? Directions { get; }

        public void Run()
        {
            _exchange.Run(_particles.Own, _particles.All);
            _exchange.Run(_gradients.Own, _gradients.All);
        }

        /// <summary>Copies the share's rows of <see cref="Directions"/>, if there are any.</summary>
        /// <param name="own">[particle of the share, stride].</param>
        public void TakeDirections(DeviceBuffer own)
        {
            for (long at = 0; Directions is not null && at < own.Length; at += _row.Length)
            {
                Directions.Download(_row, (long)_share.Particle((int)(at / _row.Length)) * _row.Length);
                own.Upload(_row, at);
            }
        }

        public void Dispose()
        {
            Directions?.Dispose();
            Particles.Dispose();
            Gradients.Dispose();
        }
    }
}
