using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Gaussian log likelihood: outputs f become N/B gamma (y - f), 0 where y is missing; residuals are summed up.</summary>
/// <remarks>
/// A group takes one output of one particle over one chunk of rows: each thread every DimX-th quadruple, then a tree.
/// Grid: outputs x chunks x particles.
/// </remarks>
internal static class GaussianLikelihood
{
    public static void Run(GaussianLikelihoodArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int output = Grid.IdxX, chunk = Grid.IdxY, particle = Grid.IdxZ;
        float factor = g.Scale * Precision(g, particle, output);
        ArrayView<Float4> values = UnitRows.Of(g.Outputs, particle), targets = UnitRows.Of(g.Targets, particle);
        int start = chunk * g.ChunkRows, end = start + g.ChunkRows;
        end = end < g.Rows ? end : g.Rows;

        float squares = 0f, present = 0f;
        for (int row = start + Group.IdxX; row < end; row += Group.DimX)
        {
            int at = (output * g.Outputs.UnitStride) + row;
            Float4 y = targets[(output * g.Targets.UnitStride) + row];
            Float4 residual = Residual(y, values[at]);
            squares = Float4.AddProduct(squares, residual, residual);
            present += Present(y);
            values[at] = factor * residual;
        }

        squares = Groups.Sum(shared, squares);
        present = Groups.Sum(shared, present);
        if (Group.IdxX == 0)
        {
            int at = (((chunk * g.ParticleCount) + particle) * g.OutputCount) + output;
            g.ResidualSquares[at] = squares;
            g.PresentCounts[at] = present;
        }
    }

    /// <summary>y - f, 0 where y is missing.</summary>
    public static Float4 Residual(Float4 y, Float4 f) => Float4.Of(Residual(y.X, f.X), Residual(y.Y, f.Y), Residual(y.Z, f.Z), Residual(y.W, f.W));

    /// <summary>How many of four targets are not missing.</summary>
    public static float Present(Float4 y) => (Present(y.X) + Present(y.Y)) + (Present(y.Z) + Present(y.W));

    private static float Precision(GaussianLikelihoodArguments g, int particle, int output) => g.FixedUnitPrecision != 0
        ? 1f
        : XMath.Exp(g.Particles[(particle * (long)g.ParticleStride) + g.NoiseOffset + (g.NoiseCount == 1 ? 0 : output)]);

    private static float Residual(float y, float f) => KernelMath.IsNaN(y) ? 0f : y - f;

    private static float Present(float y) => KernelMath.IsNaN(y) ? 0f : 1f;
}

/// <summary>What <see cref="GaussianLikelihood"/> works on. Rows count Float4s.</summary>
internal struct GaussianLikelihoodArguments
{
    /// <summary>Outputs of the last layer, then the gradient with respect to them, [S, OutputCount, rows].</summary>
    public UnitRows Outputs;

    /// <summary>y [OutputCount, rows], or [S, OutputCount, rows] where each particle has its own; NaN where missing.</summary>
    public UnitRows Targets;

    /// <summary>theta [S, ParticleStride].</summary>
    public ArrayView<float> Particles;

    /// <summary>Partial sums of squared residuals, [chunks, S, OutputCount].</summary>
    public ArrayView<float> ResidualSquares;

    /// <summary>Partial counts of present targets, [chunks, S, OutputCount].</summary>
    public ArrayView<float> PresentCounts;

    public int ParticleCount;
    public int ParticleStride;
    public int OutputCount;
    public int NoiseOffset;

    /// <summary>1 (shared) or one per output.</summary>
    public int NoiseCount;

    public int Rows;
    public int ChunkRows;

    /// <summary>N/B.</summary>
    public float Scale;

    /// <summary>Not 0: gamma is 1.</summary>
    public int FixedUnitPrecision;
}
