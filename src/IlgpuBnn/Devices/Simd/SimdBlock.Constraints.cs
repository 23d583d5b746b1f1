namespace IlgpuBnn.Devices.Simd;

/// <summary>Constraints: a few dozen rows of a few outputs, which need no vectors.</summary>
internal sealed unsafe partial class SimdBlock<TSimd, V>
{
    // Values of both rows of a pair, and their gradients: [4, outputs].
    private float[] _pair = [];

    public override void Constraints(ConstraintTerm term)
    {
        int outputs = shape.Outputs.Count;
        if (_pair.Length != 4 * outputs)
        {
            _pair = new float[4 * outputs];
        }

        Span<float> first = _pair.AsSpan(0, outputs), second = _pair.AsSpan(outputs, outputs);
        Span<float> firstGradient = _pair.AsSpan(2 * outputs, outputs), secondGradient = _pair.AsSpan(3 * outputs, outputs);
        float squares = 0f;
        float* units = Unit(shape.Outputs.Slot);
        for (int n = 0; n < _rows; n += 2)
        {
            for (int o = 0; o < outputs; o++)
            {
                float* values = units + ((nint)o * _stride) + n;
                (first[o], second[o]) = (values[0], values[1]);
            }

            firstGradient.Clear();
            secondGradient.Clear();
            int block = (_firstRow + n - term.FirstRow) / term.BlockRows;
            foreach (OutputLimit slope in block < term.Slopes.Length ? term.Slopes[block] : [])
            {
                float violation = slope.Bound - Combined(slope, second) + Combined(slope, first);
                squares += Pull(slope, violation, term.SlopeWeight, secondGradient);
                Pull(slope, violation, -term.SlopeWeight, firstGradient);
            }

            foreach (OutputLimit limit in term.Limits)
            {
                squares += Pull(limit, limit.Bound - Combined(limit, first), term.RowWeight, firstGradient);
                squares += Pull(limit, limit.Bound - Combined(limit, second), term.RowWeight, secondGradient);
            }

            for (int o = 0; o < outputs; o++)
            {
                float* values = units + ((nint)o * _stride) + n;
                (values[0], values[1]) = (firstGradient[o], secondGradient[o]);
            }
        }

        float* sum = _pass.Violations + _particle;
        *sum = _firstRow == term.FirstRow ? squares : *sum + squares;
    }

    private static float Combined(OutputLimit limit, ReadOnlySpan<float> values)
    {
        float sum = 0f;
        for (int k = 0; k < limit.Outputs.Length; k++)
        {
            sum += limit.Factors[k] * values[limit.Outputs[k]];
        }

        return sum;
    }

    /// <returns>Weight times squared violation, 0 where there is none.</returns>
    private static float Pull(OutputLimit limit, float violation, float weight, Span<float> gradient)
    {
        if (!(violation > 0f))
        {
            return 0f;
        }

        for (int k = 0; k < limit.Outputs.Length; k++)
        {
            gradient[limit.Outputs[k]] += weight * violation * limit.Factors[k];
        }

        return weight * violation * violation;
    }
}
