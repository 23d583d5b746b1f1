using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Tests.Kernels;

/// <summary>Kernels that break one promise of kernels/README.md each.</summary>
internal static class BadKernels
{
    public static void AddsAtomically(ArrayView<float> view) => Atomic.Add(ref view[0], 1f);

    public static void Shuffles(ArrayView<float> view) => view[Group.IdxX] = Warp.ShuffleDown(view[Group.IdxX], 1);

    public static void Approximates(ArrayView<float> view) => view[Group.IdxX] = XMath.Sin(view[Group.IdxX]);

    public static void IndexesLocalMemory(ArrayView<float> view)
    {
        var values = LocalMemory.Allocate<float>(8);
        for (int i = 0; i < 8; i++)
        {
            values[i] = view[i];
        }

        view[0] = values[(int)view[Group.IdxX]];
    }

    public static void CallsWithoutInlining(ArrayView<float> view) => view[0] = Square(view[0]);

    public static void ReadsQuadruplesByElements(ArrayView<float> view, ArrayView<Float4> quadruples) => view[0] = quadruples.Cast<float>()[Group.IdxX];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float Square(float x) => x * x;
}
