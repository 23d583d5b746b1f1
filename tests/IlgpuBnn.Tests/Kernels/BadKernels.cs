using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Tests.Kernels;

/// <summary>Kernels that ILGPU would refuse, or that would not run everywhere: one mistake each.</summary>
internal static class BadKernels
{
    public static readonly float[] Table = [1f, 2f];
    public static readonly float Half = 0.5f;
    private static float _counter;

    public static void Good(ArrayView<float> view) => view[Group.IdxX] = Half * XMath.Exp(view[Group.IdxX]);

    public static void Throws(ArrayView<float> view)
    {
        if (view.Length == 0)
            throw new InvalidOperationException();
        view[0] = 1f;
    }

    public static void UsesAString(ArrayView<float> view) => view[0] = "text".Length;

    public static void AllocatesAClass(ArrayView<float> view) => view[0] = new object().GetHashCode();

    public static void AllocatesAnArray(ArrayView<float> view, int size)
    {
        var values = new float[size];
        view[0] = values[0];
    }

    public static void UsesADelegate(ArrayView<float> view)
    {
        Func<float, float> twice = x => 2f * x;
        view[0] = twice(view[0]);
    }

    public static void WritesAStatic(ArrayView<float> view)
    {
        _counter = view[0];
        view[0] = 0f;
    }

    public static void ReadsAMutableStatic(ArrayView<float> view) => view[0] = _counter;

    public static void ReadsAStaticArray(ArrayView<float> view) => view[0] = Table[1];

    public static void HasATry(ArrayView<float> view)
    {
        try
        {
            view[0] = 1f;
        }
        finally
        {
            view[1] = 1f;
        }
    }

    public static void TakesABool(ArrayView<float> view, bool flag) => view[0] = flag ? 1f : 0f;

    public static void TakesABoolInside(BadArguments g) => g.View[0] = g.Flag ? 1f : 0f;

    public static void TakesTooMuch(
        ArrayView<float> a, int b, int c, int d, int e, int f, int g, int h, int i, int j, int k, int l, int m, int n, int o) =>
        a[0] = b + c + d + e + f + g + h + i + j + k + l + m + n + o;

    public static void TakesARef(ArrayView<float> view, ref int count) => view[0] = count;

    public static void Recurses(ArrayView<float> view) => view[0] = Factorial(5);

    public static unsafe void UsesStackalloc(ArrayView<float> view)
    {
        float* values = stackalloc float[4];
        view[0] = values[0];
    }

    public static void UsesAVector(ArrayView<float> view) => view[0] = System.Numerics.Vector2.One.X;

    public static void FusesMultiplyAdd(ArrayView<float> view) => view[0] = MathF.FusedMultiplyAdd(view[0], view[1], view[2]);

    public static void ApproximatesTanh(ArrayView<float> view) => view[0] = MathF.Tanh(view[0]);

    public static int Returns(ArrayView<float> view) => view.IntLength;

    private static float Factorial(int n) => n == 0 ? 1f : n * Factorial(n - 1);
}

internal struct BadArguments(ArrayView<float> view, bool flag)
{
    public ArrayView<float> View = view;
    public bool Flag = flag;
}
