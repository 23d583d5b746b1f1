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
else if (args is ["serve", var url, .. var rates])
{
    ServerLoad.Run(new Uri(url), rates.Select(int.Parse));
}
else
{
    BenchmarkSwitcher.FromAssembly(typeof(IterationParts).Assembly).Run(args);
}
