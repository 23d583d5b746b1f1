namespace IlgpuBnn.Networks;

/// <summary>What a convolution reads and gives: channels on a grid.</summary>
/// <param name="Channels">Values at a position.</param>
/// <param name="Height">Rows; null for a line.</param>
/// <param name="Width">Columns, or positions of a line.</param>
internal readonly record struct FieldShape(int Channels, int? Height, int Width)
{
    public int Rows => Height ?? 1;

    public int Positions => Rows * Width;

    /// <summary>Saturated: a field too large for any network is refused where its units are counted.</summary>
    public int Count => (int)Math.Min((long)Channels * Math.Min((long)Rows * Width, int.MaxValue), int.MaxValue);

    public override string ToString() => FormattableString.Invariant($"{Channels} x {(Height is { } height ? $"{height} x " : "")}{Width}");
}
