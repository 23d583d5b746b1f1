using ILGPU;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

internal sealed partial class IlgpuBlock
{
    private readonly Dictionary<FieldMap, FieldTables> _tables = [];

    public override void ConvolutionForward(ConvolutionTerm convolution)
    {
        (FieldMap map, int filters) = (convolution.Map, convolution.Outputs.Channels);
        (Index3D grid, Index3D group) = FieldTiles(map.Outputs, filters);
        device.Kernels.ConvolutionForward.Launch(grid, group, new ConvolutionForwardArguments
        {
            Inputs = RowsOf(convolution.Inputs),
            Particles = Theta,
            Outputs = RowsOf(convolution.Outputs),
            Derivatives = DerivativesOf(convolution.Outputs.Units),
            Table = TablesOf(map).Reads,
            ParticleStride = shape.Stride,
            WeightOffset = convolution.WeightOffset,
            Taps = map.Taps,
            Channels = convolution.Inputs.Channels,
            Filters = filters,
            Positions = map.Outputs,
            Rows = _quads,
            Activation = (int)convolution.Outputs.Units.Activation,
        });
    }

    public override void ConvolutionBackward(ConvolutionTerm convolution)
    {
        BackwardWeights(convolution);
        if (convolution.Inputs.Units.GradientCount > 0)
        {
            BackwardInputs(convolution);
        }
    }

    public override void FieldMean(FieldMeanTerm mean)
    {
        FieldTables tables = TablesOf(mean.Map);
        (Index3D grid, Index3D group) = device.Sizes.Elements((long)_quads * mean.Outputs.Units.Count, _particles);
        device.Kernels.FieldMean.Launch(grid, group, new FieldMeanArguments
        {
            Inputs = RowsOf(mean.Inputs),
            Outputs = RowsOf(mean.Outputs),
            Derivatives = RowsOf(mean.Inputs).Units,
            Starts = tables.OutputStarts,
            Pairs = tables.OutputPairs,
            MeanStarts = tables.OutputStarts,
            Channels = mean.Inputs.Channels,
            Positions = mean.Map.Outputs,
            Rows = _quads,
        });
    }

    public override void FieldMeanBackward(FieldMeanTerm mean)
    {
        if (mean.Inputs.Units.GradientCount == 0)
        {
            return;
        }

        FieldTables tables = TablesOf(mean.Map);
        (Index3D grid, Index3D group) = device.Sizes.Elements((long)_quads * mean.Inputs.Units.Count, _particles);
        device.Kernels.FieldMeanBackward.Launch(grid, group, new FieldMeanArguments
        {
            Inputs = RowsOf(mean.Inputs),
            Outputs = RowsOf(mean.Outputs),
            Derivatives = DerivativesOf(mean.Inputs.Units),
            Starts = tables.InputStarts,
            Pairs = tables.InputPairs,
            MeanStarts = tables.OutputStarts,
            Channels = mean.Inputs.Channels,
            Positions = mean.Map.Inputs,
            Rows = _quads,
            Activation = (int)mean.Inputs.Units.Activation,
        });
    }

    private void BackwardWeights(ConvolutionTerm convolution)
    {
        int inputs = convolution.FanIn, filters = convolution.Outputs.Channels;
        Index3D group = device.Sizes.Tile(LaunchSizes.Ceiling(filters, 4), LaunchSizes.Ceiling(inputs + 1, 4));
        var grid = new Index3D(LaunchSizes.Ceiling(filters, 4 * group.X), LaunchSizes.Ceiling(inputs + 1, 4 * group.Y), _particles * Scratch.Chunks);
        device.Kernels.ConvolutionBackwardWeights.Launch(grid, group, new ConvolutionBackwardWeightsArguments
        {
            Inputs = RowsOf(convolution.Inputs),
            OutputGradients = RowsOf(convolution.Outputs),
            Partials = Scratch.Partials,
            Table = TablesOf(convolution.Map).Reads,
            Particles = _particles,
            ParticleStride = shape.Stride,
            WeightOffset = convolution.WeightOffset,
            Taps = convolution.Map.Taps,
            Channels = convolution.Inputs.Channels,
            Filters = filters,
            Positions = convolution.Map.Outputs,
            Rows = _quads,
            Chunks = Scratch.Chunks,
            ChunkRows = ChunkRows,
        });
    }

    private void BackwardInputs(ConvolutionTerm convolution)
    {
        FieldTables tables = TablesOf(convolution.Map);
        int channels = convolution.Inputs.Channels;
        (Index3D grid, Index3D group) = FieldTiles(convolution.Map.Inputs, channels);
        device.Kernels.ConvolutionBackwardInputs.Launch(grid, group, new ConvolutionBackwardInputsArguments
        {
            OutputGradients = RowsOf(convolution.Outputs),
            Particles = Theta,
            Before = RowsOf(convolution.Inputs),
            Derivatives = DerivativesOf(convolution.Inputs.Units),
            Table = tables.Readers,
            ParticleStride = shape.Stride,
            WeightOffset = convolution.WeightOffset,
            Taps = convolution.Map.Taps,
            Links = tables.Links,
            Channels = channels,
            Filters = convolution.Outputs.Channels,
            Positions = convolution.Map.Inputs,
            Rows = _quads,
            Activation = (int)convolution.Inputs.Units.Activation,
        });
    }

    private (Index3D Grid, Index3D Group) FieldTiles(int positions, int channels)
    {
        int columns = checked(positions * _quads);
        Index3D group = device.Sizes.Tile(columns, LaunchSizes.Ceiling(channels, 4));
        return (new Index3D(LaunchSizes.Ceiling(columns, group.X), LaunchSizes.Ceiling(channels, 4 * group.Y), _particles), group);
    }

    private FieldTables TablesOf(FieldMap map)
    {
        if (!_tables.TryGetValue(map, out FieldTables? tables))
        {
            _tables[map] = tables = new FieldTables(device, map);
        }

        return tables;
    }

    private FieldRows RowsOf(in FieldUnits field) => new()
    {
        Units = field.Units.IsData ? _inputs : Slot(field.Units.Slot),
        ChannelStep = field.ChannelStep,
        PositionStep = field.PositionStep,
    };
}
