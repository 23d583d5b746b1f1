using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Activations of units with their derivatives by inputs (Taylor mode), and the way back from adjoints.</summary>
/// <remarks>
/// Streams of a unit lie one after the other: the value, first derivatives z_i, second ones z_ij; [S, units, streams, rows]. a = s(z), a_i = s' z_i, a_ij = s'' z_i z_j + s' z_ij.
/// A thread takes four rows of a unit of a particle, all streams. Grid: units x groups of four rows x particles.
/// </remarks>
internal static class StreamActivation
{
    public static void Forward(StreamActivationArguments g)
    {
        int unit = Grid.IdxX, row = (Grid.IdxY * Group.DimX) + Group.IdxX;
        if (row >= g.Rows)
            return;
        ArrayView<Float4> sums = UnitRows.Of(g.Sums, Grid.IdxZ), values = UnitRows.Of(g.Values, Grid.IdxZ);
        int at = (unit * g.Sums.UnitStride) + row;
        Float4 z = sums[at], first = StreamDerivatives.First(g.Activation, z), second = StreamDerivatives.Second(g.Activation, z);
        values[at] = Activations.Apply(g.Activation, z);
        for (int d = 1; d <= g.Firsts; d++)
            values[at + (d * g.Rows)] = first * sums[at + (d * g.Rows)];
        for (int p = 0; p < g.Pairs; p++)
        {
            int own = at + ((1 + g.Firsts + p) * g.Rows);
            Float4 a = sums[at + ((1 + g.PairTable[2 * p]) * g.Rows)], b = sums[at + ((1 + g.PairTable[(2 * p) + 1]) * g.Rows)];
            values[own] = (second * a * b) + (first * sums[own]);
        }
    }

    /// <summary>Replaces adjoints of the values by those of the sums.</summary>
    public static void Backward(StreamActivationArguments g)
    {
        int unit = Grid.IdxX, row = (Grid.IdxY * Group.DimX) + Group.IdxX;
        if (row >= g.Rows)
            return;
        ArrayView<Float4> sums = UnitRows.Of(g.Sums, Grid.IdxZ), adjoints = UnitRows.Of(g.Values, Grid.IdxZ);
        int at = (unit * g.Sums.UnitStride) + row;
        Float4 z = sums[at], first = StreamDerivatives.First(g.Activation, z), second = StreamDerivatives.Second(g.Activation, z);
        Float4 third = StreamDerivatives.Third(g.Activation, z), value = first * adjoints[at];
        for (int d = 1; d <= g.Firsts; d++)
        {
            Float4 own = adjoints[at + (d * g.Rows)];
            value += second * sums[at + (d * g.Rows)] * own;
            adjoints[at + (d * g.Rows)] = first * own;
        }

        for (int p = 0; p < g.Pairs; p++)
        {
            int a = at + ((1 + g.PairTable[2 * p]) * g.Rows), b = at + ((1 + g.PairTable[(2 * p) + 1]) * g.Rows), own = at + ((1 + g.Firsts + p) * g.Rows);
            Float4 adjoint = adjoints[own], ofA = sums[a], ofB = sums[b];
            value += ((third * ofA * ofB) + (second * sums[own])) * adjoint;

            // One after the other: a and b may be the same.
            adjoints[a] += second * ofB * adjoint;
            adjoints[b] += second * ofA * adjoint;
            adjoints[own] = first * adjoint;
        }

        adjoints[at] = value;
    }
}

/// <summary>Derivatives of activations at z, in a form that keeps their digits; numbered as <see cref="Activations"/>.</summary>
internal static class StreamDerivatives
{
    private const int Tanh = 2;
    private const int Sigmoid = 3;
    private const int Sin = 4;
    private const int Cos = 5;
    private const int Silu = 6;

    public static Float4 First(int activation, Float4 z) => Float4.Of(First(activation, z.X), First(activation, z.Y), First(activation, z.Z), First(activation, z.W));

    public static Float4 Second(int activation, Float4 z) => Float4.Of(Second(activation, z.X), Second(activation, z.Y), Second(activation, z.Z), Second(activation, z.W));

    public static Float4 Third(int activation, Float4 z) => Float4.Of(Third(activation, z.X), Third(activation, z.Y), Third(activation, z.Z), Third(activation, z.W));

    private static float First(int activation, float z)
    {
        switch (activation)
        {
            case 1:
                return z > 0f ? 1f : 0f;
            case Tanh:
                float tanh = KernelMath.Tanh(z);
                return 1f - (tanh * tanh);
            case Sigmoid:
                float logistic = KernelMath.Sigmoid(z);
                return logistic * (1f - logistic);
            case Sin:
                return KernelMath.Cos(z);
            case Cos:
                return -KernelMath.Sin(z);
            case Silu:
                float own = KernelMath.Sigmoid(z);
                return own + (z * own * (1f - own));
            default:
                return 1f;
        }
    }

    private static float Second(int activation, float z)
    {
        switch (activation)
        {
            case Tanh:
                float tanh = KernelMath.Tanh(z);
                return -2f * tanh * (1f - (tanh * tanh));
            case Sigmoid:
                float logistic = KernelMath.Sigmoid(z);
                return logistic * (1f - logistic) * (1f - (2f * logistic));
            case Sin:
                return -KernelMath.Sin(z);
            case Cos:
                return -KernelMath.Cos(z);
            case Silu:
                float own = KernelMath.Sigmoid(z);
                return own * (1f - own) * (2f + (z * (1f - (2f * own))));
            default:
                return 0f;
        }
    }

    private static float Third(int activation, float z)
    {
        switch (activation)
        {
            case Tanh:
                float tanh = KernelMath.Tanh(z), square = tanh * tanh;
                return (1f - square) * ((6f * square) - 2f);
            case Sigmoid:
                float logistic = KernelMath.Sigmoid(z), slope = logistic * (1f - logistic);
                return slope * (1f - (6f * slope));
            case Sin:
                return -KernelMath.Cos(z);
            case Cos:
                return KernelMath.Sin(z);
            case Silu:
                float own = KernelMath.Sigmoid(z), by = own * (1f - own);
                return by * ((3f * (1f - (2f * own))) + (z * (1f - (6f * by))));
            default:
                return 0f;
        }
    }
}

/// <summary>Arguments of <see cref="StreamActivation"/>. Rows in Float4s.</summary>
/// <remarks>
/// Sums: of a layer, with their derivatives by inputs. Values: of its units, written; on the way back adjoints. Both [S, units, 1 + Firsts + Pairs, Rows].
/// PairTable: [Pairs, 2], first derivatives that a second one is of, the smaller one first.
/// </remarks>
internal struct StreamActivationArguments
{
    public UnitRows Sums;
    public UnitRows Values;
    public ArrayView<int> PairTable;
    public int Firsts;
    public int Pairs;
    public int Rows;
    public int Activation;
}
