namespace IlgpuBnn.Networks;

/// <summary>Average pooling: means over windows side by side. Where the size does not divide a field's, the last windows are smaller.</summary>
/// <param name="Size">Positions of a window along each axis, at least 1, and no more than the field has.</param>
public sealed record Pooling(int Size) : Layer
{
    /// <exception cref="ArgumentException">There is no field before it, or a smaller one.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        FieldShape field = builder.RequireField(this);
        if (field.Width < Size || field.Height < Size)
        {
            throw new ArgumentException($"{this} has windows larger than the field of {field} before it. Use smaller ones, or remove the layer.");
        }

        return FieldMeans.Bind(builder, FieldAxis.OfWindows(field.Rows, field.Height is null ? 1 : Size), FieldAxis.OfWindows(field.Width, Size), field);
    }

    internal static Layer Parse(LayerWords words) => new Pooling(words.Whole("positions", "pool(2)"));

    private protected override string Text => FormattableString.Invariant($"pool({Size})");

    internal override IEnumerable<string> Problems() => OptionChecks.Problems((Size >= 1, $"A window has {Size} positions; it needs at least 1."));
}
