using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using Xunit;

namespace IlgpuBnn.Tests.StandIn;

public class StandInLaunchTests
{
    public readonly record struct WithFlag(ArrayView<float> Values, bool Flag);

    public readonly record struct WithArray(float[] Values);

    internal readonly record struct Hidden(int Value);

    [StandInFact]
    public void Every_lane_knows_its_place()
    {
        using var bench = new StandInBench();

        bench.Run(RecordPlace, new KernelConfig(new Index3D(2, 3, 2), new Index3D(3, 2, 1)), bench.Arguments());

        Assert.Equal(Enumerable.Range(1, 72), bench.Ints.Take(72));
    }

    [StandInTheory]
    [InlineData(1, 17, "groups of (17, 1, 1), 17 lanes, where the device takes 16")]
    [InlineData(0, 4, "a grid of (0, 1, 1) groups of (4, 1, 1) lanes has an empty dimension")]
    [InlineData(4, 0, "a grid of (4, 1, 1) groups of (0, 1, 1) lanes has an empty dimension")]
    public void Launch_that_no_device_takes_is_reported(int groups, int lanes, string message)
    {
        using var bench = new StandInBench();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(RecordPlace, groups, lanes));

        Assert.Contains(message, fault.Message);
    }

    [StandInFact]
    public void Grid_larger_than_a_gpu_takes_is_reported()
    {
        using var bench = new StandInBench();
        var config = new KernelConfig(new Index3D(1, 65536, 1), new Index3D(1, 1, 1));

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(RecordPlace, config, bench.Arguments()));

        Assert.Contains("larger than 65535 in y or z", fault.Message);
    }

    [StandInFact]
    public void Shared_memory_beyond_the_limit_is_reported()
    {
        using var bench = new StandInBench();
        const int limit = 48 * 1024 / sizeof(float);

        bench.Run(TakeShared, 2, 2, choice: limit - 1);
        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(TakeShared, 2, 2, choice: limit));

        Assert.Contains("49156 bytes of shared memory in a group, where the device has 49152", fault.Message);
    }

    [StandInFact]
    public void Lanes_that_allocate_different_shared_memory_are_reported()
    {
        using var bench = new StandInBench();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(TakeSharedPerLane, 1, 2));

        Assert.Contains("Allocation 0 of shared memory is", fault.Message);
    }

    [StandInFact]
    public void Exception_in_a_kernel_says_in_which_lane()
    {
        using var bench = new StandInBench();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(DivideByChoice, 1, 1));

        Assert.StartsWith("StandInLaunchTests.DivideByChoice, group (0, 0, 0), lane (0, 0, 0): DivideByZeroException", fault.Message);
    }

    [StandInFact]
    public void Kernels_that_ilgpu_does_not_load_are_refused()
    {
        using var bench = new StandInBench();
        int captured = 3;

        Assert.Contains("captures variables", Refusal(bench, (Numbers numbers) => numbers.Integers[0] = captured));
        Assert.Contains("flagged.Flag, a Boolean, cannot be passed", Refusal(bench, (WithFlag flagged) => flagged.Values[0] = 1));
        Assert.Contains("arrays.Values, a Single[], cannot be passed", Refusal(bench, (WithArray arrays) => arrays.Values[0] = 1));
        Assert.Contains("cannot see Hidden", Refusal(bench, (Hidden hidden) => _ = hidden.Value));
    }

    [StandInFact]
    public void Algorithms_need_to_be_enabled()
    {
        using var bench = new StandInBench(algorithms: false);

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(TakeRoot, 1, 1));

        Assert.Contains("EnableAlgorithms()", fault.Message);
    }

    [StandInFact]
    public void Stream_of_another_device_is_reported()
    {
        using var bench = new StandInBench();
        using var other = new StandInBench();
        Action<AcceleratorStream, KernelConfig, Numbers> launch = bench.Accelerator.LoadKernel<Numbers>(RecordPlace);
        var config = new KernelConfig(new Index3D(1, 1, 1), new Index3D(1, 1, 1));

        var fault = Assert.ThrowsAny<AcceleratorException>(() => launch(other.Accelerator.DefaultStream, config, bench.Arguments()));

        Assert.Contains("another accelerator than that of its stream", fault.Message);
    }

    [StandInFact]
    public void Intrinsics_are_for_kernels_only()
    {
        Assert.ThrowsAny<AcceleratorException>(() => Group.IdxX);
        Assert.ThrowsAny<AcceleratorException>(() => SharedMemory.Allocate<float>(1));
    }

    [StandInFact]
    public void Device_cannot_be_used_when_disposed()
    {
        var bench = new StandInBench();
        bench.Dispose();

        Assert.Throws<ObjectDisposedException>(() => bench.Accelerator.Allocate1D<float>(1));
        Assert.Throws<ObjectDisposedException>(() => bench.Run(RecordPlace, 1, 1));
    }

    [StandInFact]
    public void Asked_for_a_gpu_it_has_none_and_says_why()
    {
        using Context context = Context.Create(builder => builder.Cuda().OpenCL().OpenCL(_ => true));

        Assert.Equal(0, context.GetCPUDevices().Count);
        Assert.Equal(0, context.GetCudaDevices().Count);
        Assert.Equal(0, context.GetCLDevices().Count);
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => context.GetCudaDevices()[0]);
        Assert.Contains("This build has no CUDA and no OpenCL", error.Message);
    }

    private static string Refusal<TArguments>(StandInBench bench, Action<TArguments> kernel)
        where TArguments : struct => Assert.ThrowsAny<AcceleratorException>(() => bench.Accelerator.LoadKernel(kernel)).Message;

    private static void RecordPlace(Numbers numbers)
    {
        int group = (Grid.IdxZ * 3 + Grid.IdxY) * Grid.DimX + Grid.IdxX;
        int place = (group * Group.DimY + Group.IdxY) * Group.DimX + Group.IdxX;
        numbers.Integers[place] += place + 1;
    }

    private static void TakeShared(Numbers numbers)
    {
        SharedMemory.Allocate<int>(1)[0] = 1;
        SharedMemory.Allocate<float>(numbers.Choice)[numbers.Choice - 1] = 1;
    }

    private static void TakeSharedPerLane(Numbers numbers) => SharedMemory.Allocate<float>(1 + Group.IdxX);

    private static void DivideByChoice(Numbers numbers) => numbers.Integers[0] = 1 / numbers.Choice;

    private static void TakeRoot(Numbers numbers) => numbers.Values[0] = XMath.Sqrt(2f);
}
