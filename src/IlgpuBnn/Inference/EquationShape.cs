using IlgpuBnn.Devices;
using IlgpuBnn.Equations;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>Particles that obey equations, in a device's layout: weights of all networks, unknown numbers, padding, what is never trained.</summary>
internal sealed class EquationShape
{
    private readonly IReadOnlyList<Network> _networks;
    private readonly IReadOnlyList<EquationSystem> _systems;
    private readonly int[] _frozen;

    /// <exception cref="ArgumentException">A layer has no derivatives by inputs on a device.</exception>
    public EquationShape(EquationProblem problem, IReadOnlyList<Network> networks, IReadOnlyList<EquationSystem> systems)
    {
        (_networks, _systems) = (networks, systems);
        int parameters = systems[0].ParameterCount, weights = 0, frozen = Alignment.Pad(parameters);
        _frozen = new int[networks.Count];
        var shapes = new StreamNetwork[networks.Count];
        for (int n = 0; n < networks.Count; n++)
        {
            _frozen[n] = frozen;
            shapes[n] = ShapeOf(networks[n], weights, frozen - networks[n].WeightCount);
            (weights, frozen) = (weights + networks[n].WeightCount, frozen + networks[n].FrozenCount);
        }

        UnknownTerm[] unknowns = [.. problem.Unknowns.Select(own => new UnknownTerm(own.Centre, own.StandardDeviation, own.Positive))];
        Shape = new ResidualShape(new ParticleShape(systems.Count, parameters, Alignment.Pad(frozen)), shapes, unknowns, weights, EquationSystem.TermsOnDevice(systems));
    }

    public ResidualShape Shape { get; }

    private int Stride => Shape.Particles.Stride;

    /// <summary>[S, stride].</summary>
    /// <param name="parameters">[particle][parameter].</param>
    public float[] Pack(IReadOnlyList<double[]> parameters)
    {
        var packed = new float[SizeLimits.ArrayLength("Particles", parameters.Count, Stride)];
        for (int s = 0; s < parameters.Count; s++)
        {
            Span<float> own = packed.AsSpan(s * Stride, Stride);
            Copy(parameters[s], own);
            for (int n = 0; n < _networks.Count; n++)
            {
                Copy(_systems[s].FrozenOf(n), own[_frozen[n]..]);
            }
        }

        return packed;
    }

    /// <summary>[particle][parameter].</summary>
    public double[][] Unpack(float[] packed) =>
        [.. Enumerable.Range(0, Shape.Particles.Particles).Select(s => Array.ConvertAll(packed[(s * Stride)..((s * Stride) + Shape.Particles.Parameters)], own => (double)own))];

    /// <summary>[stride]: of the prior; 0 where there is none.</summary>
    public float[] Precisions()
    {
        var precisions = new float[Stride];
        Copy(_systems[0].Precisions, precisions);
        return precisions;
    }

    private static void Copy(ReadOnlySpan<double> from, Span<float> to)
    {
        for (int k = 0; k < from.Length; k++)
        {
            to[k] = (float)from[k];
        }
    }

    /// <param name="weights">Added to offsets of weights.</param>
    /// <param name="frozen">Added to offsets of what is never trained.</param>
    private static StreamNetwork ShapeOf(Network network, int weights, int frozen) => new(
        network.Inputs, network.WorkspaceUnits, network.Outputs,
        [
            .. network.Layers.Select(layer =>
            {
                if (layer.DenseTerms.Count > 1 || layer.Means is not null || (layer.DenseTerms.Count == 0 && layer.Copy is null))
                {
                    throw new ArgumentException("On a device equations take networks of dense, sine, Fourier and skip layers. Use the CPU for others.");
                }

                if (layer.DenseTerms.Count == 0)
                {
                    return new StreamLayer(layer.Copy, null, false);
                }

                DenseTerm dense = layer.DenseTerms[0];
                bool isTrained = dense.WeightOffset < network.WeightCount;
                return new StreamLayer(layer.Copy, dense with { WeightOffset = dense.WeightOffset + (isTrained ? weights : frozen) }, isTrained);
            }),
        ]);
}
