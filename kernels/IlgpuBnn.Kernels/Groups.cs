using ILGPU;

namespace IlgpuBnn.Kernels;

/// <summary>Largest groups that shared memory is sized for; a launch may use smaller ones.</summary>
internal static class Groups
{
    /// <summary>Threads of a tile along each of its two sides; each thread computes 4 x 4.</summary>
    public const int TileSide = 16;

    /// <summary>Threads of a one-dimensional group.</summary>
    public const int Line = 256;

    /// <summary>Sum over a one-dimensional group, returned to every thread; its order depends only on the group's size.</summary>
    /// <remarks>shared [at least the group's size]; all threads must call it.</remarks>
    public static float Sum(ArrayView<float> shared, float value)
    {
        int lane = Group.IdxX;
        shared[lane] = value;
        Group.Barrier();
        for (int count = Group.DimX; count > 1;)
        {
            int half = (count + 1) / 2;
            if (lane + half < count)
                shared[lane] += shared[lane + half];
            Group.Barrier();
            count = half;
        }

        float sum = shared[0];
        Group.Barrier();
        return sum;
    }
}
