using IlgpuBnn.Kernels;

namespace IlgpuBnn.Tests.Kernels;

/// <summary>The kernels' own elementary functions, as .NET runs them, against double precision.</summary>
public sealed class KernelMathTests
{
    [Fact]
    public void Tanh_keeps_its_digits_near_0() => Check(KernelMath.Tanh, Math.Tanh, 20, relative: 3e-7, absolute: 0);

    [Fact]
    public void Sigmoid_keeps_its_digits_far_below_0() => Check(KernelMath.Sigmoid, x => 1 / (1 + Math.Exp(-x)), 85, relative: 5e-7, absolute: 0);

    [Fact]
    public void Sin_is_close_over_many_turns() => Check(KernelMath.Sin, Math.Sin, 2000, relative: 2e-7, absolute: 2e-7);

    [Fact]
    public void Cos_is_close_over_many_turns() => Check(KernelMath.Cos, Math.Cos, 2000, relative: 2e-7, absolute: 2e-7);

    [Theory]
    [InlineData(0f, false, 0f)]
    [InlineData(-3.4e38f, false, 0f)]
    [InlineData(float.NegativeInfinity, false, 1f)]
    [InlineData(float.PositiveInfinity, false, 1f)]
    [InlineData(float.NaN, true, 1f)]
    public void Special_values_are_told_apart(float value, bool isNaN, float isNotFinite)
    {
        Assert.Equal(isNaN, KernelMath.IsNaN(value));
        Assert.Equal(isNotFinite, KernelMath.IsNotFinite(value));
    }

    [Fact]
    public void NaN_stays_NaN()
    {
        foreach (Func<float, float> function in new[] { KernelMath.Tanh, KernelMath.Sigmoid, KernelMath.Sin, KernelMath.Cos })
        {
            Assert.True(float.IsNaN(function(float.NaN)));
        }
    }

    [Fact]
    public void Log_is_close_from_the_smallest_normal_to_the_largest_number()
    {
        for (double exponent = -125; exponent < 128; exponent += 0.0137)
        {
            float x = (float)Math.Pow(2, exponent);
            Assert.Equal(Math.Log(x), KernelMath.Log(x), 1e-7 + (1.5e-7 * Math.Abs(Math.Log(x))));
        }

        Assert.Equal(0f, KernelMath.Log(1f));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(-1.5)]
    [InlineData(1 / 3.0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(-2)]
    [InlineData(0)]
    public void Powers_are_close(double power)
    {
        for (double x = -7.3; x < 40; x += 0.037)
        {
            double expected = Math.Pow((float)x, (float)power), found = KernelMath.Pow((float)x, (float)power);
            Assert.True(double.IsNaN(expected) ? double.IsNaN(found) : Math.Abs(found - expected) <= 2e-6 * Math.Abs(expected), $"{x}^{power} = {found}, exactly {expected}");
        }

        Assert.Equal((float)Math.Pow(0, power), KernelMath.Pow(0f, (float)power));
        Assert.Equal(power == 0, !float.IsNaN(KernelMath.Pow(float.NaN, (float)power)));
    }

    private static void Check(Func<float, float> function, Func<double, double> exact, float most, double relative, double absolute)
    {
        for (int i = -5000; i <= 5000; i++)
        {
            // Dense near 0, and sparse far out.
            float x = most * (i / 5000f) * (i / 5000f) * (i / 5000f);
            double expected = exact(x), error = Math.Abs(function(x) - expected);
            Assert.True(error <= absolute + (relative * Math.Abs(expected)), $"f({x}) = {function(x)}, exactly {expected}");
        }
    }
}
