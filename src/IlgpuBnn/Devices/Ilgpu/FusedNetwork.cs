using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Layout of a network in the shared memory of <see cref="NetworkGradient"/>.</summary>
internal sealed class FusedNetwork : IDisposable
{
    private const int SmallestGroup = 32;

    private readonly NetworkShape _shape;
    private readonly MemoryBuffer1D<int, Stride1D.Dense> _layers;

    private FusedNetwork(IlgpuDevice device, NetworkShape shape)
    {
        _shape = shape;
        _layers = device.UploadTable(LayerTable(shape));
        Kernel = Size(shape) switch
        {
            NetworkGradient.SmallQuads => device.Kernels.SmallNetworkGradient,
            NetworkGradient.MediumQuads => device.Kernels.MediumNetworkGradient,
            _ => device.Kernels.LargeNetworkGradient,
        };
        int widest = shape.DenseLayers.Max(layer => Math.Max(layer.Inputs.Count, layer.Outputs.Count));
        int items = LaunchSizes.Ceiling(widest, 4) * NetworkTile.Quads;
        Group = new Index3D(Math.Min(device.Sizes.Line, LaunchSizes.Ceiling(items, SmallestGroup) * SmallestGroup), 1, 1);
    }

    /// <summary>A thread for each 4 x 4 tile of the widest layer, in whole warps.</summary>
    public Index3D Group { get; }

    /// <summary>The kernel with the least sufficient shared memory.</summary>
    public GpuKernel<NetworkGradientArguments> Kernel { get; }

    /// <summary>Null if the network has other than dense layers, or is too large for the device's shared memory.</summary>
    public static FusedNetwork? TryCreate(IlgpuDevice device, NetworkShape shape) =>
        device.Fused && shape.DenseLayers.Count > 0 && Size(shape) is { } quads && quads <= device.SharedMemoryBytes / ILGPU.Interop.SizeOf<Float4>()
            ? new FusedNetwork(device, shape)
            : null;

    /// <summary>The arguments that depend on the network only.</summary>
    public NetworkGradientArguments Arguments() => new()
    {
        Layers = _layers.View,
        ParticleStride = _shape.Stride,
        LayerCount = _shape.DenseLayers.Count,
        InputCount = _shape.Inputs,
        OutputCount = _shape.Outputs.Count,
        WeightCount = _shape.WeightCount,
        NoiseOffset = _shape.NoiseOffset,
        NoiseCount = _shape.NoiseCount,
        FrozenOffset = FrozenOffset(_shape),
        FrozenCount = FrozenCount(_shape),
        FirstTrained = _shape.DenseLayers.Count(layer => _shape.IsFrozen(layer)),
        WeightQuads = WeightQuads(_shape),
        UnitQuads = UnitQuads(_shape),
        InputSlot = InputSlot(_shape),
        InputScale = _shape.InputCopies.Count > 0 ? _shape.InputCopies[0].Scale : 1f,
        CopySlot = _shape.InputCopies.Count > 1 ? _shape.InputCopies[1].Slot : -1,
        OutputSlot = UnitSlot(_shape) + _shape.Outputs.Slot,
        OnesSlot = UnitSlot(_shape) + _shape.WorkspaceUnits,
    };

    public void Dispose() => IlgpuErrors.Release(_layers);

    private static int WeightQuads(NetworkShape shape) => LaunchSizes.Ceiling(shape.WeightCount + FrozenCount(shape), 4);

    private static int FrozenCount(NetworkShape shape) => shape.DenseLayers.Where(layer => shape.IsFrozen(layer)).Sum(layer => layer.ParameterCount);

    private static int FrozenOffset(NetworkShape shape) => FrozenCount(shape) > 0 ? shape.DenseLayers.First(layer => shape.IsFrozen(layer)).WeightOffset : 0;

    private static int UnitQuads(NetworkShape shape) => (UnitSlot(shape) + shape.WorkspaceUnits + 1) * NetworkTile.Pitch;

    /// <summary>First of the workspace's units: after the inputs, unless these have a slot among them.</summary>
    private static int UnitSlot(NetworkShape shape) => shape.InputCopies.Count == 0 ? shape.Inputs : 0;

    private static int InputSlot(NetworkShape shape) => shape.InputCopies.Count == 0 ? 0 : shape.InputCopies[0].Slot;

    /// <summary>The smallest sufficient size of shared memory; null for none.</summary>
    private static int? Size(NetworkShape shape)
    {
        long quads = (long)WeightQuads(shape) + UnitQuads(shape) + NetworkTile.SumQuads(shape.Outputs.Count);
        return quads <= NetworkGradient.SmallQuads ? NetworkGradient.SmallQuads
            : quads <= NetworkGradient.MediumQuads ? NetworkGradient.MediumQuads
            : quads <= NetworkGradient.LargeQuads ? NetworkGradient.LargeQuads
            : null;
    }

    /// <summary>Slots in shared memory: the inputs, then the workspace's units.</summary>
    private static int[] LayerTable(NetworkShape shape)
    {
        // Frozen weights follow the others.
        int Offset(DenseTerm layer) => shape.IsFrozen(layer) ? shape.WeightCount + layer.WeightOffset - FrozenOffset(shape) : layer.WeightOffset;
        int Slot(Units units) => units.IsData ? InputSlot(shape) : UnitSlot(shape) + units.Slot;
        return
        [
            .. shape.DenseLayers.SelectMany(layer => (int[])
            [
                layer.Inputs.Count, layer.Outputs.Count, (int)layer.Outputs.Activation, Offset(layer),
                Slot(layer.Inputs), Slot(layer.Outputs), layer.Outputs.DerivativeUnits,
            ]),
        ];
    }
}
