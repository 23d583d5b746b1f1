using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

/// <summary>A step of a recurrent layer's units, from sums to gates, cell and state.</summary>
internal static class RecurrentCells<TSimd, V>
    where TSimd : struct, ISimd<V>
    where V : struct
{
    /// <summary>c = f c' + i g, h = o tanh c; sums become gates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V State, V Cell) Lstm(ref V input, ref V forget, ref V candidate, ref V output, V cellBefore)
    {
        input = SimdMath<TSimd, V>.Sigmoid(input);
        forget = SimdMath<TSimd, V>.Sigmoid(TSimd.Add(forget, TSimd.Create(1f)));
        candidate = SimdMath<TSimd, V>.Tanh(candidate);
        output = SimdMath<TSimd, V>.Sigmoid(output);
        V cell = TSimd.MultiplyAdd(forget, cellBefore, TSimd.Multiply(input, candidate));
        return (TSimd.Multiply(output, SimdMath<TSimd, V>.Tanh(cell)), cell);
    }

    /// <summary>h = n + z (h' - n), n = tanh(its sum + r times the state's); sums become gates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gru(ref V reset, ref V update, ref V candidate, V ofState, V stateBefore)
    {
        reset = SimdMath<TSimd, V>.Sigmoid(reset);
        update = SimdMath<TSimd, V>.Sigmoid(update);
        candidate = SimdMath<TSimd, V>.Tanh(TSimd.MultiplyAdd(reset, ofState, candidate));
        return TSimd.MultiplyAdd(update, TSimd.Subtract(stateBefore, candidate), candidate);
    }
}
