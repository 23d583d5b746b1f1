using BenchmarkDotNet.Attributes;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;

namespace IlgpuBnn.Benchmarks;

/// <summary>The parts of one SVGD iteration on the CPU: where the time goes. 500 rows, 8 inputs, 15 outputs, as in the land-model experiment.</summary>
[ShortRunJob]
public class IterationParts : IDisposable
{
    private const int Rows = 500;

    private Device _device = null!;
    private ParticleState _state = null!;
    private DeviceRows _rows = null!;
    private NetworkWorkspace _workspace = null!;
    private NetworkBuffers _buffers = null!;
    private PosteriorGradient _gradient = null!;

    [Params(10, 50, 300)]
    public int Particles { get; set; }

    [Params(5, 50, 200)]
    public int Hidden { get; set; }

    [Params(Activation.Relu, Activation.Tanh)]
    public Activation Activation { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var options = new TrainingOptions
        {
            Method = InferenceMethod.Svgd,
            Particles = Particles,
            Hidden = [Hidden],
            Activation = Activation,
            LinearPath = false,
        };
        var random = new Random(1);
        double[,] inputs = new double[Rows, 8], targets = new double[Rows, 15];
        foreach (double[,] table in new[] { inputs, targets })
        {
            for (int n = 0; n < Rows; n++)
            {
                for (int c = 0; c < table.GetLength(1); c++)
                {
                    table[n, c] = (2 * random.NextDouble()) - 1;
                }
            }
        }

        _device = DeviceCatalog.OpenCpu();
        ParameterLayout layout = BayesianNetwork.LayoutOf(options, 8, 15);
        _rows = DeviceRows.Upload(_device, inputs, targets);
        _state = new ParticleState(_device, layout, Particles);
        _state.Particles.Upload(ParticleInitialiser.Draw(layout, options));
        _workspace = _device.CreateWorkspace(layout, Particles, Rows);
        _buffers = new NetworkBuffers(layout, _state.Particles, _state.Gradients, _state.Statistics, null);
        _gradient = new PosteriorGradient(layout, options.Priors, false);
        Gradient();
        Distances();
        Bandwidth();
    }

    [Benchmark]
    public void Gradient() => _gradient.Compute(_workspace, _buffers, _rows, new RowRange(0, _rows.Stride), 1, 1);

    [Benchmark]
    public void Distances() => _device.PairwiseSquaredDistances(_state.Particles, _state.Shape, _state.Distances);

    [Benchmark]
    public void Bandwidth() => _device.Bandwidth(_state.Distances, Particles, BandwidthRule.MedianDistance, _state.Bandwidth);

    [Benchmark]
    public void Direction() =>
        _device.SteinDirection(_state.Particles, _state.Gradients, _state.Shape, _state.Distances, _state.Bandwidth, SteinTerm.Plain, _state.Direction);

    [Benchmark]
    public void Adam() => _device.AdamStep(
        _state.Particles, _state.Direction, _state.FirstMoment, _state.SecondMoment, _state.Shape, new AdamStep(0f, 0.9f, 0.999f, 1e-8f, 1f, 1f));

    [GlobalCleanup]
    public void Dispose()
    {
        _workspace.Dispose();
        _state.Dispose();
        _rows.Dispose();
        _device.Dispose();
        GC.SuppressFinalize(this);
    }
}
