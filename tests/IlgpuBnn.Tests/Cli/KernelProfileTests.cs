using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

/// <summary>Rates of kernels and their shares of what a device can do, from times that are given.</summary>
public sealed class KernelProfileTests
{
    // 1 TFLOP/s, 100 GB/s, 10 microseconds a launch.
    private static readonly Ceilings Ceilings = new(1e12, 1e11, 1 << 20, 1e-5);

    /// <summary>4-5-7-2 of 3 particles over 11 rows: 69 weights, and with 14 biases and 2 precisions P = 85.</summary>
    [Theory]
    [InlineData("NetworkGradient.Medium", (6 * 69) - (2 * 20), (2 * 3 * 85) + (11 * 6))]
    [InlineData("DenseForward", 2 * 69, (3 * 85) + (11 * 4) + (33 * 12) + (33 * 14))]
    [InlineData("DenseBackwardWeights", 2 * 69, (3 * 85) + (11 * 4) + (33 * 12) + (33 * 14))]
    [InlineData("DenseBackwardInputs", 2 * 49, (33 * 9) + (3 * 49) + (2 * 33 * 12))]
    [InlineData("Likelihood", 6 * 2, (2 * 33 * 2) + (11 * 2))]
    public void Work_of_a_network_is_that_of_its_products_and_arrays(string kernel, int operationsOfRow, int floats)
    {
        KernelWork work = new Workload(3, [5, 7], Rows: 11, Inputs: 4, Outputs: 2, Activation.Relu).WorkOf(kernel)!;
        Assert.Equal((33.0 * operationsOfRow, 4.0 * floats), (work.Operations, work.Bytes));
    }

    [Theory]
    [InlineData("PairwiseDistances", 1.5 * 9 * 85, (3 * 85) + 9)]
    [InlineData("SteinDirection.Gaussian", 2 * 9 * 85, (3 * 3 * 85) + 9)]
    [InlineData("Adam", 12 * 3 * 85, 7 * 3 * 85)]
    [InlineData("PriorGradient", 7 * 3 * 85, 3 * 3 * 85)]
    public void Work_on_particles_is_that_of_their_numbers_and_pairs(string kernel, double operations, int floats)
    {
        KernelWork work = new Workload(3, [5, 7], Rows: 11, Inputs: 4, Outputs: 2, Activation.Relu).WorkOf(kernel)!;
        Assert.Equal((operations, 4.0 * floats), (work.Operations, work.Bytes));
    }

    [Fact]
    public void Rates_are_of_the_time_without_launches()
    {
        // Two iterations, of which 20 and 40 microseconds are launches.
        var profile = new KernelProfile(
            [new KernelTime("Adam", 2, 1020e-6), new KernelTime("DenseForward", 4, 3040e-6), new KernelTime("SmallBandwidth", 2, 24e-6), new KernelTime("Likelihood", 2, 15e-6)],
            Ceilings, 2, kernel => kernel switch
            {
                "Adam" => new KernelWork(6e6, 14e6),
                "DenseForward" => new KernelWork(900e6, 3e6),
                "Likelihood" => new KernelWork(1, 1),
                _ => null,
            });
        Assert.Equal(
        [
            "| kernel | launches | ms | of the time | GFLOP/s | GB/s | of the ceiling |",
            "|---|---|---|---|---|---|---|",
            "| `DenseForward` | 2 | 1.5000 | 75 % | 600 | 2 | 60 % |",
            "| `Adam` | 1 | 0.5000 | 25 % | 12 | 28 | 28 % |",
            "| `SmallBandwidth` | 1 | 0.0020 | 0.1 % | - | - | - |",
            "| `Likelihood` | 1 | 0.0000 | 0.0 % | - | - | - |",
        ], profile.MarkdownLines);
        Assert.Equal("  DenseForward: 74.9 %, 1.5000 ms in 2 launches per iteration, 600 GFLOP/s, 2 GB/s, 60 % of the ceiling", profile.Lines.First());
        Assert.Equal("  SmallBandwidth: 0.1 %, 0.0020 ms in 1 launches per iteration", profile.Lines.ElementAt(2));
        Assert.Equal(
            "Measured ceilings: 1000 GFLOP/s of multiply-adds, 100 GB/s of a copy of 1 MiB; a launch that does next to nothing takes 0.01 ms and is taken off each.",
            profile.CeilingsText);
    }
}
