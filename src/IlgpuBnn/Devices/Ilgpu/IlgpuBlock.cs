using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>All particles over all rows of a pass; every operation is a launch or two.</summary>
internal sealed class IlgpuBlock(IlgpuDevice device, ParameterLayout layout, int particles, int mostRows) : ParticleBlock, IDisposable
{
    private readonly FusedNetwork? _fused = FusedNetwork.TryCreate(device, layout);
    private MemoryBuffer1D<float, Stride1D.Dense>? _units;
    private GradientScratch? _scratch;
    private NetworkBuffers _buffers = null!;
    private UnitRows _inputs;
    private UnitRows _targets;
    private int _quads;

    public override bool LastRows => true;

    private ArrayView<float> Theta => IlgpuBuffer.ViewOf(_buffers.Particles);

    private ArrayView<float> Gradients => IlgpuBuffer.ViewOf(_buffers.Gradients!);

    // A gradient in one launch needs no activations: they are allocated where a layer is first run by itself.
    private ArrayView<float> Units => (_units ??= device.AllocateMemory<float>((long)particles * layout.WorkspaceUnits * mostRows)).View;

    private GradientScratch Scratch => _scratch ??= new GradientScratch(device, layout, particles, Chunks());

    /// <summary>Float4s of rows in a chunk.</summary>
    private int ChunkRows => LaunchSizes.Ceiling(LaunchSizes.Ceiling(_quads, Scratch.Chunks), NetworkTile.Quads) * NetworkTile.Quads;

    public void Attach(NetworkBuffers buffers, DeviceRows data, RowRange rows)
    {
        (_buffers, _quads) = (buffers, rows.Count / 4);
        _inputs = Data(data.Inputs, data, rows);
        _targets = Data(data.Targets, data, rows) with { ParticleStride = data.TargetParticleStride / 4 };
    }

    public override bool TryNetworkGradient(LikelihoodTerm likelihood)
    {
        if (_fused is null)
        {
            return false;
        }

        _fused.Kernel.Launch(new Index3D(particles, Scratch.Chunks, 1), _fused.Group, _fused.Arguments() with
        {
            Inputs = _inputs,
            Targets = _targets,
            Particles = Theta,
            Partials = Scratch.Partials(Gradients),
            ResidualSquares = Scratch.Squares,
            PresentCounts = Scratch.Counts,
            TailLogs = Scratch.TailLogs,
            ParticleCount = particles,
            Rows = _quads,
            ChunkRows = ChunkRows,
            Scale = likelihood.Scale,
            FixedUnitPrecision = likelihood.FixedUnitPrecision ? 1 : 0,
            DegreesOfFreedom = likelihood.DegreesOfFreedom,
        });
        return true;
    }

    public override void CopyInputs() => Copy(_inputs, Slot(layout.InputCopySlot), layout.Inputs);

    public override void DenseForward(int layer)
    {
        DenseLayer dense = layout.Layers[layer];
        Index3D group = device.Sizes.Tile(_quads, LaunchSizes.Ceiling(dense.Outputs, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(_quads, group.X), LaunchSizes.Ceiling(dense.Outputs, 4 * group.Y), particles);
        device.Kernels.DenseForward.Launch(grid, group, new DenseForwardArguments
        {
            Inputs = InputsOf(layer),
            Particles = Theta,
            Outputs = Slot(dense.OutputSlot),
            ParticleStride = layout.Stride,
            WeightOffset = dense.WeightOffset,
            InputCount = dense.Inputs,
            OutputCount = dense.Outputs,
            Rows = _quads,
            Activation = (int)dense.Activation,
            DerivativeOffset = DerivativeOffset(dense),
        });
    }

    public override void Likelihood(LikelihoodTerm likelihood)
    {
        var grid = new Index3D(layout.Outputs, Scratch.Chunks, particles);
        device.Kernels.Likelihood.Launch(grid, new Index3D(device.Sizes.Line, 1, 1), new LikelihoodArguments
        {
            Outputs = Slot(layout.Layers[^1].OutputSlot),
            Targets = _targets,
            Particles = Theta,
            ResidualSquares = Scratch.Squares,
            PresentCounts = Scratch.Counts,
            TailLogs = Scratch.TailLogs,
            ParticleCount = particles,
            ParticleStride = layout.Stride,
            OutputCount = layout.Outputs,
            NoiseOffset = layout.NoiseOffset,
            NoiseCount = layout.NoiseCount,
            Rows = _quads,
            ChunkRows = ChunkRows,
            Scale = likelihood.Scale,
            FixedUnitPrecision = likelihood.FixedUnitPrecision ? 1 : 0,
            DegreesOfFreedom = likelihood.DegreesOfFreedom,
        });
    }

    public override void DenseBackward(int layer)
    {
        BackwardWeights(layer);
        if (layer > 0)
        {
            BackwardInputs(layer);
        }
    }

    public override void PriorGradient(LikelihoodTerm likelihood, PriorTerm prior)
    {
        var line = new Index3D(device.Sizes.Line, 1, 1);
        device.Kernels.PriorGradient.Launch(new Index3D(Scratch.PieceCount, particles, 1), line, new PriorGradientArguments
        {
            Particles = Theta,
            Partials = Scratch.Partials(Gradients),
            Gradients = Gradients,
            Pieces = Scratch.Pieces,
            PieceSquares = Scratch.PieceSquares,
            PieceNotFinite = Scratch.PieceNotFinite,
            ParticleCount = particles,
            ParticleStride = layout.Stride,
            PieceCount = Scratch.PieceCount,
            Chunks = Scratch.Chunks,
            Enabled = prior.Enabled ? 1 : 0,
        });
        device.Kernels.PrecisionGradient.Launch(new Index3D(particles, 1, 1), line, PrecisionArguments(likelihood, prior));
    }

    public override void StoreOutputs()
    {
        UnitRows outputs = _inputs with
        {
            Values = IlgpuBuffer.QuadsOf(_buffers.Outputs!),
            ParticleStride = (long)layout.Outputs * _inputs.UnitStride,
        };
        Copy(Slot(layout.Layers[^1].OutputSlot), outputs, layout.Outputs);
    }

    public void Dispose()
    {
        IlgpuErrors.Release(_fused);
        IlgpuErrors.Release(_units);
        IlgpuErrors.Release(_scratch);
    }

    private static UnitRows Data(DeviceBuffer values, DeviceRows data, RowRange rows) => new()
    {
        Values = IlgpuBuffer.QuadsOf(values),
        Offset = rows.Start / 4,
        UnitStride = data.Stride / 4,
    };

    private void Copy(UnitRows from, UnitRows to, int units)
    {
        (Index3D grid, Index3D group) = device.Sizes.Elements(_quads, units, particles);
        device.Kernels.CopyUnits.Launch(grid, group, new CopyUnitsArguments { From = from, To = to, Rows = _quads });
    }

    /// <summary>A particle's units from a slot on.</summary>
    private UnitRows Slot(int slot) => new()
    {
        Values = Units.Cast<Float4>(),
        ParticleStride = (long)layout.WorkspaceUnits * (mostRows / 4),
        Offset = (long)slot * (mostRows / 4),
        UnitStride = mostRows / 4,
    };

    private UnitRows InputsOf(int layer) => layer == 0 ? _inputs : Slot(layout.Layers[layer - 1].OutputSlot);

    private int DerivativeOffset(DenseLayer dense) => dense.DerivativeSlot < 0 ? 0 : (dense.DerivativeSlot - dense.OutputSlot) * (mostRows / 4);

    /// <summary>Chunks of rows: more than one where particles and tiles alone would not fill the device.</summary>
    private int Chunks()
    {
        long groups = _fused is null ? layout.Layers.Max(layer => LaunchSizes.Ceiling(layer.ParameterCount, 16 * device.Sizes.Line)) : 1;
        return device.Sizes.Chunks(particles * groups, LaunchSizes.Ceiling(mostRows / 4, NetworkTile.Quads));
    }

    private void BackwardWeights(int layer)
    {
        DenseLayer dense = layout.Layers[layer];
        Index3D group = device.Sizes.Tile(LaunchSizes.Ceiling(dense.Outputs, 4), LaunchSizes.Ceiling(dense.Inputs + 1, 4));
        var grid = new Index3D(
            LaunchSizes.Ceiling(dense.Outputs, 4 * group.X), LaunchSizes.Ceiling(dense.Inputs + 1, 4 * group.Y), particles * Scratch.Chunks);
        device.Kernels.DenseBackwardWeights.Launch(grid, group, new DenseBackwardWeightsArguments
        {
            Inputs = InputsOf(layer),
            OutputGradients = Slot(dense.OutputSlot),
            Partials = Scratch.Partials(Gradients),
            Particles = particles,
            ParticleStride = layout.Stride,
            WeightOffset = dense.WeightOffset,
            InputCount = dense.Inputs,
            OutputCount = dense.Outputs,
            Rows = _quads,
            Chunks = Scratch.Chunks,
            ChunkRows = ChunkRows,
        });
    }

    private void BackwardInputs(int layer)
    {
        DenseLayer dense = layout.Layers[layer], before = layout.Layers[layer - 1];
        Index3D group = device.Sizes.Tile(_quads, LaunchSizes.Ceiling(before.Outputs, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(_quads, group.X), LaunchSizes.Ceiling(before.Outputs, 4 * group.Y), particles);
        device.Kernels.DenseBackwardInputs.Launch(grid, group, new DenseBackwardInputsArguments
        {
            OutputGradients = Slot(dense.OutputSlot),
            Particles = Theta,
            Before = Slot(before.OutputSlot),
            ParticleStride = layout.Stride,
            WeightOffset = dense.WeightOffset,
            InputCount = before.Outputs,
            OutputCount = dense.Outputs,
            Rows = _quads,
            Activation = (int)before.Activation,
            DerivativeOffset = DerivativeOffset(before),
        });
    }

    private PrecisionGradientArguments PrecisionArguments(LikelihoodTerm likelihood, PriorTerm prior) => new()
    {
        Particles = Theta,
        Gradients = Gradients,
        Pieces = Scratch.Pieces,
        PieceSquares = Scratch.PieceSquares,
        PieceNotFinite = Scratch.PieceNotFinite,
        PartialSquares = Scratch.Squares,
        PartialCounts = Scratch.Counts,
        PartialTailLogs = Scratch.TailLogs,
        ResidualSquares = IlgpuBuffer.ViewOf(_buffers.Statistics!.ResidualSquares),
        PresentCounts = IlgpuBuffer.ViewOf(_buffers.Statistics.PresentCounts),
        TailLogs = IlgpuBuffer.ViewOf(_buffers.Statistics.TailLogs),
        WeightSquares = IlgpuBuffer.ViewOf(_buffers.Statistics.WeightSquares),
        FailedAt = IlgpuBuffer.ViewOf(_buffers.Statistics.FailedAt),
        ParticleCount = particles,
        ParticleStride = layout.Stride,
        PieceCount = Scratch.PieceCount,
        Chunks = Scratch.Chunks,
        OutputCount = layout.Outputs,
        NoiseOffset = layout.NoiseOffset,
        NoiseCount = layout.NoiseCount,
        WeightPrecisionOffset = layout.WeightPrecisionOffset,
        WeightGroupCount = layout.WeightGroups.Count,
        Iteration = prior.Iteration,
        Enabled = prior.Enabled ? 1 : 0,
        Scale = likelihood.Scale,
        WeightShape = prior.WeightShape,
        WeightRate = prior.WeightRate,
        NoiseShape = prior.NoiseShape,
        NoiseRate = prior.NoiseRate,
    };
}
