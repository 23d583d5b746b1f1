using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using IlgpuBnn.Devices.Simd;

namespace IlgpuBnn.Tests.Devices.Simd;

/// <summary>Elementary functions against double precision over the whole range of floats, in units in the last place.</summary>
public sealed unsafe class SimdMathTests
{
    private static readonly float[] Points = AllPoints();

    [Fact]
    public void Exp_is_within_4_units_in_the_last_place() => CheckAll(Function.Exp, Math.Exp);

    /// <summary>5 where the processor does not fuse multiply-adds: what rounding took can then not be given back.</summary>
    [Fact]
    public void Tanh_is_within_4_units_in_the_last_place_and_never_beyond_1()
    {
        CheckAll(Function.Tanh, Math.Tanh, Fma.IsSupported || AdvSimd.IsSupported ? 4 : 5);
        CheckAll(Function.TanhBeyondOne, _ => 0);
    }

    /// <summary>As far down as its results are normal numbers; below that it stays where it is.</summary>
    [Fact]
    public void Sigmoid_is_within_4_units_in_the_last_place() => CheckAll(Function.Sigmoid, x => 1 / (1 + Math.Exp(-Math.Max(x, -87.33654f))));

    [Fact]
    public void Sin_and_cos_are_within_4_units_in_the_last_place()
    {
        CheckAll(Function.Sin, Math.Sin);
        CheckAll(Function.Cos, Math.Cos);
    }

    [Fact]
    public void Sums_adds_each_vector_on_its_own()
    {
        CheckSums<Simd512, Vector512<float>>();
        CheckSums<Simd256, Vector256<float>>();
        CheckSums<Simd128, Vector128<float>>();
        CheckSums<SimdScalar, float>();
    }

    private static void CheckSums<TSimd, V>()
        where TSimd : struct, ISimd<V>
        where V : struct
    {
        float* values = stackalloc float[4 * TSimd.Width];
        float* sums = stackalloc float[4];
        var expected = new double[4];
        for (int i = 0; i < 4 * TSimd.Width; i++)
        {
            values[i] = 1 + (i * i);
            expected[i / TSimd.Width] += values[i];
        }

        int w = TSimd.Width;
        TSimd.Sums(TSimd.Load(values), TSimd.Load(values + w), TSimd.Load(values + (2 * w)), TSimd.Load(values + (3 * w))).Store(sums);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(expected[i], sums[i]);
            Assert.Equal(expected[i], TSimd.Sum(TSimd.Load(values + (i * w))));
        }
    }

    private static void CheckAll(Function function, Func<double, double> exact, double mostUnits = 4)
    {
        double[] expected = [.. Points.Select(x => exact(x))];
        Check<Simd512, Vector512<float>>(function, expected, mostUnits);
        Check<Simd256, Vector256<float>>(function, expected, mostUnits);
        Check<Simd128, Vector128<float>>(function, expected, mostUnits);
        Check<SimdScalar, float>(function, expected, mostUnits);
    }

    private static void Check<TSimd, V>(Function function, double[] exact, double mostUnits)
        where TSimd : struct, ISimd<V>
        where V : struct
    {
        var results = new float[Points.Length];
        fixed (float* x = Points, y = results)
        {
            for (int i = 0; i < Points.Length; i += TSimd.Width)
            {
                TSimd.Store(y + i, Apply<TSimd, V>(function, TSimd.Load(x + i)));
            }
        }

        for (int i = 0; i < Points.Length; i++)
        {
            double expected = exact[i];
            if ((float)expected == results[i] || (double.IsNaN(expected) && float.IsNaN(results[i])))
            {
                continue;
            }

            // Written so that a NaN fails.
            double unit = Math.Max(Math.ScaleB(1, Math.ILogB(Math.Max(Math.Abs(expected), float.Epsilon)) - 23), float.Epsilon);
            if (!(Math.Abs(results[i] - expected) <= mostUnits * unit))
            {
                Assert.Fail($"f({Points[i]:R}) is {results[i]:R}, exact {expected:R}: {Math.Abs(results[i] - expected) / unit:F1} units");
            }
        }
    }

    /// <summary>Every 10007th float, the specials, and a dense grid where the functions bend.</summary>
    private static float[] AllPoints()
    {
        List<float> points = [0f, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, float.MaxValue, float.MinValue];
        points.AddRange([0.625f, -0.625f, 88.72283f, 88.72284f, 89f, -87.33654f, -103.27892f, -103.97208f, -104f, -105f, 44.3f, 45f]);
        for (long bits = 0; bits <= uint.MaxValue; bits += 10007)
        {
            points.Add(BitConverter.UInt32BitsToSingle((uint)bits));
        }

        for (int i = -40000; i <= 40000; i++)
        {
            points.Add(i * 0.0026f);
        }

        while (points.Count % Simd512.Width != 0)
        {
            points.Add(1f);
        }

        return [.. points];
    }

    private static V Apply<TSimd, V>(Function function, V x)
        where TSimd : struct, ISimd<V>
        where V : struct => function switch
        {
            Function.Exp => SimdMath<TSimd, V>.Exp(x),
            Function.Tanh => SimdMath<TSimd, V>.Tanh(x),
            Function.TanhBeyondOne => Positive<TSimd, V>(TSimd.Subtract(TSimd.Abs(SimdMath<TSimd, V>.Tanh(x)), TSimd.Create(1f))),
            Function.Sigmoid => SimdMath<TSimd, V>.Sigmoid(x),
            Function.Sin => TSimd.SinCos(x).Sin,
            _ => TSimd.SinCos(x).Cos,
        };

    private static V Positive<TSimd, V>(V x)
        where TSimd : struct, ISimd<V>
        where V : struct => TSimd.Select(TSimd.GreaterThan(x, TSimd.Create(0f)), x, TSimd.Create(0f));

    private enum Function
    {
        Exp,
        Tanh,

        /// <summary>By how much |tanh| exceeds 1.</summary>
        TanhBeyondOne,
        Sigmoid,
        Sin,
        Cos,
    }
}
