using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>A GPU (CUDA, OpenCL) or ILGPU's CPU accelerator. All work is queued on one stream; only downloads wait.</summary>
internal sealed class IlgpuDevice : Device
{
    // Of the memory a fourth: the rest is for particles, rows and other programs.
    private const int PartOfActivations = 4;

    private readonly Lock _queue = new();
    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly SteinLaunches _stein;
    private readonly EvaluationLaunches _evaluation;
    private readonly int _largestGridSide;
    private MemoryBuffer1D<int, Stride1D.Dense>? _order;

    /// <param name="context">Disposed with the device.</param>
    /// <param name="device">Of the context.</param>
    /// <param name="fused">Whether the gradient of small networks takes one launch; off to test the launches per layer.</param>
    /// <param name="largestGridSide">Smaller for tests.</param>
    public IlgpuDevice(
        Context context, ILGPU.Runtime.Device device, DeviceDescription description, bool fused = true, int largestGridSide = LaunchSizes.LargestGridSide)
    {
        (_context, Description, Fused) = (context, description, fused);
        Name = $"Device {description.Id} ({description.Name})";
        try
        {
            _accelerator = device.CreateAccelerator(context);
        }
        catch (Exception exception) when (exception is AcceleratorException or NotSupportedException)
        {
            context.Dispose();
            throw new DeviceException($"{Name} cannot be opened: {exception.Message} Update its driver, or use --device cpu.", exception);
        }

        _largestGridSide = largestGridSide;
        Target = new KernelTarget(_accelerator, Name, largestGridSide);
        Kernels = new KernelSet(Target);
        Sizes = new LaunchSizes(_accelerator.MaxNumThreadsPerGroup, _accelerator.NumMultiprocessors);
        _stein = new SteinLaunches(this);
        _evaluation = new EvaluationLaunches(this);
    }

    public override DeviceDescription Description { get; }

    public KernelTarget Target { get; }

    public KernelSet Kernels { get; }

    public LaunchSizes Sizes { get; }

    public bool Fused { get; }

    /// <summary>Launches since it was opened.</summary>
    public long Launches => Target.Launches;

    public int Multiprocessors => _accelerator.NumMultiprocessors;

    public int SharedMemoryBytes => _accelerator.MaxSharedMemoryPerGroup;

    /// <summary>Held while an operation's launches are queued, and while the device is disposed of.</summary>
    /// <exception cref="ObjectDisposedException">The device has been disposed of.</exception>
    public Lock.Scope EnterQueue()
    {
        Lock.Scope scope = _queue.EnterScope();
        try
        {
            RequireOpen();
            return scope;
        }
        catch
        {
            scope.Dispose();
            throw;
        }
    }

    private string Name { get; }

    /// <summary>Memory, zeroed or poisoned.</summary>
    public MemoryBuffer1D<T, Stride1D.Dense> AllocateMemory<T>(long length)
        where T : unmanaged
    {
        using Lock.Scope scope = EnterQueue();
        try
        {
            // Drivers refuse a length of 0.
            MemoryBuffer1D<T, Stride1D.Dense> memory = _accelerator.Allocate1D<T>(Math.Max(length, 1));

            // All bits set are a NaN, or -1.
            memory.MemSet(_accelerator.DefaultStream, PoisonsNewMemory ? byte.MaxValue : byte.MinValue);
            return memory;
        }
        catch (Exception exception) when (IlgpuErrors.IsOfDevice(exception))
        {
            throw IlgpuErrors.OutOfMemory(Name, length * ILGPU.Interop.SizeOf<T>(), Description.MemoryBytes, exception);
        }
    }

    public MemoryBuffer1D<int, Stride1D.Dense> UploadTable(ReadOnlySpan<int> table)
    {
        MemoryBuffer1D<int, Stride1D.Dense> memory = AllocateMemory<int>(table.Length);
        Upload(table, memory.View);
        return memory;
    }

    public void Upload<T>(ReadOnlySpan<T> source, ArrayView<T> destination)
        where T : unmanaged
    {
        using Lock.Scope scope = EnterQueue();
        try
        {
            destination.CopyFromCPU(_accelerator.DefaultStream, source);
        }
        catch (AcceleratorException exception)
        {
            throw IlgpuErrors.Lost(Name, exception);
        }
    }

    public void Download(ArrayView<float> source, Span<float> destination)
    {
        using Lock.Scope scope = EnterQueue();
        try
        {
            source.CopyToCPU(_accelerator.DefaultStream, destination);
        }
        catch (AcceleratorException exception)
        {
            throw IlgpuErrors.Lost(Name, exception);
        }
    }

    public void Copy(ArrayView<float> source, ArrayView<float> destination)
    {
        using Lock.Scope scope = EnterQueue();
        try
        {
            source.CopyTo(_accelerator.DefaultStream, destination);
        }
        catch (AcceleratorException exception)
        {
            throw IlgpuErrors.Lost(Name, exception);
        }
    }

    public void Clear(ArrayView<float> view)
    {
        using Lock.Scope scope = EnterQueue();
        try
        {
            view.MemSetToZero(_accelerator.DefaultStream);
        }
        catch (AcceleratorException exception)
        {
            throw IlgpuErrors.Lost(Name, exception);
        }
    }

    /// <summary>Scratch memory of an operation, reallocated only if it is too small.</summary>
    public MemoryBuffer1D<T, Stride1D.Dense> Scratch<T>(ref MemoryBuffer1D<T, Stride1D.Dense>? scratch, long length)
        where T : unmanaged
    {
        if (scratch is null || scratch.Length < length)
        {
            Wait();
            IlgpuErrors.Release(scratch);
            scratch = null;
            scratch = AllocateMemory<T>(length);
        }

        return scratch;
    }

    internal override DeviceBuffer Allocate(long length) => new IlgpuBuffer(this, length);

    internal override long WorkspaceLength(NetworkShape shape, int particles, int rows) => base.WorkspaceLength(shape, ParticlesOfBlock(shape, particles, rows), rows);

    /// <summary>The most particles that a grid takes, and whose activations take no more than a part of the memory; at least one.</summary>
    public int ParticlesOfBlock(NetworkShape shape, int particles, int rows)
    {
        long own = sizeof(float) * base.WorkspaceLength(shape, 1, rows);
        return (int)Math.Clamp(Description.MemoryBytes / PartOfActivations / Math.Max(own, 1), 1, Math.Min(particles, _largestGridSide));
    }

    internal override NetworkWorkspace CreateWorkspace(NetworkShape shape, int particles, int rows) => new IlgpuWorkspace(this, shape, particles, rows);

    internal override bool HasResiduals => true;

    internal override ResidualWorkspace CreateResiduals(ResidualShape shape) => new IlgpuResiduals(this, shape);

    internal override void GatherRows(DeviceRows source, ReadOnlySpan<int> order, DeviceRows destination)
    {
        using (EnterQueue())
        {
            ArrayView<int> orderView = Scratch(ref _order, order.Length).View.SubView(0, order.Length);
            Upload(order, orderView);
            Gather(source.Inputs, source.Stride, orderView, destination.Inputs, destination.Stride, destination.InputCount, 0f);
            Gather(source.Targets, source.Stride, orderView, destination.Targets, destination.Stride, destination.TargetSets * destination.TargetCount, float.NaN);
        }
    }

    /// <exception cref="DeviceException">There are more pairs than are counted in 32 bits.</exception>
    internal override DeviceBuffer AllocateDistances(int particles, IProcessGroup? group = null) => particles <= LaunchSizes.MaxInteractingParticles
        ? base.AllocateDistances(particles, group)
        : throw new DeviceException(
            $"{Name} takes at most {LaunchSizes.MaxInteractingParticles} particles that interact, not {particles}. Use fewer, an anchored ensemble, or --device cpu.");

    internal override void PairwiseSquaredDistances(DeviceBuffer particles, ParticleShape shape, DeviceBuffer distances)
    {
        using (EnterQueue())
        {
            _stein.PairwiseSquaredDistances(particles, shape, distances);
        }
    }

    internal override void Bandwidth(DeviceBuffer distances, int particles, BandwidthRule rule, DeviceBuffer bandwidth)
    {
        using (EnterQueue())
        {
            _stein.Bandwidth(distances, particles, rule, bandwidth);
        }
    }

    internal override void SteinDirection(
        DeviceBuffer particles, DeviceBuffer gradients, ParticleShape shape, DeviceBuffer distances, DeviceBuffer bandwidth, SteinTerm term,
        DeviceBuffer direction)
    {
        using (EnterQueue())
        {
            _stein.Direction(particles, gradients, shape, distances, bandwidth, term, direction);
        }
    }

    internal override void AdamStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer firstMoment, DeviceBuffer secondMoment, ParticleShape shape, AdamStep step)
    {
        (Index3D grid, Index3D group) = Sizes.Elements(particles.Length);
        using (EnterQueue())
        {
            Kernels.Adam.Launch(grid, group, new AdamArguments
            {
                Particles = IlgpuBuffer.ViewOf(particles),
                Direction = IlgpuBuffer.ViewOf(direction),
                FirstMoment = IlgpuBuffer.ViewOf(firstMoment),
                SecondMoment = IlgpuBuffer.ViewOf(secondMoment),
                Beta1 = step.Beta1,
                Beta2 = step.Beta2,
                Epsilon = step.Epsilon,
                CorrectedStep = step.StepSize * step.FirstCorrection,
                SecondCorrection = step.SecondCorrection,
            });
        }
    }

    internal override void MomentumStep(
        DeviceBuffer particles, DeviceBuffer direction, DeviceBuffer velocity, ParticleShape shape, float stepSize, float momentum)
    {
        (Index3D grid, Index3D group) = Sizes.Elements(particles.Length);
        using (EnterQueue())
        {
            Kernels.Momentum.Launch(grid, group, new MomentumArguments
            {
                Particles = IlgpuBuffer.ViewOf(particles),
                Direction = IlgpuBuffer.ViewOf(direction),
                Velocity = IlgpuBuffer.ViewOf(velocity),
                StepSize = stepSize,
                Momentum = momentum,
            });
        }
    }

    internal override void ScaleInputWeights(DeviceBuffer particles, ParticleShape shape, RelevanceTerm term, DeviceBuffer scaled)
    {
        (Index3D grid, Index3D group) = Sizes.Elements(particles.Length);
        using (EnterQueue())
        {
            Kernels.ScaleInputWeights.Launch(grid, group, ScaleArguments(particles, scaled, shape, term));
        }
    }

    internal override void ScaleInputGradients(
        DeviceBuffer particles, DeviceBuffer scaled, ParticleShape shape, RelevanceTerm term, DeviceBuffer gradients)
    {
        (Index3D grid, Index3D group) = Sizes.Columns(shape.Particles, term.Inputs);
        using (EnterQueue())
        {
            Kernels.ScaleInputGradients.Launch(
                grid, group, ScaleArguments(particles, scaled, shape, term) with { Gradients = IlgpuBuffer.ViewOf(gradients) });
        }
    }

    internal override void AnchorGradient(
        DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, DeviceBuffer gradients)
    {
        (Index3D grid, Index3D group) = Sizes.Elements(particles.Length);
        using (EnterQueue())
        {
            Kernels.AnchorGradient.Launch(grid, group, new AnchorGradientArguments
            {
                Particles = IlgpuBuffer.ViewOf(particles),
                Anchors = IlgpuBuffer.ViewOf(anchors),
                Precisions = IlgpuBuffer.ViewOf(precisions),
                Gradients = IlgpuBuffer.ViewOf(gradients),
            });
        }
    }

    internal override void SolveOutputs(
        DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape, OutputSystem system, float gamma, DeviceBuffer sums)
    {
        using (EnterQueue())
        {
            Kernels.OutputSolve.Launch(new Index3D(shape.Particles, 1, 1), new Index3D(Sizes.Line, 1, 1), new OutputSolveArguments
            {
                Particles = IlgpuBuffer.ViewOf(particles),
                Anchors = IlgpuBuffer.ViewOf(anchors),
                Precisions = IlgpuBuffer.ViewOf(precisions),
                Sums = IlgpuBuffer.ViewOf(sums),
                ParticleStride = shape.Stride,
                SumsStride = system.Stride,
                WeightOffset = system.Layer.WeightOffset,
                Inputs = system.Inputs,
                Outputs = system.Outputs,
                Gamma = gamma,
                Damping = OutputSystem.Damping,
            });
        }
    }

    internal override void Moments(
        DeviceBuffer outputs, int particles, DeviceBuffer lower, DeviceBuffer upper, DeviceBuffer mean, DeviceBuffer variance)
    {
        (Index3D grid, Index3D group) = Sizes.Elements(mean.Length);
        using (EnterQueue())
        {
            Kernels.Moments.Launch(grid, group, new MomentsArguments
            {
                Outputs = IlgpuBuffer.ViewOf(outputs),
                Lower = IlgpuBuffer.ViewOf(lower),
                Upper = IlgpuBuffer.ViewOf(upper),
                Mean = IlgpuBuffer.ViewOf(mean),
                Variance = IlgpuBuffer.ViewOf(variance),
                Particles = particles,
            });
        }
    }

    internal override double[] SquaredLengths(DeviceBuffer values, ParticleShape shape)
    {
        using (EnterQueue())
        {
            return _evaluation.SquaredLengths(values, shape);
        }
    }

    internal override double[] AnchorDistances(DeviceBuffer particles, DeviceBuffer anchors, DeviceBuffer precisions, ParticleShape shape)
    {
        using (EnterQueue())
        {
            return _evaluation.AnchorDistances(particles, anchors, precisions, shape);
        }
    }

    internal override double DeviationProduct(DeviceBuffer particles, DeviceBuffer others, ParticleShape shape)
    {
        using (EnterQueue())
        {
            return _evaluation.DeviationProduct(particles, others, shape);
        }
    }

    internal override float[] Columns(DeviceBuffer values, ParticleShape shape, int offset, int count)
    {
        using var columns = new IlgpuBuffer(this, (long)shape.Particles * count);
        using (EnterQueue())
        {
            ArrayView<int> order = Scratch(ref _order, count).View.SubView(0, count);
            Upload([.. Enumerable.Range(offset, count)], order);
            Gather(values, shape.Stride, order, columns, count, shape.Particles, 0f);
        }

        return columns.ToArray();
    }

    internal override IReadOnlyList<KernelTime> TimeKernels(Action work)
    {
        using (EnterQueue())
        {
            Dictionary<string, (int Launches, double Seconds)> times = Target.Times = [];
            try
            {
                work();
            }
            finally
            {
                Target.Times = null;
            }

            return [.. times.Select(own => new KernelTime(own.Key, own.Value.Launches, own.Value.Seconds)).OrderByDescending(own => own.Seconds)];
        }
    }

    internal override Ceilings MeasureCeilings()
    {
        using (EnterQueue())
        {
            return new CeilingLaunches(this).Measure();
        }
    }

    /// <summary>Until the device has done all that was queued.</summary>
    public void Wait()
    {
        try
        {
            _accelerator.Synchronize();
        }
        catch (AcceleratorException exception)
        {
            throw IlgpuErrors.Lost(Name, exception);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        lock (_queue)
        {
            base.Dispose(disposing);
            IlgpuErrors.Release(_order);
            _stein.Dispose();
            _evaluation.Dispose();
            IlgpuErrors.Release(_accelerator);
            IlgpuErrors.Release(_context);
        }
    }

    private static InputScalesArguments ScaleArguments(DeviceBuffer particles, DeviceBuffer scaled, ParticleShape shape, RelevanceTerm term) => new()
    {
        Particles = IlgpuBuffer.ViewOf(particles),
        Scaled = IlgpuBuffer.ViewOf(scaled),
        Gradients = IlgpuBuffer.ViewOf(scaled),
        ParticleStride = shape.Stride,
        InputCount = term.Inputs,
        Units = term.Units,
        WeightOffset = term.WeightOffset,
        ScaleOffset = term.RelevanceOffset,
    };

    private void Gather(DeviceBuffer source, int sourceStride, ArrayView<int> order, DeviceBuffer destination, int stride, int columns, float empty)
    {
        if (columns == 0)
        {
            return;
        }

        (Index3D grid, Index3D group) = Sizes.Columns(columns, order.IntLength);
        Kernels.GatherRows.Launch(grid, group, new GatherRowsArguments
        {
            Source = IlgpuBuffer.ViewOf(source),
            Destination = IlgpuBuffer.ViewOf(destination),
            Order = order,
            SourceStride = sourceStride,
            DestinationStride = stride,
            Empty = empty,
        });
    }
}
