using IlgpuBnn.Devices;

namespace IlgpuBnn.Inference;

/// <summary>Adam along the Stein direction of all particles (docs/maths.md, "SVGD").</summary>
internal sealed class SvgdSampler : GradientSampler
{
    private readonly Svgd _options;
    private readonly DeviceBuffer _direction;
    private readonly DeviceBuffer _distances;
    private readonly DeviceBuffer _bandwidth;

    public SvgdSampler(Svgd options, LogPosterior target, Device device, float[] initial, AdamOptions adam)
        : base(target, device, initial, adam)
    {
        _options = options;
        _direction = device.Allocate(initial.Length);

        // What is never trained has no direction, and is never written.
        _direction.Clear();
        _distances = device.AllocateDistances(target.Shape.Particles);
        _bandwidth = device.Allocate(1);
    }

    protected override double Bandwidth => _bandwidth.ToArray()[0];

    protected override DeviceBuffer Direction(double gradientWeight)
    {
        Device.PairwiseSquaredDistances(Particles, Target.Shape, _distances);
        Device.Bandwidth(_distances, Target.Shape.Particles, _options.Bandwidth, _bandwidth);
        var term = new SteinTerm(_options.Kernel, (float)gradientWeight);
        Device.SteinDirection(Particles, Target.Gradients, Target.Shape, _distances, _bandwidth, term, _direction);
        return _direction;
    }

    protected override void Dispose(bool disposing)
    {
        _direction.Dispose();
        _distances.Dispose();
        _bandwidth.Dispose();
        base.Dispose(disposing);
    }
}
