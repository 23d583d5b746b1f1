using System.Runtime.CompilerServices;
using ILGPU.Runtime;

namespace ILGPU.Execution;

/// <summary>One launch of a kernel, with the shared memory of the group that runs: groups run one after another.</summary>
internal sealed class Launch(Accelerator accelerator, string kernel, KernelConfig config, Action body, int number) : IDisposable
{
    private readonly List<SharedBlock> _shared = [];
    private int _sharedBytes;

    public Accelerator Accelerator => accelerator;

    public string Kernel => kernel;

    public KernelConfig Config { get; } = config;

    public Action Body => body;

    /// <summary>Which launch of its kernel this is.</summary>
    public int Number => number;

    public int GroupSize { get; } = (int)Math.Min(int.MaxValue, config.GroupDim.Count);

    /// <summary>The group that runs. The last comes first, for a kernel that counts on an order is wrong.</summary>
    public long Group { get; set; } = config.GridDim.Count - 1;

    public void Validate()
    {
        Index3D grid = Config.GridDim, group = Config.GroupDim;
        if (Math.Min(grid.X, Math.Min(grid.Y, grid.Z)) < 1 || Math.Min(group.X, Math.Min(group.Y, group.Z)) < 1)
            throw new Fault($"{kernel}: a grid of {grid} groups of {group} lanes has an empty dimension.");
        if (grid.Y > ushort.MaxValue || grid.Z > ushort.MaxValue)
            throw new Fault($"{kernel}: a grid of {grid} groups is larger than {ushort.MaxValue} in y or z.");
        if (GroupSize > accelerator.MaxNumThreadsPerGroup)
            throw new Fault($"{kernel}: groups of {group}, {GroupSize} lanes, where the device takes {accelerator.MaxNumThreadsPerGroup}.");
    }

    /// <summary>The memory of the given allocation, the same for all lanes of a group, and unwritten at the start of every group.</summary>
    public ArrayView<T> Shared<T>(int allocation, int length)
        where T : unmanaged
    {
        if (length < 1)
            throw new Fault($"Shared memory of {length} {typeof(T).Name}.");
        if (allocation == _shared.Count)
        {
            RequireShared(checked(length * Unsafe.SizeOf<T>()));
            _shared.Add(new SharedBlock(accelerator, typeof(T), length, length * Unsafe.SizeOf<T>()));
        }

        SharedBlock block = _shared[allocation];
        if (block.Type != typeof(T) || block.Length != length)
        {
            throw new Fault(
                $"Allocation {allocation} of shared memory is {length} {typeof(T).Name} here, and was {block.Length} {block.Type.Name} in another lane.");
        }

        return new(block.For(Group), 0, length);
    }

    /// <summary>Ends the life of the shared memory, and of every view of it.</summary>
    public void Dispose()
    {
        foreach (SharedBlock block in _shared)
            block.Dispose();
    }

    private void RequireShared(int bytes)
    {
        _sharedBytes = checked(_sharedBytes + bytes);
        if (_sharedBytes > accelerator.MaxSharedMemoryPerGroup)
        {
            throw new Fault(
                $"{_sharedBytes} bytes of shared memory in a group, where the device has {accelerator.MaxSharedMemoryPerGroup}.");
        }
    }

    private sealed class SharedBlock(Accelerator owner, Type type, int length, int bytes) : IDisposable
    {
        private readonly Memory _memory = new(owner, bytes);
        private long _group = -1;

        public Type Type => type;

        public int Length => length;

        public Memory For(long group)
        {
            if (_group != group)
                _memory.Fill();
            _group = group;
            return _memory;
        }

        public void Dispose() => _memory.Dispose();
    }
}
