using BenchmarkDotNet.Attributes;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Training;

namespace IlgpuBnn.Benchmarks;

/// <summary>The parts of one SVGD iteration on the CPU: where the time goes. 500 rows, 8 inputs, 15 outputs, as in the land-model experiment.</summary>
[ShortRunJob]
public class IterationParts : IDisposable
{
    private const int Rows = 500;

    private Device _device = null!;
    private DeviceRows _rows = null!;
    private LogPosterior _target = null!;
    private DeviceBuffer _particles = null!;
    private DeviceBuffer _distances = null!;
    private DeviceBuffer _bandwidth = null!;
    private DeviceBuffer _direction = null!;
    private DeviceBuffer _firstMoment = null!;
    private DeviceBuffer _secondMoment = null!;

    [Params(10, 50, 300)]
    public int Particles { get; set; }

    [Params(5, 50, 200)]
    public int HiddenUnits { get; set; }

    [Params(Activation.Relu, Activation.Tanh, Activation.Silu)]
    public Activation Activation { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var options = new TrainingOptions { Method = new Svgd { Particles = Particles }, HiddenUnits = [HiddenUnits], Activation = Activation };
        (double[,] inputs, double[,] targets) = RandomTable.Draw(Rows, 8, 15);
        _device = DeviceCatalog.OpenCpu();
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(8, 15), training: true);
        float[] initial = options.Method.DrawAll(layout, seed: 0);
        _rows = DeviceRows.Upload(_device, inputs, targets);
        _target = new LogPosterior(
            _device, layout, options.UsedLikelihood, options.Method.GradientOfPrior(_device, layout, initial), null, Particles, _rows.Stride);
        (_particles, _direction) = (_device.Allocate(initial.Length), _device.Allocate(initial.Length));
        (_firstMoment, _secondMoment) = (_device.Allocate(initial.Length), _device.Allocate(initial.Length));
        (_distances, _bandwidth) = (_device.AllocateDistances(Particles), _device.Allocate(1));
        _particles.Upload(initial);
        _firstMoment.Clear();
        _secondMoment.Clear();
        Gradient();
        Distances();
        Bandwidth();
        Direction();
    }

    [Benchmark]
    public void Gradient() => _target.Gradient(_particles, new Batch(_rows, new RowRange(0, _rows.Stride), 1), 1);

    [Benchmark]
    public void Distances() => _device.PairwiseSquaredDistances(_particles, _target.Shape, _distances);

    [Benchmark]
    public void Bandwidth() => _device.Bandwidth(_distances, Particles, BandwidthRule.MedianDistance, _bandwidth);

    [Benchmark]
    public void Direction() =>
        _device.SteinDirection(_particles, _target.Gradients, _target.Shape, _distances, _bandwidth, SteinTerm.Plain, _direction);

    [Benchmark]
    public void Adam() => _device.AdamStep(
        _particles, _direction, _firstMoment, _secondMoment, _target.Shape, new AdamStep(0f, 0.9f, 0.999f, 1e-8f, 1f, 1f));

    [GlobalCleanup]
    public void Dispose()
    {
        _target.Dispose();
        _rows.Dispose();
        _device.Dispose();
        GC.SuppressFinalize(this);
    }
}
