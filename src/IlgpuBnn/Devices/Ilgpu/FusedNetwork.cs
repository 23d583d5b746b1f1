using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>How a network lies in the shared memory of <see cref="NetworkGradient"/>, if it fits there.</summary>
internal sealed class FusedNetwork : IDisposable
{
    private const int SmallestGroup = 32;

    private readonly ParameterLayout _layout;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _layers;

    private FusedNetwork(IlgpuDevice device, ParameterLayout layout)
    {
        _layout = layout;
        _layers = device.UploadTable(LayerTable(layout));
        Kernel = Size(layout) switch
        {
            NetworkGradient.SmallQuads => device.Kernels.SmallNetworkGradient,
            NetworkGradient.MediumQuads => device.Kernels.MediumNetworkGradient,
            _ => device.Kernels.LargeNetworkGradient,
        };
        int widest = layout.Layers.Max(layer => Math.Max(layer.Inputs, layer.Outputs));
        int items = LaunchSizes.Ceiling(widest, 4) * NetworkTile.Quads;
        Group = new Index3D(Math.Min(device.Sizes.Line, Math.Max(SmallestGroup, items / SmallestGroup * SmallestGroup)), 1, 1);
    }

    /// <summary>A thread for each 4 x 4 tile of the widest layer, in whole warps.</summary>
    public Index3D Group { get; }

    /// <summary>The kernel with the least shared memory that the network fits in.</summary>
    public GpuKernel<NetworkGradientArguments> Kernel { get; }

    /// <summary>Null where the network is too large for the device's shared memory.</summary>
    public static FusedNetwork? TryCreate(IlgpuDevice device, ParameterLayout layout) =>
        device.Fused && Size(layout) is { } quads && quads <= device.SharedMemoryBytes / ILGPU.Interop.SizeOf<Float4>()
            ? new FusedNetwork(device, layout)
            : null;

    /// <summary>The arguments that follow from the network alone.</summary>
    public NetworkGradientArguments Arguments() => new()
    {
        Layers = _layers.View,
        ParticleStride = _layout.Stride,
        LayerCount = _layout.Layers.Count,
        InputCount = _layout.Inputs,
        OutputCount = _layout.Outputs,
        WeightCount = _layout.WeightCount,
        NoiseOffset = _layout.NoiseOffset,
        NoiseCount = _layout.NoiseCount,
        WeightQuads = WeightQuads(_layout),
        UnitQuads = UnitQuads(_layout),
        InputSlot = InputSlot(_layout),
        OutputSlot = UnitSlot(_layout) + _layout.Layers[^1].OutputSlot,
        OnesSlot = UnitSlot(_layout) + _layout.WorkspaceUnits,
    };

    public void Dispose() => IlgpuErrors.Release(_layers);

    private static int WeightQuads(ParameterLayout layout) => LaunchSizes.Ceiling(layout.WeightCount, 4);

    private static int UnitQuads(ParameterLayout layout) => (UnitSlot(layout) + layout.WorkspaceUnits + 1) * NetworkTile.Pitch;

    /// <summary>Where the workspace's units begin: behind the inputs, unless these have a place among them.</summary>
    private static int UnitSlot(ParameterLayout layout) => layout.InputCopySlot < 0 ? layout.Inputs : 0;

    private static int InputSlot(ParameterLayout layout) => Math.Max(layout.InputCopySlot, 0);

    /// <summary>The kernels' sizes of shared memory: the smallest that is enough; null if none is.</summary>
    private static int? Size(ParameterLayout layout)
    {
        long quads = (long)WeightQuads(layout) + UnitQuads(layout) + NetworkTile.SumQuads(layout.Outputs);
        return quads <= NetworkGradient.SmallQuads ? NetworkGradient.SmallQuads
            : quads <= NetworkGradient.MediumQuads ? NetworkGradient.MediumQuads
            : quads <= NetworkGradient.LargeQuads ? NetworkGradient.LargeQuads
            : null;
    }

    /// <summary>Slots in shared memory: the inputs, then the workspace's units.</summary>
    private static int[] LayerTable(ParameterLayout layout)
    {
        var table = new List<int>();
        for (int l = 0; l < layout.Layers.Count; l++)
        {
            DenseLayer layer = layout.Layers[l];
            table.AddRange(
            [
                layer.Inputs, layer.Outputs, (int)layer.Activation, layer.WeightOffset,
                l == 0 ? InputSlot(layout) : UnitSlot(layout) + layout.Layers[l - 1].OutputSlot, UnitSlot(layout) + layer.OutputSlot,
                layer.DerivativeSlot < 0 ? 0 : layer.DerivativeSlot - layer.OutputSlot,
            ]);
        }

        return [.. table];
    }
}
