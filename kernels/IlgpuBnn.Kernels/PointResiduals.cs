using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>A residual at a point, which a user's code computes: the compiler puts it into the kernel.</summary>
internal interface IPointResidual
{
    /// <summary>Value and derivative by the number whose tangent is 1.</summary>
    /// <param name="places">Where a field's streams stand.</param>
    /// <param name="coordinates">Of the point.</param>
    /// <param name="streams">Of the point, then one number that is none; <see cref="ResidualSizes.Stride"/> apart.</param>
    /// <param name="unknowns">As far apart.</param>
    static abstract KernelDual At(ref int places, ref double coordinates, ref KernelDual streams, ref KernelDual unknowns, ResidualSizes sizes);
}

/// <summary>
/// Residuals e of an equation at points, and the gradient of -(e / sd)^2 / 2 by the networks' outputs with their derivatives, and by unknown numbers: forward-mode
/// differentiation by dual numbers, one number after the other.
/// </summary>
/// <remarks>
/// A thread takes one point of one particle. It scales the streams of the networks' outputs to raw units (of fields with a form, their linear map), and keeps them as dual
/// numbers in global memory, one evaluation for each of them; the code of the equation is in the kernel once. Grid: groups of points x particles.
/// </remarks>
internal static class PointResiduals
{
    public static void Run<TResidual>(PointResidualArguments g)
        where TResidual : struct, IPointResidual
    {
        int row = (Grid.IdxX * Group.DimX) + Group.IdxX, particle = Grid.IdxY;
        if (row >= g.Rows)
            return;
        int numbers = g.Sizes.Streams + 1 + g.Sizes.Unknowns, rows = g.Sizes.Stride;
        long own = (particle * (long)numbers * rows) + row;
        ArrayView<float> outputs = g.Outputs.SubView(particle * g.OutputStride, g.OutputStride), adjoints = g.Adjoints.SubView(particle * g.OutputStride, g.OutputStride);
        for (int k = 0; k < g.Sizes.Streams; k++)
            g.Numbers[own + ((long)k * rows)] = KernelDual.Of(FieldStream(g, outputs, k, row), 0f);
        g.Numbers[own + ((long)g.Sizes.Streams * rows)] = KernelDual.Of(KernelMath.NotANumber(), 0f);
        ReadUnknowns(g, own, particle);

        float inverse = g.InverseDeviations[(particle * g.Terms) + g.Term], factor = 0f;
        for (int k = -1; k < numbers; k++)
        {
            // The number that is none has no derivative; before the first, the residual alone.
            if (k == g.Sizes.Streams)
                continue;
            long at = own + ((long)k * rows);
            float value = 0f;
            if (k >= 0)
            {
                value = g.Numbers[at].Value;
                g.Numbers[at] = KernelDual.Of(value, 1f);
            }

            KernelDual residual = TResidual.At(
                ref g.Places[0], ref g.Coordinates[row * g.Sizes.Inputs], ref g.Numbers[own], ref g.Numbers[own + ((g.Sizes.Streams + 1L) * rows)], g.Sizes);
            if (k < 0)
            {
                factor = StoreSquare(g, residual.Value, inverse, particle, row);
                continue;
            }

            g.Numbers[at] = KernelDual.Of(value, 0f);
            float slope = row < g.Points ? factor * inverse * residual.Tangent : 0f;
            if (k < g.Sizes.Streams)
                g.Slopes[own + ((long)k * rows)] = slope * g.Streams[(k * ResidualStream.Floats) + ResidualStream.Scale];
            else
                StoreUnknown(g, k - g.Sizes.Streams - 1, slope, value, particle, row);
        }

        for (int k = 0; k < g.Sizes.Streams; k++)
            adjoints[g.StreamPlaces[k * ResidualStream.Ints] + row] = Adjoint(g, k, own, row);
    }

    /// <summary>A stream of a field in raw units, but for the exponential of positive ones.</summary>
    private static float FieldStream(PointResidualArguments g, ArrayView<float> outputs, int k, int row)
    {
        int map = g.StreamPlaces[(k * ResidualStream.Ints) + ResidualStream.Map];
        if (map < 0)
            return RawStream(g, outputs, k, row);
        int first = g.StreamPlaces[(k * ResidualStream.Ints) + ResidualStream.First], count = g.StreamPlaces[(k * ResidualStream.Ints) + ResidualStream.Count];
        int at = (map * g.Sizes.Stride) + row;
        float sum = g.Maps[at];
        for (int l = 0; l < count; l++)
            sum += g.Maps[at + ((1 + l) * g.Sizes.Stride)] * RawStream(g, outputs, first + l, row);
        return sum;
    }

    private static float RawStream(PointResidualArguments g, ArrayView<float> outputs, int k, int row) =>
        g.Streams[(k * ResidualStream.Floats) + ResidualStream.Centre]
            + (g.Streams[(k * ResidualStream.Floats) + ResidualStream.Scale] * outputs[g.StreamPlaces[k * ResidualStream.Ints] + row]);

    /// <summary>Gradient by a stream of a network's output, from those by the field's.</summary>
    private static float Adjoint(PointResidualArguments g, int k, long own, int row)
    {
        int map = g.StreamPlaces[(k * ResidualStream.Ints) + ResidualStream.Map];
        if (map < 0)
            return g.Slopes[own + ((long)k * g.Sizes.Stride)];

        // A column of the map: its first stream's line is as many entries before this one's as there are streams between.
        int first = g.StreamPlaces[(k * ResidualStream.Ints) + ResidualStream.First], count = g.StreamPlaces[(k * ResidualStream.Ints) + ResidualStream.Count];
        int top = map - ((k - first) * (count + 1));
        float sum = 0f;
        for (int l = 0; l < count; l++)
            sum += g.Maps[((top + (l * (count + 1)) + 1 + k - first) * g.Sizes.Stride) + row] * g.Slopes[own + ((long)(first + l) * g.Sizes.Stride)];
        return row < g.Points ? sum : 0f;
    }

    /// <summary>Unknown numbers in raw units.</summary>
    private static void ReadUnknowns(PointResidualArguments g, long own, int particle)
    {
        for (int u = 0; u < g.Sizes.Unknowns; u++)
        {
            float parameter = g.Particles[(particle * (long)g.ParticleStride) + g.UnknownOffset + u];
            float centre = g.Unknowns[u * UnknownNumber.Floats], scale = g.Unknowns[(u * UnknownNumber.Floats) + UnknownNumber.Scale];
            float value = g.Unknowns[(u * UnknownNumber.Floats) + UnknownNumber.IsPositive] != 0f ? centre * XMath.Exp(scale * parameter) : centre + (scale * parameter);
            g.Numbers[own + ((g.Sizes.Streams + 1L + u) * g.Sizes.Stride)] = KernelDual.Of(value, 0f);
        }
    }

    /// <returns>The gradient by the residual over its standard deviation.</returns>
    private static float StoreSquare(PointResidualArguments g, float residual, float inverse, int particle, int row)
    {
        float target = g.HasTargets != 0 && row < g.Points ? g.Targets[(particle * (long)g.Sizes.Stride) + row] : 0f;
        float scaled = row < g.Points ? (residual - target) * inverse : 0f;
        g.Sums[(particle * (long)(1 + g.Sizes.Unknowns) * g.Sizes.Stride) + row] = scaled * scaled;
        return -scaled;
    }

    private static void StoreUnknown(PointResidualArguments g, int unknown, float slope, float value, int particle, int row)
    {
        float scale = g.Unknowns[(unknown * UnknownNumber.Floats) + UnknownNumber.Scale];
        float by = g.Unknowns[(unknown * UnknownNumber.Floats) + UnknownNumber.IsPositive] != 0f ? scale * value : scale;
        g.Sums[(((particle * (1L + g.Sizes.Unknowns)) + 1 + unknown) * g.Sizes.Stride) + row] = slope * by;
    }
}

/// <summary>Counts of what a residual reads.</summary>
internal struct ResidualSizes
{
    public int Fields;
    public int Inputs;
    public int Streams;
    public int Unknowns;

    /// <summary>From a stream to the next: rows of the term, padded.</summary>
    public int Stride;

    /// <summary>Of an observation, the field.</summary>
    public int Field;
}

/// <summary>A stream in the tables of <see cref="PointResiduals"/>.</summary>
internal static class ResidualStream
{
    /// <summary>Ints: where its rows begin among a particle's outputs; then these.</summary>
    public const int Ints = 4;

    /// <summary>Its line of the form's map, in entries; -1 for none.</summary>
    public const int Map = 1;

    /// <summary>First stream of the field.</summary>
    public const int First = 2;

    /// <summary>Streams of the field.</summary>
    public const int Count = 3;

    /// <summary>Floats: a constant and a factor.</summary>
    public const int Floats = 2;

    public const int Centre = 0;

    public const int Scale = 1;
}

/// <summary>An unknown number in the table of <see cref="PointResiduals"/>: its centre, then these.</summary>
internal static class UnknownNumber
{
    public const int Floats = 3;

    public const int Scale = 1;

    public const int IsPositive = 2;
}

/// <summary>Arguments of <see cref="PointResiduals"/>. Rows are single ones, padded to 16; of them Points are points.</summary>
/// <remarks>
/// Outputs, Adjoints: [S, OutputStride], where each stream has its rows at a place of its own. Particles: theta [S, ParticleStride], from UnknownOffset on the unknown numbers,
/// standardised. Coordinates: [rows, inputs], raw. Places: as the residual understands them. StreamPlaces, Streams: [streams, see <see cref="ResidualStream"/>].
/// Unknowns: [unknowns, see <see cref="UnknownNumber"/>]. Maps: [entries, rows]. Targets: [S, rows] if HasTargets. InverseDeviations: [S, Terms]. Numbers: scratch,
/// [S, streams + 1 + unknowns, rows]; Slopes: the same. Sums: squares and gradients by unknowns of each row, [S, 1 + unknowns, rows].
/// </remarks>
internal struct PointResidualArguments
{
    public ArrayView<float> Outputs;
    public ArrayView<float> Adjoints;
    public ArrayView<float> Particles;
    public ArrayView<double> Coordinates;
    public ArrayView<int> Places;
    public ArrayView<int> StreamPlaces;
    public ArrayView<float> Streams;
    public ArrayView<float> Unknowns;
    public ArrayView<float> Maps;
    public ArrayView<float> Targets;
    public ArrayView<float> InverseDeviations;
    public ArrayView<KernelDual> Numbers;
    public ArrayView<float> Slopes;
    public ArrayView<float> Sums;
    public ResidualSizes Sizes;
    public long OutputStride;
    public int ParticleStride;
    public int UnknownOffset;
    public int HasTargets;
    public int Terms;
    public int Term;
    public int Points;
    public int Rows;
}
