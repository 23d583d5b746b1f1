using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Particles over all rows of a pass; every operation is a launch or two.</summary>
/// <param name="ensemble">All particles: sums are made as if they were one block.</param>
/// <param name="capacity">Particles at a time.</param>
internal sealed partial class IlgpuBlock(IlgpuDevice device, NetworkShape shape, int ensemble, int capacity, int maxRows) : ParticleBlock, IDisposable
{
    private readonly FusedNetwork? _fused = FusedNetwork.TryCreate(device, shape);
    private MemoryBuffer1D<float, Stride1D.Dense>? _units;
    private GradientScratch? _scratch;
    private NetworkBuffers _buffers = null!;
    private int _first;
    private int _particles;
    private UnitRows _inputs;
    private UnitRows _targets;
    private int _quads;

    public int Capacity => capacity;

    public override bool LastRows => true;

    private ArrayView<float> Theta => Own(_buffers.Particles, shape.Stride);

    private ArrayView<float> Gradients => Own(_buffers.Gradients!, shape.Stride);

    // Allocated when a layer is first run by itself: the fused gradient needs no activations.
    private ArrayView<float> Units => (_units ??= device.AllocateMemory<float>((long)capacity * shape.WorkspaceUnits * maxRows)).View;

    private GradientScratch Scratch => _scratch ??= new GradientScratch(device, shape, capacity, Chunks());

    /// <summary>Float4s of rows in a chunk.</summary>
    private int ChunkRows => LaunchSizes.Ceiling(LaunchSizes.Ceiling(_quads, Scratch.Chunks), NetworkTile.Quads) * NetworkTile.Quads;

    /// <param name="first">First of the particles.</param>
    /// <param name="count">At most <see cref="Capacity"/>.</param>
    public void Attach(NetworkBuffers buffers, DeviceRows data, RowRange rows, int first, int count)
    {
        (_buffers, _quads, _first, _particles) = (buffers, rows.Count / 4, first, count);
        _inputs = Data(data.Inputs, data, rows);
        _targets = OfOwn(Data(data.Targets, data, rows) with { ParticleStride = data.TargetParticleStride / 4 });
    }

    public override bool TryNetworkGradient(LikelihoodTerm likelihood)
    {
        if (_fused is null)
        {
            return false;
        }

        _fused.Kernel.Launch(new Index3D(_particles, Scratch.Chunks, 1), _fused.Group, _fused.Arguments() with
        {
            Inputs = _inputs,
            Targets = _targets,
            Particles = Theta,
            Partials = Scratch.Partials,
            ResidualSquares = Scratch.Squares,
            PresentCounts = Scratch.Counts,
            LogTerms = Scratch.LogTerms,
            ParticleCount = _particles,
            Rows = _quads,
            ChunkRows = ChunkRows,
            Scale = likelihood.Scale,
            Kind = (int)likelihood.Kind,
            FixedPrecision = likelihood.FixedPrecision,
            DegreesOfFreedom = likelihood.DegreesOfFreedom,
        });
        return true;
    }

    public override void CopyInputs(in InputCopy copy) => Copy(_inputs, Slot(copy.Slot), shape.Inputs, copy.Scale);

    public override void DenseForward(in DenseTerm dense)
    {
        int outputs = dense.Outputs.Count;
        Index3D group = device.Sizes.Tile(_quads, LaunchSizes.Ceiling(outputs, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(_quads, group.X), LaunchSizes.Ceiling(outputs, 4 * group.Y), _particles);
        device.Kernels.DenseForward.Launch(grid, group, new DenseForwardArguments
        {
            Inputs = InputsOf(dense),
            Particles = Theta,
            Outputs = Slot(dense.Outputs.Slot),
            Derivatives = DerivativesOf(dense.Outputs),
            ParticleStride = shape.Stride,
            WeightOffset = dense.WeightOffset,
            InputCount = dense.Inputs.Count,
            OutputCount = outputs,
            Rows = _quads,
            BiasRows = _quads,
            Activation = (int)dense.Outputs.Activation,
        });
    }

    public override void Likelihood(LikelihoodTerm likelihood)
    {
        bool classes = likelihood.Kind >= LikelihoodKind.Bernoulli;
        var grid = classes ? new Index3D(Scratch.Chunks, _particles, 1) : new Index3D(shape.Outputs.Count, Scratch.Chunks, _particles);
        (classes ? device.Kernels.ClassLikelihood : device.Kernels.Likelihood).Launch(grid, new Index3D(device.Sizes.Line, 1, 1), new LikelihoodArguments
        {
            Outputs = Slot(shape.Outputs.Slot),
            Targets = _targets,
            Particles = Theta,
            ResidualSquares = Scratch.Squares,
            PresentCounts = Scratch.Counts,
            LogTerms = Scratch.LogTerms,
            ParticleCount = _particles,
            ParticleStride = shape.Stride,
            OutputCount = shape.Outputs.Count,
            NoiseOffset = shape.NoiseOffset,
            NoiseCount = shape.NoiseCount,
            Rows = _quads,
            ChunkRows = ChunkRows,
            Scale = likelihood.Scale,
            Kind = (int)likelihood.Kind,
            FixedPrecision = likelihood.FixedPrecision,
            DegreesOfFreedom = likelihood.DegreesOfFreedom,
        });
    }

    public override void DenseBackward(in DenseTerm dense)
    {
        BackwardWeights(dense);
        if (dense.Inputs.GradientCount > 0)
        {
            BackwardInputs(dense);
        }
    }

    public override void PriorGradient(LikelihoodTerm likelihood, PriorTerm prior)
    {
        var line = new Index3D(device.Sizes.Line, 1, 1);
        device.Kernels.PriorGradient.Launch(new Index3D(Scratch.PieceCount, _particles, 1), line, new PriorGradientArguments
        {
            Particles = Theta,
            Partials = Scratch.Partials,
            Gradients = Gradients,
            Pieces = Scratch.Pieces,
            PieceSquares = Scratch.PieceSquares,
            PieceNotFinite = Scratch.PieceNotFinite,
            ParticleCount = _particles,
            ParticleStride = shape.Stride,
            PieceCount = Scratch.PieceCount,
            Chunks = Scratch.Chunks,
        });
        device.Kernels.PrecisionGradient.Launch(new Index3D(_particles, 1, 1), line, PrecisionArguments(likelihood, prior));
    }

    public override void StoreOutputs()
    {
        UnitRows outputs = OfOwn(_inputs with
        {
            Values = IlgpuBuffer.QuadsOf(_buffers.Outputs!),
            ParticleStride = (long)shape.Outputs.Count * _inputs.UnitStride,
        });
        Copy(Slot(shape.Outputs.Slot), outputs, shape.Outputs.Count);
    }

    public void Dispose()
    {
        IlgpuErrors.Release(_fused);
        IlgpuErrors.Release(_units);
        IlgpuErrors.Release(_scratch);
        IlgpuErrors.Release(_relevances);
        foreach (FieldTables tables in _tables.Values)
        {
            tables.Dispose();
        }
    }

    private static UnitRows Data(DeviceBuffer values, DeviceRows data, RowRange rows) => new()
    {
        Values = IlgpuBuffer.QuadsOf(values),
        Offset = rows.Start / 4,
        UnitStride = data.Stride / 4,
    };

    /// <summary>Of a buffer [S, stride] the part of these particles.</summary>
    private ArrayView<float> Own(DeviceBuffer buffer, long stride) => IlgpuBuffer.ViewOf(buffer).SubView(_first * stride, _particles * stride);

    private UnitRows OfOwn(UnitRows ofAll) => ofAll with { Offset = ofAll.Offset + (_first * ofAll.ParticleStride) };

    private void Copy(UnitRows from, UnitRows to, int units, float scale = 1f)
    {
        (Index3D grid, Index3D group) = device.Sizes.Columns(units, _quads, _particles);
        device.Kernels.CopyUnits.Launch(grid, group, new CopyUnitsArguments { From = from, To = to, Rows = _quads, Scale = scale });
    }

    private UnitRows Slot(int slot) => new()
    {
        Values = Units.Cast<Float4>(),
        ParticleStride = (long)shape.WorkspaceUnits * (maxRows / 4),
        Offset = (long)slot * (maxRows / 4),
        UnitStride = maxRows / 4,
    };

    private UnitRows InputsOf(in DenseTerm dense) => dense.Inputs.IsData ? _inputs : Slot(dense.Inputs.Slot);

    private UnitRows DerivativesOf(Units units) => Slot(units.DerivativeSlot < 0 ? units.Slot : units.DerivativeSlot);

    /// <summary>Chunks of rows: several if particles and tiles alone do not fill the device.</summary>
    private int Chunks()
    {
        long groups = _fused is null ? LaunchSizes.Ceiling(shape.WeightCount, 16 * device.Sizes.Line) : 1;
        return device.Sizes.Chunks(ensemble * groups, LaunchSizes.Ceiling(maxRows / 4, NetworkTile.Quads));
    }

    private void BackwardWeights(in DenseTerm dense)
    {
        SumProducts(
            InputsOf(dense), dense.Inputs.Count, Slot(dense.Outputs.Slot), dense.Outputs.Count, Scratch.Partials, shape.Stride, dense.WeightOffset, Scratch.Chunks, ChunkRows);
    }

    /// <summary>Sums over rows of (a, 1) b^T for every particle and chunk of rows, [a + 1, b] at an offset of <paramref name="sums"/>.</summary>
    private void SumProducts(
        UnitRows a, int countOfA, UnitRows b, int countOfB, ArrayView<float> sums, int stride, int offset, int chunks, int chunkRows)
    {
        Index3D group = device.Sizes.Tile(LaunchSizes.Ceiling(countOfB, 4), LaunchSizes.Ceiling(countOfA + 1, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(countOfB, 4 * group.X), LaunchSizes.Ceiling(countOfA + 1, 4 * group.Y), _particles * chunks);
        device.Kernels.DenseBackwardWeights.Launch(grid, group, new DenseBackwardWeightsArguments
        {
            Inputs = a,
            OutputGradients = b,
            Partials = sums,
            Particles = _particles,
            ParticleStride = stride,
            WeightOffset = offset,
            InputCount = countOfA,
            OutputCount = countOfB,
            Rows = _quads,
            BiasRows = _quads,
            Chunks = chunks,
            ChunkRows = chunkRows,
        });
    }

    private void BackwardInputs(in DenseTerm dense)
    {
        int inputs = dense.Inputs.GradientCount;
        Index3D group = device.Sizes.Tile(_quads, LaunchSizes.Ceiling(inputs, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(_quads, group.X), LaunchSizes.Ceiling(inputs, 4 * group.Y), _particles);
        device.Kernels.DenseBackwardInputs.Launch(grid, group, new DenseBackwardInputsArguments
        {
            OutputGradients = Slot(dense.Outputs.Slot),
            Particles = Theta,
            Before = Slot(dense.Inputs.Slot),
            Derivatives = DerivativesOf(dense.Inputs),
            ParticleStride = shape.Stride,
            WeightOffset = dense.WeightOffset,
            InputCount = inputs,
            OutputCount = dense.Outputs.Count,
            Rows = _quads,
            Activation = (int)dense.Inputs.Activation,
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
        PartialLogTerms = Scratch.LogTerms,
        ResidualSquares = Own(_buffers.Statistics!.ResidualSquares, shape.Outputs.Count),
        PresentCounts = Own(_buffers.Statistics.PresentCounts, shape.Outputs.Count),
        LogTerms = Own(_buffers.Statistics.LogTerms, shape.Outputs.Count),
        WeightSquares = Own(_buffers.Statistics.WeightSquares, shape.WeightGroups.Count),
        FailedAt = Own(_buffers.Statistics.FailedAt, 1),
        ParticleCount = _particles,
        ParticleStride = shape.Stride,
        PieceCount = Scratch.PieceCount,
        Chunks = Scratch.Chunks,
        OutputCount = shape.Outputs.Count,
        NoiseOffset = shape.NoiseOffset,
        NoiseCount = shape.NoiseCount,
        WeightPrecisionOffset = shape.WeightPrecisionOffset,
        WeightGroupCount = shape.WeightGroups.Count,
        Iteration = prior.Iteration,
        Scale = likelihood.Scale,
        WeightShape = prior.WeightShape,
        WeightRate = prior.WeightRate,
        NoiseShape = prior.NoiseShape,
        NoiseRate = prior.NoiseRate,
    };
}
