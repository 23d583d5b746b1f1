using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace IlgpuBnn.Priors;

/// <summary>
/// Networks whose outputs have fixed sums: each network's outputs f are projected onto A f = r, P f + q = f - A' (A A')^-1 (A f - r) of standardised targets, the nearest
/// outputs that have them. As a last layer is linear, that is another last layer.
/// </summary>
internal sealed class SumProjection
{
    // [output, output] and [output].
    private readonly Matrix<double> _factors;
    private readonly Vector<double> _offsets;

    /// <param name="targetNames">[output].</param>
    public SumProjection(ConstraintPrior prior, IReadOnlyList<string> targetNames, Standardisation scaling)
    {
        FixedSum[] sums = [.. prior.Constraints.OfType<FixedSum>()];
        int outputs = targetNames.Count;
        (_factors, _offsets) = (Matrix<double>.Build.SparseIdentity(outputs), Vector<double>.Build.Dense(outputs));
        if (sums.Length == 0)
        {
            return;
        }

        Matrix<double> a = Matrix<double>.Build.Dense(sums.Length, outputs);
        Vector<double> r = Vector<double>.Build.Dense(sums.Length, k => sums[k].Total);
        for (int k = 0; k < sums.Length; k++)
        {
            foreach (SumTerm term in sums[k].Terms)
            {
                int o = ColumnSelection.IndexOf(targetNames, term.Target);
                a[k, o] = term.Factor * scaling.Scale[o];
                r[k] -= term.Factor * scaling.Mean[o];
            }
        }

        Cholesky<double> square = (a * a.Transpose()).Cholesky();
        (_factors, _offsets) = (_factors - (a.Transpose() * square.Solve(a)), a.Transpose() * square.Solve(r));
    }

    /// <summary>A projected output as a linear combination of a network's.</summary>
    public (int[] Outputs, float[] Factors, double Offset) Of(int output)
    {
        int[] outputs = [.. Enumerable.Range(0, _offsets.Count).Where(o => _factors[output, o] != 0)];
        return (outputs, [.. outputs.Select(o => (float)_factors[output, o])], _offsets[output]);
    }

    /// <summary>The same particles with another last layer; changed.</summary>
    /// <param name="particles">[S, stride].</param>
    public float[] Apply(ParameterLayout layout, float[] particles)
    {
        DenseTerm last = layout.Network.Layers[^1].DenseTerms[0];
        int outputs = _offsets.Count;
        for (int start = 0; start < particles.Length; start += layout.Stride)
        {
            for (int i = 0; i <= last.Inputs.Count; i++)
            {
                Span<float> own = particles.AsSpan(start + last.WeightOffset + (i * outputs), outputs);
                Vector<double> before = Vector<double>.Build.Dense(outputs);
                for (int o = 0; o < outputs; o++)
                {
                    before[o] = own[o];
                }

                // Weights of an input, and in the end biases, which alone see the totals.
                Vector<double> after = _factors * before;
                for (int o = 0; o < outputs; o++)
                {
                    own[o] = (float)(after[o] + (i == last.Inputs.Count ? _offsets[o] : 0));
                }
            }
        }

        return particles;
    }
}
