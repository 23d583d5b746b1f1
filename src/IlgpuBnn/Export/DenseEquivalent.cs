using IlgpuBnn.Devices;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Export;

/// <summary>Networks of branches as networks of dense layers that compute the same: weights from one branch to another are 0.</summary>
internal static class DenseEquivalent
{
    /// <returns>The same ensemble where its networks have no branches.</returns>
    public static Ensemble Of(Ensemble ensemble)
    {
        ParameterLayout from = ensemble.Layout;
        if (from.Network.Layers[^1].Means is not { } means)
        {
            return ensemble;
        }

        BoundLayer[] branched = [.. from.Network.Layers.SkipLast(1)];
        Layer[] hidden = [.. branched.SkipLast(1).Select(layer => new Dense(layer.Outputs.Count, layer.Outputs.Activation))];
        var to = new ParameterLayout(new Network(from.Network.Inputs, hidden, from.Network.Outputs.Count), from.Shape.NoiseCount);
        var particles = new float[to.LengthOf(ensemble.ParticleCount)];
        for (int s = 0; s < ensemble.ParticleCount; s++)
        {
            ReadOnlySpan<float> own = ensemble.Particles.AsSpan(s * from.Stride, from.Stride);
            Span<float> dense = particles.AsSpan(s * to.Stride, to.Stride);
            for (int l = 0; l < branched.Length; l++)
            {
                foreach (DenseTerm term in branched[l].DenseTerms)
                {
                    int first = term.Inputs.IsData ? 0 : term.Inputs.Slot - branched[l - 1].Outputs.Slot;
                    Add(own, term, term.Outputs.Slot - branched[l].Outputs.Slot, dense, to.Network.Layers[l].DenseTerms[0], first, l == branched.Length - 1 ? means.Map : null);
                }
            }

            own.Slice(from.Shape.NoiseOffset, from.Shape.NoiseCount).CopyTo(dense[to.Shape.NoiseOffset..]);
        }

        return new Ensemble
        {
            InputNames = ensemble.InputNames,
            TargetNames = ensemble.TargetNames,
            InputScaling = ensemble.InputScaling,
            TargetScaling = ensemble.TargetScaling,
            Layout = to,
            Likelihood = ensemble.Likelihood,
            NoiseLogPrecision = ensemble.NoiseLogPrecision,
            Particles = particles,
            Components = ensemble.Components,
        };
    }

    /// <summary>Adds weights and biases of a branch to those of the dense layer.</summary>
    /// <param name="firstUnit">Of the branch in its layer.</param>
    /// <param name="firstInput">Of the branch among the inputs of the dense layer.</param>
    /// <param name="means">Of the units of the last layer; null for another.</param>
    private static void Add(ReadOnlySpan<float> from, in DenseTerm branch, int firstUnit, Span<float> to, in DenseTerm dense, int firstInput, FieldMap? means)
    {
        for (int u = 0; u < branch.Outputs.Count; u++)
        {
            int unit = firstUnit + u, output = means is null ? unit : means.ByInput.Pairs[2 * means.ByInput.Starts[unit]];
            float factor = means is null ? 1 : 1f / means.ByOutput.CountOf(output);
            for (int i = 0; i < branch.Inputs.Count; i++)
            {
                to[dense.WeightOffset + ((firstInput + i) * dense.Outputs.Count) + output] += factor * from[branch.WeightOffset + (i * branch.Outputs.Count) + u];
            }

            to[dense.BiasOffset + output] += factor * from[branch.BiasOffset + u];
        }
    }
}
