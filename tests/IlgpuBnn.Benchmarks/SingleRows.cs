using BenchmarkDotNet.Attributes;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn.Benchmarks;

/// <summary>One row of 8 inputs through the 40 networks of an ensemble on the CPU, as inside a sampler's loop: time and allocated bytes per row.</summary>
[ShortRunJob]
[MemoryDiagnoser]
public class SingleRows : IDisposable
{
    private readonly double[] _row = new double[8];
    private Device _device = null!;
    private Predictor _predictor = null!;

    [Params(20, 50)]
    public int HiddenUnits { get; set; }

    [Params(1, 15)]
    public int Targets { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (double[,] inputs, double[,] targets) = RandomTable.Draw(100, _row.Length, Targets);
        var options = new TrainingOptions { Method = new AnchoredEnsemble { Particles = 40 }, HiddenUnits = [HiddenUnits], MaxIterations = 20 };
        _device = DeviceCatalog.OpenCpu();
        _predictor = BayesianNetwork.Fit(new Dataset(inputs, targets), options, _device).CreatePredictor(_device);
    }

    [Benchmark]
    public double Predict() => _predictor.Predict(_row).Mean[0];

    [Benchmark]
    public double PredictWithInterval() => _predictor.Predict(_row).Interval(0.9).Upper;

    [GlobalCleanup]
    public void Dispose()
    {
        _predictor.Dispose();
        _device.Dispose();
        GC.SuppressFinalize(this);
    }
}
