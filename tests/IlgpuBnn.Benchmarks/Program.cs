using BenchmarkDotNet.Running;
using IlgpuBnn.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(IterationParts).Assembly).Run(args);
