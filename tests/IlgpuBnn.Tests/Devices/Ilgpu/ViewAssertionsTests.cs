using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace IlgpuBnn.Tests.Devices.Ilgpu;

/// <summary>Alone: what is found outside views fails whichever test ends next.</summary>
[CollectionDefinition(nameof(ViewAssertionsTests), DisableParallelization = true)]
[Collection(nameof(ViewAssertionsTests))]
public sealed class ViewAssertionsTests
{
    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "Index out of range")]
    [InlineData(-8, "Index out of range")]
    public void Access_outside_a_view_is_seen_on_the_cpu_accelerator(int shift, string? message)
    {
        using Context context = Context.Create(builder => builder.CPU(new CPUDevice(2, 1, 1)));
        using Accelerator accelerator = context.GetCPUDevice(0).CreateAccelerator(context);
        using MemoryBuffer1D<float, Stride1D.Dense> memory = accelerator.Allocate1D<float>(24);
        accelerator.LoadStreamKernel<ArrayView<float>, int>(WriteShifted)(new KernelConfig(4, 2), memory.View.SubView(8, 8), shift);
        string[] seen = ViewAssertions.Take();
        Assert.Equal(message is null ? 0 : shift < 0 ? 8 : 1, seen.Length);
        Assert.All(seen, failure => Assert.Equal($"{message} in {nameof(ViewAssertionsTests)}.{nameof(WriteShifted)}", failure));
    }

    /// <summary>Outside the view, but within its memory: nothing else would show it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WriteShifted(ArrayView<float> view, int shift) => view[Grid.GlobalIndex.X + shift] = 1f;
}
