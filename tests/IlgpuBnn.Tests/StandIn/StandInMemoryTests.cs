using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace IlgpuBnn.Tests.StandIn;

public class StandInMemoryTests
{
    private readonly record struct Pair(float First, float Second);

    [StandInTheory]
    [InlineData(-1)]
    [InlineData(7)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Index_outside_of_a_sub_view_is_reported(int index)
    {
        using var bench = new StandInBench();
        // The buffer's memory goes on after the view, and before it.
        Numbers arguments = bench.Arguments(index) with { Values = bench.Arguments().Values.SubView(3, 7) };

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(WriteChosen, 2, 2, arguments));

        Assert.Equal($"StandInMemoryTests.WriteChosen, group (1, 0, 0), lane (0, 0, 0): Index {index} is outside of its view of 7 Single.", fault.Message);
    }

    [StandInTheory]
    [InlineData(-1, 2)]
    [InlineData(2, -1)]
    [InlineData(79, 2)]
    [InlineData(80, 0)]
    public void Sub_view_that_leaves_its_view_is_reported(int index, int length)
    {
        using var bench = new StandInBench();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Arguments().Values.SubView(index, length));

        Assert.Contains($"SubView({index}, {length}) leaves its view of 80 Single", fault.Message);
    }

    [StandInFact]
    public void Views_reach_what_they_name_and_no_more()
    {
        using var bench = new StandInBench();
        bench.Values.MemSetToZero();
        Numbers arguments = bench.Arguments() with { Values = bench.Arguments().Values.SubView(4, 6) };

        bench.Run(FillThroughPairs, 1, 3, arguments);

        Assert.Equal([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0], bench.Floats.Take(11));
    }

    [StandInFact]
    public void Cast_to_a_type_that_the_start_is_not_aligned_for_is_reported()
    {
        using var bench = new StandInBench();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Arguments().Values.SubView(3, 6).Cast<Pair>());

        Assert.Contains("Cast to Pair of 8 bytes: the view starts at byte 12", fault.Message);
    }

    [StandInFact]
    public void Shared_memory_that_nobody_wrote_is_not_a_number_in_every_group()
    {
        using var bench = new StandInBench();

        bench.Run(ReadSharedThenWriteIt, 3, 2);

        Assert.All(bench.Floats.Take(6), value => Assert.True(float.IsNaN(value)));
    }

    [StandInFact]
    public void Shared_integer_that_nobody_wrote_leads_out_of_every_view()
    {
        using var bench = new StandInBench();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(IndexByUnwrittenInteger, 1, 1));

        Assert.Contains("Index 2147016365 is outside", fault.Message);
    }

    [StandInFact]
    public void Buffer_that_nobody_wrote_is_not_a_number()
    {
        using var bench = new StandInBench();

        Assert.All(bench.Floats, value => Assert.True(float.IsNaN(value)));
    }

    [StandInFact]
    public void Disposed_buffer_in_a_kernel_is_reported()
    {
        using var bench = new StandInBench();
        Numbers arguments = bench.Arguments();
        bench.Values.Dispose();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(WriteChosen, 1, 1, arguments));

        Assert.Contains("has been disposed", fault.Message);
    }

    [StandInFact]
    public void Disposed_buffer_cannot_be_copied()
    {
        using var bench = new StandInBench();
        ArrayView<float> view = bench.Values.View;
        bench.Values.Dispose();

        Assert.Throws<ObjectDisposedException>(() => view.CopyToCPU(bench.Accelerator.DefaultStream, new float[2].AsSpan()));
        Assert.Throws<ObjectDisposedException>(() => view.MemSetToZero());
    }

    [StandInFact]
    public void Host_cannot_reach_into_device_memory()
    {
        using var bench = new StandInBench();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Arguments().Values[0] = 1);

        Assert.Contains("by the host: copy it", fault.Message);
    }

    [StandInFact]
    public void Copy_longer_than_its_view_is_reported()
    {
        using var bench = new StandInBench();
        AcceleratorStream stream = bench.Accelerator.DefaultStream;
        ArrayView<float> view = bench.Arguments().Values.SubView(2, 3);

        // The buffer has room for it: only the view has not.
        Assert.ThrowsAny<AcceleratorException>(() => view.CopyFromCPU(stream, (ReadOnlySpan<float>)[1, 2, 3, 4]));
        var fault = Assert.ThrowsAny<AcceleratorException>(() => view.CopyToCPU(stream, new float[4].AsSpan()));

        Assert.Equal("A copy of 4 Single does not fit a view of 3.", fault.Message);
    }

    [StandInFact]
    public void Memory_of_another_device_is_reported()
    {
        using var bench = new StandInBench();
        using var other = new StandInBench();

        var kernelFault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(WriteChosen, 1, 1, other.Arguments()));
        var copyFault = Assert.ThrowsAny<AcceleratorException>(() => bench.Values.View.BaseView.MemSetToZero(other.Accelerator.DefaultStream));

        Assert.Contains("belongs to another accelerator", kernelFault.Message);
        Assert.Contains("different accelerators", copyFault.Message);
    }

    private static void WriteChosen(Numbers numbers) => numbers.Values[numbers.Choice] = 1;

    private static void FillThroughPairs(Numbers numbers)
    {
        ArrayView<Pair> pairs = numbers.Values.Cast<Pair>();
        pairs[Group.IdxX] = new Pair(2 * Group.IdxX + 1, 2 * Group.IdxX + 2);
    }

    private static void ReadSharedThenWriteIt(Numbers numbers)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Group.DimX);
        numbers.Values[Grid.IdxX * Group.DimX + Group.IdxX] = shared[Group.IdxX];
        shared[Group.IdxX] = 1;
    }

    private static void IndexByUnwrittenInteger(Numbers numbers)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(1);
        numbers.Values[shared[0]] = 1;
    }
}
