using System.Runtime.CompilerServices;

namespace IlgpuBnn.Devices.Simd;

internal sealed unsafe partial class SimdBlock<TSimd, V>
{
    // Inputs of a strip of the symmetric matrix, which is computed up to its diagonal.
    private const int StripUnits = 4;

    public override void AddToOutputSystem(OutputSystem system)
    {
        int units = system.Inputs, outputs = system.Outputs;
        float* sums = _pass.OutputSystem + ((nint)_particle * system.Stride), gradient = sums + system.GradientOffset, count = sums + system.CountOffset;
        float* input = Unit(system.Layer.Inputs.Slot), delta = Unit(system.Layer.Outputs.Slot);
        float present = ClearRowsWithoutTarget(_pass.Targets + (_particle * _pass.TargetStride) + _firstRow, input, units);
        for (int i = 0; i < units; i += StripUnits)
        {
            int end = Math.Min(i + StripUnits, units);
            ReductionKernel<TSimd, V>.Run<ProductTerm<TSimd, V>>(
                input + ((nint)i * _stride), _stride, end - i, input, _stride, end, _rows, sums + (i * units), units, !_firstRows,
                end == units ? sums + (units * units) : null);
        }

        ReductionKernel<TSimd, V>.Run<ProductTerm<TSimd, V>>(
            input, _stride, units, delta, _stride, outputs, _rows, gradient, outputs, !_firstRows, gradient + (units * outputs));
        *count = _firstRows ? present : *count + present;
    }

    /// <returns>The number of rows with one.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float ClearRowsWithoutTarget(float* target, float* input, int units)
    {
        V present = TSimd.Create(0f), zero = present, one = TSimd.Create(1f);
        for (int n = 0; n < _rows; n += TSimd.Width)
        {
            V isPresent = TSimd.IsNumber(TSimd.Load(target + n));
            present = TSimd.Add(present, TSimd.Select(isPresent, one, zero));
            float* value = input + n;
            for (int i = 0; i < units; i++, value += _stride)
            {
                TSimd.Store(value, TSimd.Select(isPresent, TSimd.Load(value), zero));
            }
        }

        return TSimd.Sum(present);
    }
}
