using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using MathNet.Numerics.LinearAlgebra;

namespace IlgpuBnn.Priors;

/// <summary>
/// Networks whose outputs have fixed sums: each network's outputs f are projected onto A f = r, f - A' (A A')^-1 (A f - r) of standardised targets, the nearest outputs that
/// have them. As a last layer is linear, that is another last layer.
/// </summary>
internal static class SumProjection
{
    /// <summary>Outputs, factors and total of a sum on the scale of standardised targets.</summary>
    public static (int[] Outputs, double[] Factors, double Total) Standardised(FixedSum sum, IReadOnlyList<string> targetNames, Standardisation scaling)
    {
        int[] outputs = [.. sum.Terms.Select(own => ColumnSelection.IndexOf(targetNames, own.Target))];
        double[] factors = [.. sum.Terms.Zip(outputs, (own, o) => own.Factor * scaling.Scale[o])];
        return (outputs, factors, sum.Total - sum.Terms.Zip(outputs, (own, o) => own.Factor * scaling.Mean[o]).Sum());
    }

    /// <summary>The same particles with another last layer; changed.</summary>
    /// <param name="particles">[S, stride].</param>
    public static float[] Apply(ConstraintPrior prior, ParameterLayout layout, float[] particles, IReadOnlyList<string> targetNames, Standardisation scaling)
    {
        FixedSum[] sums = [.. prior.Constraints.OfType<FixedSum>()];
        if (sums.Length == 0)
        {
            return particles;
        }

        int outputs = targetNames.Count;
        Matrix<double> a = Matrix<double>.Build.Dense(sums.Length, outputs);
        Vector<double> r = Vector<double>.Build.Dense(sums.Length);
        for (int k = 0; k < sums.Length; k++)
        {
            (int[] own, double[] factors, r[k]) = Standardised(sums[k], targetNames, scaling);
            for (int j = 0; j < own.Length; j++)
            {
                a[k, own[j]] = factors[j];
            }
        }

        // [output, sum].
        Matrix<double> back = (a * a.Transpose()).Cholesky().Solve(a).Transpose();
        DenseTerm last = layout.Network.Layers[^1].DenseTerms[0];
        for (int start = 0; start < particles.Length; start += layout.Stride)
        {
            for (int i = 0; i <= last.Inputs.Count; i++)
            {
                // Weights of an input, and in the end biases, which alone see the totals.
                Span<float> own = particles.AsSpan(start + last.WeightOffset + (i * outputs), outputs);
                Vector<double> before = Vector<double>.Build.Dense(outputs);
                for (int o = 0; o < outputs; o++)
                {
                    before[o] = own[o];
                }

                Vector<double> after = before - (back * (i == last.Inputs.Count ? (a * before) - r : a * before));
                for (int o = 0; o < outputs; o++)
                {
                    own[o] = (float)after[o];
                }
            }
        }

        return particles;
    }
}
