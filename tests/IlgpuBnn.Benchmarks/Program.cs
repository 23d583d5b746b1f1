using BenchmarkDotNet.Running;
using IlgpuBnn.Benchmarks;

if (args is ["convolution"])
{
    ConvolutionShare.Run();
}
else if (args is ["recurrence"])
{
    RecurrenceTime.Run();
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(IterationParts).Assembly).Run(args);
}
