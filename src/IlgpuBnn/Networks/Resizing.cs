namespace IlgpuBnn.Networks;

/// <summary>
/// A larger field, in which every position is repeated along each axis. With a convolution behind it, it takes the place of a transposed convolution, whose overlaps leave
/// chequered patterns.
/// </summary>
/// <param name="Factor">At least 1.</param>
public sealed record Resizing(int Factor) : Layer
{
    /// <exception cref="ArgumentException">There is no field before it, or the new one is too large.</exception>
    internal override BoundLayer Bind(LayerBuilder builder)
    {
        FieldShape field = builder.RequireField(this);
        builder.RequireRoom((long)field.Count * Factor * (field.Height is null ? 1 : Factor));
        return FieldMeans.Bind(builder, FieldAxis.OfCopies(field.Rows, field.Height is null ? 1 : Factor), FieldAxis.OfCopies(field.Width, Factor), field);
    }

    internal static Layer Parse(LayerWords words) => new Resizing(words.Whole("times", "resize(2)"));

    private protected override string Text => FormattableString.Invariant($"resize({Factor})");

    internal override IEnumerable<string> Problems() => OptionChecks.Problems((Factor is >= 1 and <= 1024, $"A field is made {Factor} times as large; it must be 1 to 1024."));
}
