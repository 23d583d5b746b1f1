using BenchmarkDotNet.Attributes;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Training;

namespace IlgpuBnn.Benchmarks;

/// <summary>Sobol indices of 15 targets and 8 inputs with the default networks on the CPU: 163,840 evaluations of each of 40 networks.</summary>
[ShortRunJob]
[MemoryDiagnoser]
public class Sensitivity : IDisposable
{
    private Device _device = null!;
    private BayesianNetwork _model = null!;

    [GlobalSetup]
    public void Setup()
    {
        (double[,] inputs, double[,] targets) = RandomTable.Draw(100, 8, 15);
        _device = DeviceCatalog.OpenCpu();
        _model = BayesianNetwork.Fit(new Dataset(inputs, targets), new TrainingOptions { MaxIterations = 20 }, _device);
    }

    [Benchmark]
    public SensitivityAnalysis Indices() => SensitivityAnalysis.Of(_model, options: new SensitivityOptions { BasePoints = 16384 }, device: _device);

    [GlobalCleanup]
    public void Dispose()
    {
        _device.Dispose();
        GC.SuppressFinalize(this);
    }
}
