using BenchmarkDotNet.Running;
using IlgpuBnn.Benchmarks;

if (args is ["convolution"])
{
    ConvolutionShare.Run();
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(IterationParts).Assembly).Run(args);
}
