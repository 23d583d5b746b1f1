using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Tiles of the kernels that reduce along memory: several lines of a matrix, 16 adjacent floats of each at a time.</summary>
/// <remarks>With a pitch of five Float4s, one of them padding, eight threads that read eight adjacent lines access all 32 banks once.</remarks>
internal static class QuadTile
{
    /// <summary>Float4s of each line in shared memory at a time: 16 floats, the alignment of rows and of parameters.</summary>
    public const int Depth = 4;

    public const int Pitch = Depth + 1;

    /// <summary>Float4s of the largest tile.</summary>
    public const int Size = 4 * Groups.TileSide * Pitch;

    /// <summary>Index of this thread in the group.</summary>
    public static int Thread() => (Group.IdxY * Group.DimX) + Group.IdxX;

    public static int Threads() => Group.DimX * Group.DimY;

    /// <summary>sums[input, output] += products over Depth Float4s; a thread's inputs and outputs lie DimY and DimX lines apart.</summary>
    public static Tile4x4 AddProducts(Tile4x4 sums, ArrayView<Float4> inputs, ArrayView<Float4> outputs)
    {
        for (int k = 0; k < Depth; k++)
        {
            int i = (Group.IdxY * Pitch) + k, iStep = Group.DimY * Pitch;
            int o = (Group.IdxX * Pitch) + k, oStep = Group.DimX * Pitch;
            sums = Tile4x4.AddProducts(
                sums, inputs[i], inputs[i + iStep], inputs[i + (2 * iStep)], inputs[i + (3 * iStep)],
                outputs[o], outputs[o + oStep], outputs[o + (2 * oStep)], outputs[o + (3 * oStep)]);
        }

        return sums;
    }

    /// <summary>Stores them as gradients of weights [inputCount, outputCount], then of biases.</summary>
    public static void Store(ArrayView<float> gradients, int inputCount, int outputCount, int firstInput, int firstOutput, Tile4x4 sums)
    {
        int input = firstInput + Group.IdxY, output = firstOutput + Group.IdxX;
        Store(gradients, inputCount, outputCount, input, output, sums.Row0);
        Store(gradients, inputCount, outputCount, input + Group.DimY, output, sums.Row1);
        Store(gradients, inputCount, outputCount, input + (2 * Group.DimY), output, sums.Row2);
        Store(gradients, inputCount, outputCount, input + (3 * Group.DimY), output, sums.Row3);
    }

    private static void Store(ArrayView<float> gradients, int inputCount, int outputCount, int input, int output, Float4 sums)
    {
        Store(gradients, inputCount, outputCount, input, output, sums.X);
        Store(gradients, inputCount, outputCount, input, output + Group.DimX, sums.Y);
        Store(gradients, inputCount, outputCount, input, output + (2 * Group.DimX), sums.Z);
        Store(gradients, inputCount, outputCount, input, output + (3 * Group.DimX), sums.W);
    }

    private static void Store(ArrayView<float> gradients, int inputCount, int outputCount, int input, int output, float sum)
    {
        if (input <= inputCount && output < outputCount)
            gradients[(input * outputCount) + output] = sum;
    }
}
