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
            foreach (SlopeLimit slope in block < term.Slopes.Length ? term.Slopes[block] : [])
            {
                float violation = -slope.Factor * (second[slope.Output] - first[slope.Output]);
                if (violation > 0f)
                {
                    float pull = term.SlopeWeight * violation * slope.Factor;
                    firstGradient[slope.Output] -= pull;
                    secondGradient[slope.Output] += pull;
                    squares += term.SlopeWeight * violation * violation;
                }
            }

            squares += OfRow(term, first, firstGradient) + OfRow(term, second, secondGradient);
            for (int o = 0; o < outputs; o++)
            {
                float* values = units + ((nint)o * _stride) + n;
                (values[0], values[1]) = (firstGradient[o], secondGradient[o]);
            }
        }

        float* sum = _pass.Violations + _particle;
        *sum = _firstRow == term.FirstRow ? squares : *sum + squares;
    }

    /// <returns>Weight times squares of violations.</returns>
    private static float OfRow(ConstraintTerm term, ReadOnlySpan<float> values, Span<float> gradient)
    {
        float squares = 0f;
        foreach (OutputLimit limit in term.Limits)
        {
            float violation = limit.Sign * (limit.Bound - values[limit.Output]);
            if (violation > 0f)
            {
                gradient[limit.Output] += term.RowWeight * violation * limit.Sign;
                squares += violation * violation;
            }
        }

        foreach (OutputSum sum in term.Sums)
        {
            float violation = -sum.Total;
            for (int k = 0; k < sum.Outputs.Length; k++)
            {
                violation += sum.Factors[k] * values[sum.Outputs[k]];
            }

            for (int k = 0; k < sum.Outputs.Length; k++)
            {
                gradient[sum.Outputs[k]] -= term.RowWeight * violation * sum.Factors[k];
            }

            squares += violation * violation;
        }

        return term.RowWeight * squares;
    }
}
