using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>
/// Gradient of the log likelihood: outputs f become N/B gamma w (y - f), 0 where y is missing; residuals are summed. w is 1 for Gaussian noise, for
/// Student's t with nu degrees of freedom (nu + 1) / (nu + gamma (y - f)^2), which downweights outliers.
/// </summary>
/// <remarks>
/// A group takes one output of one particle over one chunk of rows: each thread every DimX-th Float4, then a tree.
/// Grid: outputs x chunks x particles.
/// </remarks>
internal static class Likelihood
{
    /// <summary>Student's t in the library's enumeration; Gaussian noise is 0.</summary>
    public const int StudentT = 1;

    public static void Run(LikelihoodArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int output = Grid.IdxX, chunk = Grid.IdxY, particle = Grid.IdxZ;
        float gamma = Precision(g, particle, output), factor = g.Scale * gamma;
        ArrayView<Float4> values = UnitRows.Of(g.Outputs, particle), targets = UnitRows.Of(g.Targets, particle);
        int start = chunk * g.ChunkRows, end = start + g.ChunkRows;
        end = end < g.Rows ? end : g.Rows;

        float squares = 0f, present = 0f, logTerms = 0f;
        for (int row = start + Group.IdxX; row < end; row += Group.DimX)
        {
            int at = (output * g.Outputs.UnitStride) + row;
            Float4 y = targets[(output * g.Targets.UnitStride) + row];
            Float4 residual = Residual(y, values[at]);
            Float4 weighted = residual;
            if (g.Kind == StudentT)
            {
                weighted = Weighted(residual, gamma, g.DegreesOfFreedom);
                logTerms += LogTerms(residual, gamma, g.DegreesOfFreedom);
            }

            squares = Float4.AddProduct(squares, weighted, residual);
            present += Present(y);
            values[at] = factor * weighted;
        }

        squares = Groups.Sum(shared, squares);
        present = Groups.Sum(shared, present);
        logTerms = Groups.Sum(shared, logTerms);
        if (Group.IdxX == 0)
        {
            int at = (((chunk * g.ParticleCount) + particle) * g.OutputCount) + output;
            g.ResidualSquares[at] = squares;
            g.PresentCounts[at] = present;
            g.LogTerms[at] = logTerms;
        }
    }

    /// <summary>y - f, 0 where y is missing.</summary>
    public static Float4 Residual(Float4 y, Float4 f) => Float4.Of(Residual(y.X, f.X), Residual(y.Y, f.Y), Residual(y.Z, f.Z), Residual(y.W, f.W));

    /// <summary>Number of present targets of four.</summary>
    public static float Present(Float4 y) => (Present(y.X) + Present(y.Y)) + (Present(y.Z) + Present(y.W));

    /// <summary>Residuals times Student's weight (nu + 1) / (nu + gamma r^2).</summary>
    public static Float4 Weighted(Float4 r, float gamma, float degrees) => Float4.Of(
        Weighted(r.X, gamma, degrees), Weighted(r.Y, gamma, degrees), Weighted(r.Z, gamma, degrees), Weighted(r.W, gamma, degrees));

    /// <summary>Sum of ln(1 + gamma r^2 / nu).</summary>
    public static float LogTerms(Float4 r, float gamma, float degrees) =>
        (TailLog(r.X, gamma, degrees) + TailLog(r.Y, gamma, degrees)) + (TailLog(r.Z, gamma, degrees) + TailLog(r.W, gamma, degrees));

    private static float Weighted(float r, float gamma, float degrees) => r * (degrees + 1f) / (degrees + (gamma * r * r));

    private static float TailLog(float r, float gamma, float degrees) => KernelMath.Log(1f + (gamma * r * r / degrees));

    private static float Precision(LikelihoodArguments g, int particle, int output) => g.FixedPrecision != 0f
        ? g.FixedPrecision
        : XMath.Exp(g.Particles[(particle * (long)g.ParticleStride) + g.NoiseOffset + (g.NoiseCount == 1 ? 0 : output)]);

    private static float Residual(float y, float f) => KernelMath.IsNaN(y) ? 0f : y - f;

    private static float Present(float y) => KernelMath.IsNaN(y) ? 0f : 1f;
}

/// <summary>Arguments of <see cref="Likelihood"/> and <see cref="ClassLikelihood"/>. Rows in Float4s.</summary>
/// <remarks>
/// Outputs: of the last layer, replaced by their gradient, [S, OutputCount, rows]. Targets: [OutputCount, rows], or [S, OutputCount, rows] if each particle
/// has its own; NaN where missing. Particles: theta [S, ParticleStride]. Partial sums, [chunks, S, OutputCount]: ResidualSquares, times their weights;
/// PresentCounts, of present targets; LogTerms, of ln(1 + gamma (y - f)^2 / nu), 0 for Gaussian noise. Of classes: 0, 0, and minus the log likelihood of all outputs
/// in the first. NoiseCount: 1 (shared) or one per output. Scale: N/B. Kind: 0 for Gaussian noise, <see cref="Likelihood.StudentT"/>,
/// <see cref="ClassLikelihood.Bernoulli"/>, or the next for categorical classes. FixedPrecision: gamma; 0 if particles learn it. DegreesOfFreedom: nu.
/// </remarks>
internal struct LikelihoodArguments
{
    public UnitRows Outputs;
    public UnitRows Targets;
    public ArrayView<float> Particles;
    public ArrayView<float> ResidualSquares;
    public ArrayView<float> PresentCounts;
    public ArrayView<float> LogTerms;
    public int ParticleCount;
    public int ParticleStride;
    public int OutputCount;
    public int NoiseOffset;
    public int NoiseCount;
    public int Rows;
    public int ChunkRows;
    public float Scale;
    public int Kind;
    public float FixedPrecision;
    public float DegreesOfFreedom;
}
