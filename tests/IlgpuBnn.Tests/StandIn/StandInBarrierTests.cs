using ILGPU;
using ILGPU.Runtime;
using Xunit;

namespace IlgpuBnn.Tests.StandIn;

public class StandInBarrierTests
{
    [StandInTheory]
    [InlineData(1, 3)]
    [InlineData(2, 4)]
    [InlineData(3, 5)]
    [InlineData(16, 2)]
    public void Barriers_order_the_lanes_of_every_group(int lanes, int groups)
    {
        using var bench = new StandInBench();

        bench.Run(SumThroughNeighbours, groups, lanes);

        int sum = lanes * (lanes + 1) / 2;
        Assert.Equal(Enumerable.Range(0, groups * lanes).Select(i => sum + 100 * (i / lanes)), bench.Ints.Take(groups * lanes));
    }

    [StandInFact]
    public void Barrier_that_some_lanes_do_not_reach_is_reported()
    {
        using var bench = new StandInBench();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(BarrierForSome, 2, 4, choice: 3));

        Assert.Contains("StandInBarrierTests.BarrierForSome, group (1, 0, 0): 3 of 4 lanes, (0, 0, 0) the first", fault.Message);
        Assert.Contains("(3, 0, 0) the first, do not reach", fault.Message);
    }

    [StandInFact]
    public void Barrier_in_loops_of_unequal_length_is_reported()
    {
        using var bench = new StandInBench();

        var fault = Assert.ThrowsAny<AcceleratorException>(() => bench.Run(BarrierPerLane, 1, 3));

        Assert.Contains("2 of 3 lanes, (1, 0, 0) the first", fault.Message);
    }

    [StandInTheory]
    [InlineData(0)]
    [InlineData(3)]
    public void Missing_barrier_shows_in_some_order_of_the_lanes(int writer)
    {
        using var bench = new StandInBench();

        // In the one group the writer comes first, and the others read what it wrote; in the other it comes last.
        bench.Run(ReadBeforeTheBarrier, 2, 4, writer);

        Assert.Contains(bench.Floats.Take(8), float.IsNaN);
        Assert.Contains(bench.Floats.Where((_, i) => i < 8 && i % 4 != writer), value => value == 1);
    }

    [StandInFact]
    public void Device_works_on_after_a_fault()
    {
        using var bench = new StandInBench();
        Assert.ThrowsAny<AcceleratorException>(() => bench.Run(BarrierForSome, 2, 4, choice: 3));

        bench.Run(SumThroughNeighbours, 1, 4);

        Assert.Equal([10, 10, 10, 10], bench.Ints.Take(4));
    }

    private static void SumThroughNeighbours(Numbers numbers)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(StandInBench.Lanes);
        shared[Group.IdxX] = Group.IdxX + 1;
        Group.Barrier();
        int sum = 0;
        for (int i = 0; i < Group.DimX; i++)
            sum += shared[i];
        Group.Barrier();
        shared[Group.IdxX] = sum;
        Group.Barrier();
        numbers.Integers[Grid.IdxX * Group.DimX + Group.IdxX] = shared[Group.DimX - 1 - Group.IdxX] + 100 * Grid.IdxX;
    }

    private static void BarrierForSome(Numbers numbers)
    {
        if (Group.IdxX < numbers.Choice)
            Group.Barrier();
    }

    private static void BarrierPerLane(Numbers numbers)
    {
        for (int i = 0; i < Group.IdxX; i++)
            Group.Barrier();
    }

    private static void ReadBeforeTheBarrier(Numbers numbers)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(1);
        if (Group.IdxX == numbers.Choice)
            shared[0] = 1;
        numbers.Values[Grid.IdxX * Group.DimX + Group.IdxX] = shared[0];
    }
}
