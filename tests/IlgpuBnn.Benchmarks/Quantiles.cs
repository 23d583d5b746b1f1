using BenchmarkDotNet.Attributes;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;
using IlgpuBnn.Training;

namespace IlgpuBnn.Benchmarks;

/// <summary>Quantiles of 10,000 rows of two targets, mixtures of 40 networks, on all cores.</summary>
[ShortRunJob]
[MemoryDiagnoser]
public class Quantiles
{
    private PredictiveDistribution _prediction = null!;

    [GlobalSetup]
    public void Setup()
    {
        (double[,] inputs, double[,] targets) = RandomTable.Draw(10_000, 8, 2);
        using Device device = DeviceCatalog.OpenCpu();
        _prediction = BayesianNetwork.Fit(new Dataset(inputs, targets).SelectRows([.. Enumerable.Range(0, 100)]), new TrainingOptions { MaxIterations = 20 }, device).Predict(inputs, device);
    }

    [Benchmark]
    public double[,] One() => _prediction.Quantile(0.9);

    [Benchmark]
    public double[,] Interval() => _prediction.Interval(0.95).Lower;
}
