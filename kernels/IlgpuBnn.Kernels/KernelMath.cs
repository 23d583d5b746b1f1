using ILGPU;
using ILGPU.Algorithms;

namespace IlgpuBnn.Kernels;

/// <summary>Elementary functions that agree on all backends; only exp and sqrt are the device's.</summary>
/// <remarks>
/// Polynomials and argument reductions of Moshier's Cephes library. ILGPU's tanh, sin and cos for CUDA are hardware approximations with relative errors
/// of up to 5e-4.
/// </remarks>
internal static class KernelMath
{
    public static float Clamp(float x, float lower, float upper) => x < lower ? lower : x > upper ? upper : x;

    public static float Tanh(float x)
    {
        float magnitude = x < 0f ? -x : x;
        float z = x * x;

        // 1 - 2 / (exp 2x + 1) would cancel for small x.
        float p = (-5.70498872745e-3f * z) + 2.06390887954e-2f;
        p = (p * z) - 5.37397155531e-2f;
        p = (p * z) + 1.33314422036e-1f;
        p = (p * z) - 3.33332819422e-1f;
        float small = (p * z * x) + x;
        float large = 1f - (2f / (XMath.Exp(magnitude + magnitude) + 1f));
        large = x < 0f ? -large : large;
        return magnitude > 0.625f ? large : small;
    }

    /// <summary>1 / (1 + exp(-x)).</summary>
    public static float Sigmoid(float x)
    {
        // exp of a negative number does not overflow, so that small results keep their digits.
        float e = XMath.Exp(x < 0f ? x : -x);
        return (x < 0f ? e : 1f) / (1f + e);
    }

    /// <summary>ln x for a positive, normal number.</summary>
    public static float Log(float x)
    {
        // x = 2^exponent m with m between the roots of 1/2 and 2: subtracting the bits of the smaller root leaves the exponent's.
        const uint RootOfHalf = 0x3F3504F3u;
        uint shifted = Interop.FloatAsInt(x) - RootOfHalf;
        float exponent = (int)shifted >> 23, r = Interop.IntAsFloat((shifted & 0x007FFFFFu) + RootOfHalf) - 1f, z = r * r;
        float p = (7.0376836292e-2f * r) - 1.1514610310e-1f;
        p = (p * r) + 1.1676998740e-1f;
        p = (p * r) - 1.2420140846e-1f;
        p = (p * r) + 1.4249322787e-1f;
        p = (p * r) - 1.6668057665e-1f;
        p = (p * r) + 2.0000714765e-1f;
        p = (p * r) - 2.4999993993e-1f;
        p = (p * r) + 3.3333331174e-1f;
        p = (p * r * z) - (2.12194440e-4f * exponent) - (0.5f * z);
        return r + p + (0.693359375f * exponent);
    }

    /// <summary>x to a power; a negative x to a whole one only.</summary>
    public static float Pow(float x, float power)
    {
        if (power == 0f)
            return 1f;
        if (power == 1f)
            return x;
        if (power == 2f)
            return x * x;
        const float SmallestNormal = 1.17549435e-38f;
        float magnitude = x < 0f ? -x : x, result = XMath.Exp(power * Log(magnitude < SmallestNormal ? SmallestNormal : magnitude));
        result = magnitude == 0f ? (power > 0f ? 0f : 1f / magnitude) : result;
        int whole = (int)power;
        float negative = whole != power ? NotANumber() : (whole & 1) == 0 ? result : -result;
        return IsNaN(x) ? x : x < 0f ? negative : result;
    }

    public static float NotANumber() => Interop.IntAsFloat(0x7FC00000u);

    /// <summary>sin x; accurate up to |x| of a few thousand.</summary>
    public static float Sin(float x) => Quadrant(x, 0);

    /// <summary>cos x; as <see cref="Sin"/>.</summary>
    public static float Cos(float x) => Quadrant(x, 1);

    /// <summary>By its bits, as a compiler may optimise x != x away.</summary>
    public static bool IsNaN(float x) => (Interop.FloatAsInt(x) & 0x7FFFFFFFu) > 0x7F800000u;

    /// <summary>1 for an infinity or NaN, otherwise 0.</summary>
    public static float IsNotFinite(float x) => (Interop.FloatAsInt(x) & 0x7F800000u) == 0x7F800000u ? 1f : 0f;

    /// <summary>sin(x + shift pi / 2).</summary>
    private static float Quadrant(float x, int shift)
    {
        float turns = x * 0.636619772f;
        int n = (int)(turns + (turns < 0f ? -0.5f : 0.5f));

        // pi / 2 in three parts: n times the first two is exact.
        float r = x - (n * 1.5703125f);
        r -= n * 4.8375129699707031e-4f;
        r -= n * 7.5495983e-8f;
        float z = r * r;
        float sin = (((((-1.9515295891e-4f * z) + 8.3321608736e-3f) * z) - 1.6666654611e-1f) * z * r) + r;
        float cos = (((((2.443315711809948e-5f * z) - 1.388731625493765e-3f) * z) + 4.166664568298827e-2f) * z * z) - (0.5f * z) + 1f;
        int quadrant = n + shift;
        float value = (quadrant & 1) == 0 ? sin : cos;
        return (quadrant & 2) == 0 ? value : -value;
    }
}
