using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>
/// Gradient of the log likelihood of classes. Bernoulli, each output by itself: outputs f become N/B |y| (1{y > 0} - 1 / (1 + exp(-f))), where the sign of y says which of
/// two classes and its size is the row's weight. Categorical, the outputs of a row together: they become N/B (y - w p), p = exp(f) / sum of exp(f), w = sum of y. 0 where y
/// is missing.
/// </summary>
/// <remarks>
/// A group takes one particle over one chunk of rows: each thread every DimX-th Float4 of rows and all their outputs, then a tree for minus the log likelihood.
/// Grid: chunks x particles.
/// </remarks>
internal static class ClassLikelihood
{
    /// <summary>Bernoulli in the library's enumeration; the categorical one is the next.</summary>
    public const int Bernoulli = 2;

    public static void Run(LikelihoodArguments g)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(Groups.Line);
        int chunk = Grid.IdxX, particle = Grid.IdxY;
        ArrayView<Float4> values = UnitRows.Of(g.Outputs, particle), targets = UnitRows.Of(g.Targets, particle);
        int start = chunk * g.ChunkRows, end = start + g.ChunkRows;
        end = end < g.Rows ? end : g.Rows;

        float logTerms = 0f;
        for (int row = start + Group.IdxX; row < end; row += Group.DimX)
            logTerms += Gradient(values, row, g.Outputs.UnitStride, targets, row, g.Targets.UnitStride, g.OutputCount, g.Kind, g.Scale);
        logTerms = Groups.Sum(shared, logTerms);
        for (int output = Group.IdxX; output < g.OutputCount; output += Group.DimX)
        {
            int at = (((chunk * g.ParticleCount) + particle) * g.OutputCount) + output;
            g.ResidualSquares[at] = 0f;
            g.PresentCounts[at] = 0f;
            g.LogTerms[at] = output == 0 ? logTerms : 0f;
        }
    }

    /// <summary>Of four rows: replaces their outputs, and returns minus the log likelihood without its scale.</summary>
    /// <param name="at">Of the first output; the next is a stride further on.</param>
    /// <param name="from">Of the first target.</param>
    public static float Gradient(
        ArrayView<Float4> outputs, int at, int outputStride, ArrayView<Float4> targets, int from, int targetStride, int count, int kind, float scale) =>
        kind == Bernoulli
            ? OfEach(outputs, at, outputStride, targets, from, targetStride, count, scale)
            : OfAll(outputs, at, outputStride, targets, from, targetStride, count, scale);

    private static float OfEach(ArrayView<Float4> outputs, int at, int outputStride, ArrayView<Float4> targets, int from, int targetStride, int count, float scale)
    {
        float logTerms = 0f;
        for (int o = 0; o < count; o++, at += outputStride, from += targetStride)
        {
            Float4 y = targets[from], f = outputs[at];
            logTerms += (Wrong(y.X, f.X) + Wrong(y.Y, f.Y)) + (Wrong(y.Z, f.Z) + Wrong(y.W, f.W));
            outputs[at] = scale * Float4.Of(Residual(y.X, f.X), Residual(y.Y, f.Y), Residual(y.Z, f.Z), Residual(y.W, f.W));
        }

        return logTerms;
    }

    private static float OfAll(ArrayView<Float4> outputs, int at, int outputStride, ArrayView<Float4> targets, int from, int targetStride, int count, float scale)
    {
        Float4 highest = outputs[at], weight = targets[from];
        for (int o = 1; o < count; o++)
        {
            highest = Max(highest, outputs[at + (o * outputStride)]);
            weight += targets[from + (o * targetStride)];
        }

        Float4 sum = default;
        float logTerms = 0f;
        for (int o = 0; o < count; o++)
        {
            Float4 below = outputs[at + (o * outputStride)] - highest, exponential = Exp(below);
            logTerms -= Float4.AddProduct(0f, WherePresent(targets[from + (o * targetStride)], weight), below);
            sum += exponential;
            outputs[at + (o * outputStride)] = exponential;
        }

        Float4 own = WherePresent(weight, weight), share = Float4.Of(own.X / sum.X, own.Y / sum.Y, own.Z / sum.Z, own.W / sum.W);
        for (int o = 0; o < count; o++)
            outputs[at + (o * outputStride)] = scale * (WherePresent(targets[from + (o * targetStride)], weight) - (share * outputs[at + (o * outputStride)]));
        Float4 logs = Float4.Of(KernelMath.Log(sum.X), KernelMath.Log(sum.Y), KernelMath.Log(sum.Z), KernelMath.Log(sum.W));
        return Float4.AddProduct(logTerms, own, logs);
    }

    /// <summary>|y| (1{y > 0} - 1 / (1 + exp(-f))).</summary>
    private static float Residual(float y, float f)
    {
        float signed = KernelMath.IsNaN(y) ? 0f : y, weight = signed < 0f ? -signed : signed;
        return weight * ((signed > 0f ? 1f : 0f) - KernelMath.Sigmoid(f));
    }

    /// <summary>-|y| ln p = |y| (max(z, 0) + ln(1 + exp(-|z|))), z the output of the wrong class.</summary>
    private static float Wrong(float y, float f)
    {
        float signed = KernelMath.IsNaN(y) ? 0f : y, weight = signed < 0f ? -signed : signed, z = signed > 0f ? -f : f;
        return weight * ((z > 0f ? z : 0f) + KernelMath.Log(1f + XMath.Exp(z > 0f ? -z : z)));
    }

    private static Float4 Exp(Float4 x) => Float4.Of(XMath.Exp(x.X), XMath.Exp(x.Y), XMath.Exp(x.Z), XMath.Exp(x.W));

    private static Float4 Max(Float4 a, Float4 b) => Float4.Of(Max(a.X, b.X), Max(a.Y, b.Y), Max(a.Z, b.Z), Max(a.W, b.W));

    // NaN where b is NaN.
    private static float Max(float a, float b) => a > b ? a : b;

    /// <summary>0 in a row with a missing target, whose sum is NaN.</summary>
    private static Float4 WherePresent(Float4 y, Float4 sum) => Float4.Of(
        KernelMath.IsNaN(sum.X) ? 0f : y.X, KernelMath.IsNaN(sum.Y) ? 0f : y.Y, KernelMath.IsNaN(sum.Z) ? 0f : y.Z, KernelMath.IsNaN(sum.W) ? 0f : y.W);
}
