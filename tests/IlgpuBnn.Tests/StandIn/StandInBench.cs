using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace IlgpuBnn.Tests.StandIn;

/// <summary>What the kernels of these tests receive: some numbers to read and write, and one to tell them what to do.</summary>
public readonly record struct Numbers(ArrayView<float> Values, ArrayView<int> Integers, int Choice);

/// <summary>A device of 16 lanes per group, with a few numbers on it.</summary>
internal sealed class StandInBench : IDisposable
{
    public const int Lanes = 16;

    private readonly Context _context;

    public StandInBench(bool algorithms = true)
    {
        _context = Context.Create(builder =>
        {
            builder.CPU(new CPUDevice(4, Lanes / 4, 1));
            if (algorithms)
                builder.EnableAlgorithms();
        });
        Accelerator = _context.GetCPUDevices()[0].CreateAccelerator(_context);
        Values = Accelerator.Allocate1D<float>(5 * Lanes);
        Integers = Accelerator.Allocate1D<int>(5 * Lanes);
        Integers.MemSetToZero();
    }

    public Accelerator Accelerator { get; }

    public MemoryBuffer1D<float, Stride1D.Dense> Values { get; }

    public MemoryBuffer1D<int, Stride1D.Dense> Integers { get; }

    public float[] Floats => Read<float>(Values.View);

    public int[] Ints => Read<int>(Integers.View);

    public Numbers Arguments(int choice = 0) => new(Values.View, Integers.View, choice);

    /// <summary>Runs a kernel in one row of groups.</summary>
    public void Run(Action<Numbers> kernel, int groups, int lanes, int choice = 0) => Run(kernel, groups, lanes, Arguments(choice));

    public void Run<TArguments>(Action<TArguments> kernel, int groups, int lanes, TArguments arguments)
        where TArguments : struct => Run(kernel, new KernelConfig(new Index3D(groups, 1, 1), new Index3D(lanes, 1, 1)), arguments);

    public void Run<TArguments>(Action<TArguments> kernel, KernelConfig config, TArguments arguments)
        where TArguments : struct
    {
        Accelerator.LoadKernel(kernel)(Accelerator.DefaultStream, config, arguments);
        Accelerator.Synchronize();
    }

    public void Dispose()
    {
        Values.Dispose();
        Integers.Dispose();
        Accelerator.Dispose();
        _context.Dispose();
    }

    private T[] Read<T>(ArrayView<T> view)
        where T : unmanaged
    {
        var numbers = new T[view.Length];
        view.CopyToCPU(Accelerator.DefaultStream, numbers.AsSpan());
        return numbers;
    }
}
