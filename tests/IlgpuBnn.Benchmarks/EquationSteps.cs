using BenchmarkDotNet.Attributes;
using IlgpuBnn.Devices;
using IlgpuBnn.Equations;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Benchmarks;

/// <summary>Derivatives by inputs, forward and back to the weights, against the value alone: 2,000 rows, three layers of 50 tanh, double precision, one thread.</summary>
[ShortRunJob]
public class EquationSteps
{
    private const int Rows = 2000;

    private static readonly Dictionary<string, StreamPlan> _plans = new()
    {
        ["value"] = StreamPlan.Values,
        ["first in two inputs"] = new StreamPlan([0, 1], []),
        ["second in one input"] = new StreamPlan([0], [(0, 0)]),
        ["Burgers"] = new StreamPlan([0, 1], [(0, 0)]),
        ["second in two inputs"] = new StreamPlan([0, 1], [(0, 0), (0, 1), (1, 1)]),
    };

    private readonly Network _network = new(2, [new Dense(50, Activation.Tanh), new Dense(50, Activation.Tanh), new Dense(50, Activation.Tanh)], 1);
    private double[] _parameters = [];
    private double[] _inputs = [];
    private double[] _gradient = [];
    private DerivativeStreams _streams = null!;

    public static IEnumerable<string> Plans => _plans.Keys;

    [ParamsSource(nameof(Plans))]
    public string Plan { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _parameters = [.. Enumerable.Range(0, _network.WeightCount).Select(_ => 0.3 * (random.NextDouble() - 0.5))];
        _inputs = [.. Enumerable.Range(0, 2 * Rows).Select(_ => random.NextDouble())];
        (_gradient, _streams) = (new double[_network.WeightCount], new DerivativeStreams(_network, _plans[Plan], Rows));
    }

    [Benchmark]
    public void ForwardAndBack()
    {
        _streams.Forward(_parameters, _inputs, [1, 1]);
        _streams.ClearAdjoints();
        for (int n = 0; n < Rows; n++)
        {
            for (int k = 0; k < _streams.Plan.Count; k++)
            {
                _streams.Adjoints(n, k)[0] = 1;
            }
        }

        _streams.Backward();
        for (int n = 0; n < Rows; n++)
        {
            _streams.AddGradient(n, _gradient);
        }
    }
}
