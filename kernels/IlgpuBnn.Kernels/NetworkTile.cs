using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>The products of <see cref="NetworkGradient"/> over 32 rows in shared memory.</summary>
internal static class NetworkTile
{
    /// <summary>Float4s of a unit: 32 rows.</summary>
    public const int Quads = 8;

    /// <summary>Float4s from one unit to the next: eight threads that read eight adjacent units access all 32 banks once.</summary>
    public const int Pitch = Quads + 1;

    /// <summary>Float4s of shared memory for the likelihood's sums.</summary>
    public static int SumQuads(int outputs) => 3 * outputs * Quads / 4;

    /// <summary>Outputs of a layer from its inputs.</summary>
    public static void Forward(ArrayView<Float4> units, ArrayView<float> weights, NetworkLayer layer)
    {
        int step = (layer.Outputs + 3) / 4, last = layer.Outputs - 1;
        for (int item = Group.IdxX; item < step * Quads; item += Group.DimX)
        {
            int u0 = item / Quads, n = item % Quads;
            int u1 = Min(u0 + step, last), u2 = Min(u0 + (2 * step), last), u3 = Min(u0 + (3 * step), last);
            Tile4x4 sums = default;
            for (int i = 0; i < layer.Inputs; i++)
            {
                int w = layer.WeightOffset + (i * layer.Outputs);
                Float4 quad = Float4.Of(weights[w + u0], weights[w + u1], weights[w + u2], weights[w + u3]);
                sums = Tile4x4.AddOuter(sums, quad, units[((layer.InputSlot + i) * Pitch) + n]);
            }

            StoreOutput(units, weights, layer, u0, n, sums.Row0);
            StoreOutput(units, weights, layer, u0 + step, n, sums.Row1);
            StoreOutput(units, weights, layer, u0 + (2 * step), n, sums.Row2);
            StoreOutput(units, weights, layer, u0 + (3 * step), n, sums.Row3);
        }

        Group.Barrier();
    }

    /// <summary>Gradient of a layer's weights and biases, to global memory; the biases are the weights of an additional input, which is 1.</summary>
    public static void BackwardWeights(ArrayView<Float4> units, ArrayView<float> partial, NetworkLayer layer, int onesSlot, bool add)
    {
        int inputStep = (layer.Inputs + 4) / 4, outputStep = (layer.Outputs + 3) / 4, last = layer.Outputs - 1;
        for (int item = Group.IdxX; item < inputStep * outputStep; item += Group.DimX)
        {
            int i = item / outputStep, o0 = item - (i * outputStep);
            int o1 = Min(o0 + outputStep, last), o2 = Min(o0 + (2 * outputStep), last), o3 = Min(o0 + (3 * outputStep), last);
            int x0 = Line(layer, onesSlot, i), x1 = Line(layer, onesSlot, i + inputStep);
            int x2 = Line(layer, onesSlot, i + (2 * inputStep)), x3 = Line(layer, onesSlot, i + (3 * inputStep));
            int d0 = (layer.OutputSlot + o0) * Pitch, d1 = (layer.OutputSlot + o1) * Pitch;
            int d2 = (layer.OutputSlot + o2) * Pitch, d3 = (layer.OutputSlot + o3) * Pitch;
            Tile4x4 sums = default;
            for (int n = 0; n < Quads; n++)
            {
                sums = Tile4x4.AddProducts(
                    sums, units[x0 + n], units[x1 + n], units[x2 + n], units[x3 + n], units[d0 + n], units[d1 + n], units[d2 + n], units[d3 + n]);
            }

            StoreWeights(partial, layer, add, i, o0, outputStep, sums.Row0);
            StoreWeights(partial, layer, add, i + inputStep, o0, outputStep, sums.Row1);
            StoreWeights(partial, layer, add, i + (2 * inputStep), o0, outputStep, sums.Row2);
            StoreWeights(partial, layer, add, i + (3 * inputStep), o0, outputStep, sums.Row3);
        }
    }

    /// <summary>Replaces the outputs of the previous layer by the gradient of its sums.</summary>
    public static void BackwardInputs(ArrayView<Float4> units, ArrayView<float> weights, NetworkLayer layer, NetworkLayer before)
    {
        int step = (layer.Inputs + 3) / 4;
        for (int item = Group.IdxX; item < step * Quads; item += Group.DimX)
        {
            int i = item / Quads, n = item % Quads, last = layer.Inputs - 1;
            int w0 = layer.WeightOffset + (i * layer.Outputs), w1 = layer.WeightOffset + (Min(i + step, last) * layer.Outputs);
            int w2 = layer.WeightOffset + (Min(i + (2 * step), last) * layer.Outputs), w3 = layer.WeightOffset + (Min(i + (3 * step), last) * layer.Outputs);
            Tile4x4 sums = default;
            for (int o = 0; o < layer.Outputs; o++)
            {
                Float4 quad = Float4.Of(weights[w0 + o], weights[w1 + o], weights[w2 + o], weights[w3 + o]);
                sums = Tile4x4.AddOuter(sums, quad, units[((layer.OutputSlot + o) * Pitch) + n]);
            }

            StoreInputGradient(units, before, i, n, sums.Row0);
            StoreInputGradient(units, before, i + step, n, sums.Row1);
            StoreInputGradient(units, before, i + (2 * step), n, sums.Row2);
            StoreInputGradient(units, before, i + (3 * step), n, sums.Row3);
        }

        Group.Barrier();
    }

    private static int Min(int a, int b) => a < b ? a : b;

    private static int Line(NetworkLayer layer, int onesSlot, int input) => (input < layer.Inputs ? layer.InputSlot + input : onesSlot) * Pitch;

    private static void StoreOutput(ArrayView<Float4> units, ArrayView<float> weights, NetworkLayer layer, int unit, int n, Float4 sum)
    {
        if (unit >= layer.Outputs)
            return;
        float bias = weights[layer.WeightOffset + (layer.Inputs * layer.Outputs) + unit];
        Float4 z = Float4.Of(bias, bias, bias, bias) + sum;
        int at = ((layer.OutputSlot + unit) * Pitch) + n;
        units[at] = Activations.Apply(layer.Activation, z);
        if (layer.DerivativeUnits != 0)
            units[at + (layer.DerivativeUnits * Pitch)] = Activations.StoredDerivative(layer.Activation, z);
    }

    private static void StoreInputGradient(ArrayView<Float4> units, NetworkLayer before, int unit, int n, Float4 gradient)
    {
        if (unit >= before.Outputs)
            return;
        int at = ((before.OutputSlot + unit) * Pitch) + n;
        units[at] = Activations.Backward(before.Activation, gradient, units[at + (before.DerivativeUnits * Pitch)]);
    }

    private static void StoreWeights(ArrayView<float> partial, NetworkLayer layer, bool add, int input, int output, int step, Float4 sums)
    {
        StoreWeight(partial, layer, add, input, output, sums.X);
        StoreWeight(partial, layer, add, input, output + step, sums.Y);
        StoreWeight(partial, layer, add, input, output + (2 * step), sums.Z);
        StoreWeight(partial, layer, add, input, output + (3 * step), sums.W);
    }

    private static void StoreWeight(ArrayView<float> partial, NetworkLayer layer, bool add, int input, int output, float sum)
    {
        if (input > layer.Inputs || output >= layer.Outputs)
            return;
        int at = layer.WeightOffset + (input * layer.Outputs) + output;
        partial[at] = add ? partial[at] + sum : sum;
    }
}

/// <summary>One layer of <see cref="NetworkGradient"/>. Slots are units in shared memory.</summary>
internal struct NetworkLayer
{
    /// <summary>Entries of a layer in the table.</summary>
    public const int Width = 7;

    public int Inputs;
    public int Outputs;
    public int Activation;
    public int WeightOffset;
    public int InputSlot;
    public int OutputSlot;

    /// <summary>From an output to its stored derivative, in units; 0 if it follows from the output.</summary>
    public int DerivativeUnits;

    public static NetworkLayer Load(ArrayView<int> table, int layer)
    {
        int at = Width * layer;
        NetworkLayer result = default;
        result.Inputs = table[at];
        result.Outputs = table[at + 1];
        result.Activation = table[at + 2];
        result.WeightOffset = table[at + 3];
        result.InputSlot = table[at + 4];
        result.OutputSlot = table[at + 5];
        result.DerivativeUnits = table[at + 6];
        return result;
    }
}
