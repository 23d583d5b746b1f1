using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Priors;

/// <summary>The anchored prior's part of a gradient: relevances multiply first-layer weights, and anchors attract.</summary>
internal sealed class AnchoredTerm : PriorGradient
{
    private readonly Device _device;
    private readonly ParticleShape _shape;
    private readonly RelevanceTerm[] _relevances;
    private readonly DeviceBuffer _anchors;
    private readonly DeviceBuffer _precisions;
    private readonly DeviceBuffer? _networks;

    /// <param name="layout">With relevances, unless the first layer is never trained.</param>
    /// <param name="anchors">[S, stride].</param>
    public AnchoredTerm(Device device, AnchoredPrior prior, ParameterLayout layout, float[] anchors)
    {
        (_device, _shape) = (device, layout.ShapeOf(anchors.Length / layout.Stride));
        _relevances = RelevancesOf(layout);
        var precisions = new float[layout.Stride];
        double[] deviation = prior.Moments(layout).StandardDeviation;
        for (int p = 0; p < deviation.Length; p++)
        {
            precisions[p] = (float)(1 / (deviation[p] * deviation[p]));
        }

        _anchors = device.Allocate(anchors.Length);
        _anchors.Upload(anchors);
        _precisions = device.Allocate(precisions.Length);
        _precisions.Upload(precisions);
        _networks = _relevances.Length == 0 ? null : device.Allocate(anchors.Length);
    }

    public override bool IsShared => false;

    public override DeviceBuffer NetworksOf(DeviceBuffer particles) => _networks ?? particles;

    public override void Prepare(DeviceBuffer particles)
    {
        for (int k = 0; k < _relevances.Length; k++)
        {
            // Each scales its own weights only: all but the first in place.
            _device.ScaleInputWeights(k == 0 ? particles : _networks!, _shape, _relevances[k], _networks!);
        }
    }

    public override void Finish(DeviceBuffer particles, DeviceBuffer gradients)
    {
        foreach (RelevanceTerm relevance in _relevances)
        {
            _device.ScaleInputGradients(particles, _networks!, _shape, relevance, gradients);
        }

        _device.AnchorGradient(particles, _anchors, _precisions, _shape, gradients);
    }

    public override AnchoredUpdate? UpdateOf(DeviceBuffer particles, AdamTerm? adam) => new(particles, _anchors, _precisions, _relevances, adam);

    public override void SolveOutputs(DeviceBuffer particles, OutputSystem system, float gamma, DeviceBuffer sums) =>
        _device.SolveOutputs(particles, _anchors, _precisions, _shape, system, gamma, sums);

    /// <summary>-1/2 sum of precision (theta - anchor)^2.</summary>
    public override double[] LogDensity(DeviceBuffer particles, ReadOnlySpan<float> logPrecisions, GradientStatistics statistics) =>
        [.. _device.AnchorDistances(particles, _anchors, _precisions, _shape).Select(distance => -0.5 * distance)];

    /// <summary>Particles [S, stride of the model] with the relevances multiplied into their first-layer weights.</summary>
    /// <param name="training">The layout of the particles, with relevances.</param>
    /// <param name="model">The same network without.</param>
    public static float[] Fold(ParameterLayout training, ParameterLayout model, ReadOnlySpan<float> particles)
    {
        RelevanceTerm[] relevances = RelevancesOf(training);
        if (relevances.Length == 0)
        {
            return [.. particles];
        }

        var result = new float[model.LengthOf(particles.Length / training.Stride)];
        for (int s = 0; s < result.Length / model.Stride; s++)
        {
            ReadOnlySpan<float> from = particles.Slice(s * training.Stride, training.Stride);
            Span<float> to = result.AsSpan(s * model.Stride, model.ParameterCount);
            from[..to.Length].CopyTo(to);
            ScaleFirstWeights(to, from, relevances, 1);
        }

        return result;
    }

    /// <summary>The inverse: particles [S, stride of the training] with the relevances once drawn and the model's networks.</summary>
    /// <remarks>A network does not determine its relevances; the anchors are the most probable.</remarks>
    public static float[] Unfold(ParameterLayout training, ParameterLayout model, ReadOnlySpan<float> drawn, ReadOnlySpan<float> trained)
    {
        RelevanceTerm[] relevances = RelevancesOf(training);
        if (relevances.Length == 0)
        {
            return [.. trained];
        }

        float[] result = [.. drawn];
        for (int s = 0; s < result.Length / training.Stride; s++)
        {
            Span<float> to = result.AsSpan(s * training.Stride, training.Stride);
            trained.Slice(s * model.Stride, model.ParameterCount).CopyTo(to);
            ScaleFirstWeights(to, drawn.Slice(s * training.Stride, training.Stride), relevances, -1);
        }

        return result;
    }

    private static void ScaleFirstWeights(Span<float> particle, ReadOnlySpan<float> logRelevances, RelevanceTerm[] terms, int sign)
    {
        foreach (RelevanceTerm term in terms)
        {
            for (int i = 0; i < term.Inputs; i++)
            {
                float relevance = MathF.Exp(sign * logRelevances[term.RelevanceOffset + i]);
                foreach (ref float weight in particle.Slice(term.WeightOffset + (i * term.Units), term.Units))
                {
                    weight *= relevance;
                }
            }
        }
    }

    /// <summary>Empty for none.</summary>
    private static RelevanceTerm[] RelevancesOf(ParameterLayout layout)
    {
        if (layout.Block(ParameterRole.Relevance) is not { } block)
        {
            return [];
        }

        IReadOnlyList<InputWeights> weights = layout.Network.InputWeights;
        return [.. weights.Select((own, k) => new RelevanceTerm(own.Relevances, own.Units, own.Offset, block.Offset + weights.Take(k).Sum(before => before.Relevances)))];
    }

    protected override void Dispose(bool disposing)
    {
        _anchors.Dispose();
        _precisions.Dispose();
        _networks?.Dispose();
        base.Dispose(disposing);
    }
}
