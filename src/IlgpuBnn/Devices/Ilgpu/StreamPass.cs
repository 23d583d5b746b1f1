using ILGPU;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>One network of all particles over the points of a term, with its derivatives by inputs, and back.</summary>
/// <param name="quads">Rows in Float4s, of one stream.</param>
internal sealed class StreamPass(IlgpuDevice device, StreamNetwork network, ParticleShape particles, StreamPlan plan, ArrayView<int> pairs, int quads, int chunks)
{
    // Rows of all streams.
    private readonly int _rows = plan.Count * quads;

    public required ArrayView<float> Theta { get; init; }

    /// <summary>[chunk, S, stride].</summary>
    public required ArrayView<float> Partials { get; init; }

    /// <summary>[input, stream, row], shared.</summary>
    public required UnitRows Inputs { get; init; }

    /// <summary>Of layers before their activations.</summary>
    public required UnitRows Sums { get; init; }

    public required UnitRows Values { get; init; }

    /// <summary>Of the outputs when <see cref="Backward"/> begins.</summary>
    public required UnitRows Adjoints { get; init; }

    public void Forward()
    {
        foreach (StreamLayer layer in network.Layers)
        {
            if (layer.Copy is { } copy)
            {
                (Index3D grid, Index3D group) = device.Sizes.Columns(network.Inputs, _rows, particles.Particles);
                device.Kernels.CopyUnits.Launch(grid, group, new CopyUnitsArguments { From = Inputs, To = At(Values, copy.Slot), Rows = _rows, Scale = copy.Scale });
            }

            if (layer.Dense is { } dense)
            {
                Products(dense);
                Activate(device.Kernels.StreamActivation, dense.Outputs, Values);
            }
        }
    }

    public void Backward()
    {
        for (int l = network.Layers.Count - 1; l >= 0; l--)
        {
            if (network.Layers[l] is not { Dense: { } dense, IsTrained: true })
            {
                continue;
            }

            Activate(device.Kernels.StreamActivationBackward, dense.Outputs, Adjoints);
            BackwardWeights(dense);
            if (dense.Inputs.GradientCount > 0)
            {
                BackwardInputs(dense);
            }
        }
    }

    private static UnitRows At(UnitRows rows, int slot) => rows with { Offset = rows.Offset + ((long)slot * rows.UnitStride) };

    private UnitRows InputsOf(in DenseTerm dense) => dense.Inputs.IsData ? Inputs : At(Values, dense.Inputs.Slot);

    private void Products(in DenseTerm dense)
    {
        int outputs = dense.Outputs.Count;
        Index3D group = device.Sizes.Tile(_rows, LaunchSizes.Ceiling(outputs, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(_rows, group.X), LaunchSizes.Ceiling(outputs, 4 * group.Y), particles.Particles);
        UnitRows sums = At(Sums, dense.Outputs.Slot);
        device.Kernels.DenseForward.Launch(grid, group, new DenseForwardArguments
        {
            Inputs = InputsOf(dense),
            Particles = Theta,
            Outputs = sums,
            Derivatives = sums,
            ParticleStride = particles.Stride,
            WeightOffset = dense.WeightOffset,
            InputCount = dense.Inputs.Count,
            OutputCount = outputs,
            Rows = _rows,
            BiasRows = quads,
            Activation = (int)Activation.Identity,
        });
    }

    private void Activate(GpuKernel<StreamActivationArguments> kernel, Units units, UnitRows values)
    {
        (Index3D grid, Index3D group) = device.Sizes.Columns(units.OwnCount, quads, particles.Particles);
        kernel.Launch(grid, group, new StreamActivationArguments
        {
            Sums = At(Sums, units.Slot),
            Values = At(values, units.Slot),
            PairTable = pairs,
            Firsts = plan.Directions.Length,
            Pairs = plan.Pairs.Length,
            Rows = quads,
            Activation = (int)units.Activation,
        });
    }

    private void BackwardWeights(in DenseTerm dense)
    {
        int inputs = dense.Inputs.Count, outputs = dense.Outputs.Count;
        Index3D group = device.Sizes.Tile(LaunchSizes.Ceiling(outputs, 4), LaunchSizes.Ceiling(inputs + 1, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(outputs, 4 * group.X), LaunchSizes.Ceiling(inputs + 1, 4 * group.Y), particles.Particles * chunks);
        device.Kernels.DenseBackwardWeights.Launch(grid, group, new DenseBackwardWeightsArguments
        {
            Inputs = InputsOf(dense),
            OutputGradients = At(Adjoints, dense.Outputs.Slot),
            Partials = Partials,
            Particles = particles.Particles,
            ParticleStride = particles.Stride,
            WeightOffset = dense.WeightOffset,
            InputCount = inputs,
            OutputCount = outputs,
            Rows = _rows,
            BiasRows = quads,
            Chunks = chunks,
            ChunkRows = LaunchSizes.Ceiling(LaunchSizes.Ceiling(_rows, chunks), NetworkTile.Quads) * NetworkTile.Quads,
        });
    }

    private void BackwardInputs(in DenseTerm dense)
    {
        int inputs = dense.Inputs.GradientCount;
        Index3D group = device.Sizes.Tile(_rows, LaunchSizes.Ceiling(inputs, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(_rows, group.X), LaunchSizes.Ceiling(inputs, 4 * group.Y), particles.Particles);
        UnitRows before = At(Adjoints, dense.Inputs.Slot);
        device.Kernels.DenseBackwardInputs.Launch(grid, group, new DenseBackwardInputsArguments
        {
            OutputGradients = At(Adjoints, dense.Outputs.Slot),
            Particles = Theta,
            Before = before,
            Derivatives = before,
            ParticleStride = particles.Stride,
            WeightOffset = dense.WeightOffset,
            InputCount = inputs,
            OutputCount = dense.Outputs.Count,
            Rows = _rows,
            Activation = (int)Activation.Identity,
        });
    }
}
