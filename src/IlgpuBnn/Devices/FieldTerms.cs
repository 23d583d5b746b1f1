namespace IlgpuBnn.Devices;

/// <summary>Units that are a field.</summary>
/// <param name="Units">Channels times positions.</param>
/// <param name="Channels">Values at a position.</param>
/// <param name="Positions">Rows times columns.</param>
/// <param name="ChannelsFirst">Whether a channel's positions are adjacent, as in data and targets; otherwise a position's channels, as in the workspace.</param>
internal readonly record struct FieldUnits(Units Units, int Channels, int Positions, bool ChannelsFirst)
{
    /// <summary>Units from a channel to the next.</summary>
    public int ChannelStep => ChannelsFirst ? Positions : 1;

    /// <summary>Units from a position to the next.</summary>
    public int PositionStep => ChannelsFirst ? 1 : Channels;
}

/// <summary>A convolution: weights [tap, input channel, filter], row-major, followed by biases [filter].</summary>
internal sealed record ConvolutionTerm(FieldUnits Inputs, FieldUnits Outputs, FieldMap Map, int WeightOffset)
{
    /// <summary>Inputs of a filter.</summary>
    public int FanIn => Map.Taps * Inputs.Channels;

    public int BiasOffset => WeightOffset + (FanIn * Outputs.Channels);

    /// <summary>Weights of a tap.</summary>
    public int TapWeights => Inputs.Channels * Outputs.Channels;
}

/// <summary>Means of each channel over positions: pooling, resizing, copies.</summary>
internal sealed record FieldMeanTerm(FieldUnits Inputs, FieldUnits Outputs, FieldMap Map);
