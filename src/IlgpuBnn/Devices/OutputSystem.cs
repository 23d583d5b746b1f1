namespace IlgpuBnn.Devices;

/// <summary>
/// Least squares of the output layer, for each particle: with its other weights given, the log density is quadratic in these. [S, <see cref="Stride"/>]: sums over the rows
/// with a target of (h, 1) h^T, [K + 1, K], of (h, 1) d^T, [K + 1, O], and their number; h are the layer's inputs and d the gradients of its outputs.
/// </summary>
/// <param name="Layer">With K inputs in the workspace, and O outputs.</param>
internal readonly record struct OutputSystem(DenseTerm Layer)
{
    /// <summary>
    /// Share of the matrix's trace that is added to its diagonal: above the rounding of single precision, which could turn steps around where inputs hardly differ. The
    /// steps are then a little short there, and the next iteration makes up for it.
    /// </summary>
    public const float Damping = 1e-6f;

    /// <summary>K.</summary>
    public int Inputs => Layer.Inputs.Count;

    /// <summary>O.</summary>
    public int Outputs => Layer.Outputs.Count;

    /// <summary>K + 1, the bias being the last.</summary>
    public int Unknowns => Inputs + 1;

    public int GradientOffset => Unknowns * Inputs;

    public int CountOffset => Unknowns * (Inputs + Outputs);

    public int Stride => Alignment.Pad(CountOffset + 1);
}
