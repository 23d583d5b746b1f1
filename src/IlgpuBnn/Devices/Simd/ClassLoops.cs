using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>Gradients of the likelihoods of classes (<see cref="LikelihoodKind"/>), over a tile of rows.</summary>
/// <remarks>target, output: [output, stride]; outputs are replaced by their gradient. Both return minus the log likelihood, without its scale.</remarks>
internal static unsafe class ClassLoops<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>Each output by itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Bernoulli(float* target, nint targetStride, float* output, nint outputStride, int outputs, int rows, float scale)
    {
        V zero = TSimd.Create(0f), one = TSimd.Create(1f), factor = TSimd.Create(scale), linear = zero;
        float* sums = stackalloc float[TSimd.Width], weights = stackalloc float[TSimd.Width];
        float logTerms = 0f;
        for (int o = 0; o < outputs; o++, target += targetStride, output += outputStride)
        {
            for (int n = 0; n < rows; n += TSimd.Width)
            {
                V y = TSimd.Load(target + n), f = TSimd.Load(output + n);
                V signed = TSimd.Select(TSimd.IsNumber(y), y, zero), weight = TSimd.Abs(signed), isSecond = TSimd.GreaterThan(signed, zero);

                // -ln p = ln(1 + exp(wrong)) = max(wrong, 0) + ln(1 + exp(-|wrong|)).
                V wrong = TSimd.Select(isSecond, TSimd.Subtract(zero, f), f);
                linear = TSimd.MultiplyAdd(weight, TSimd.Max(zero, wrong), linear);
                TSimd.Store(sums, TSimd.Add(one, SimdMath<TSimd, V>.Exp(TSimd.Subtract(zero, TSimd.Abs(wrong)))));
                TSimd.Store(weights, weight);
                logTerms += WeightedLogs(weights, sums);
                V residual = TSimd.Subtract(TSimd.Select(isSecond, one, zero), SimdMath<TSimd, V>.Sigmoid(f));
                TSimd.Store(output + n, TSimd.Multiply(factor, TSimd.Multiply(weight, residual)));
            }
        }

        return logTerms + TSimd.Sum(linear);
    }

    /// <summary>The outputs of a row together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Categorical(float* target, nint targetStride, float* output, nint outputStride, int outputs, int rows, float scale)
    {
        V zero = TSimd.Create(0f), factor = TSimd.Create(scale), linear = zero;
        float* sums = stackalloc float[TSimd.Width], weights = stackalloc float[TSimd.Width];
        float logTerms = 0f;
        for (int n = 0; n < rows; n += TSimd.Width)
        {
            V highest = TSimd.Load(output + n), weight = TSimd.Load(target + n);
            for (int o = 1; o < outputs; o++)
            {
                highest = TSimd.Max(highest, TSimd.Load(output + (o * outputStride) + n));
                weight = TSimd.Add(weight, TSimd.Load(target + (o * targetStride) + n));
            }

            V isPresent = TSimd.IsNumber(weight), sum = zero;
            weight = TSimd.Select(isPresent, weight, zero);
            for (int o = 0; o < outputs; o++)
            {
                float* at = output + (o * outputStride) + n;
                V below = TSimd.Subtract(TSimd.Load(at), highest), exponential = SimdMath<TSimd, V>.Exp(below);
                V y = TSimd.Select(isPresent, TSimd.Load(target + (o * targetStride) + n), zero);
                linear = TSimd.MultiplyAdd(y, TSimd.Subtract(zero, below), linear);
                sum = TSimd.Add(sum, exponential);
                TSimd.Store(at, exponential);
            }

            V share = TSimd.Divide(weight, sum);
            for (int o = 0; o < outputs; o++)
            {
                float* at = output + (o * outputStride) + n;
                V y = TSimd.Select(isPresent, TSimd.Load(target + (o * targetStride) + n), zero);
                TSimd.Store(at, TSimd.Multiply(factor, TSimd.NegatedMultiplyAdd(share, TSimd.Load(at), y)));
            }

            TSimd.Store(sums, sum);
            TSimd.Store(weights, weight);
            logTerms += WeightedLogs(weights, sums);
        }

        return logTerms + TSimd.Sum(linear);
    }

    private static float WeightedLogs(float* weights, float* sums)
    {
        float result = 0f;
        for (int lane = 0; lane < TSimd.Width; lane++)
        {
            result += weights[lane] * MathF.Log(sums[lane]);
        }

        return result;
    }
}
