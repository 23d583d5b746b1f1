using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Posterior;

/// <summary>Gradient of the log density of particles with anchors, scales of their inputs and a noise that is given.</summary>
internal sealed class AnchoredGradient : IDisposable
{
    private readonly Device _device;
    private readonly ParameterLayout _layout;
    private readonly ParticleShape _shape;
    private readonly Anchors _anchors;
    private readonly double? _degreesOfFreedom;
    private readonly DeviceBuffer _centres;
    private readonly DeviceBuffer _precisions;
    private readonly InputScaleTerm _scales;
    private readonly PosteriorGradient _likelihood;

    /// <param name="layout">With input scales.</param>
    /// <param name="degreesOfFreedom">Of Student's t noise; null for Gaussian noise.</param>
    public AnchoredGradient(Device device, ParameterLayout layout, Anchors anchors, double? degreesOfFreedom = null)
    {
        (_device, _layout, _anchors, _degreesOfFreedom) = (device, layout, anchors, degreesOfFreedom);
        _shape = new ParticleShape(anchors.Centres.Length / layout.Stride, layout.ParameterCount, layout.Stride);
        _centres = device.Allocate(anchors.Centres.Length);
        _centres.Upload(anchors.Centres);
        _precisions = device.Allocate(anchors.Precisions.Length);
        _precisions.Upload(anchors.Precisions);
        Networks = device.Allocate(anchors.Centres.Length);
        DenseLayer first = layout.Layers[0];
        _scales = new InputScaleTerm(layout.Inputs, first.Outputs, first.WeightOffset, layout.InputScaleOffset);
        _likelihood = new PosteriorGradient(layout, null, false, degreesOfFreedom);
    }

    /// <summary>The particles with the scales multiplied into their first weights, as of <see cref="Scale"/>: what a forward pass reads.</summary>
    public DeviceBuffer Networks { get; }

    /// <summary>Brings <see cref="Networks"/> up to date.</summary>
    public void Scale(DeviceBuffer particles) => _device.ScaleInputWeights(particles, _shape, _scales, Networks);

    /// <summary>Writes the gradients by the particles; the buffers read <see cref="Networks"/>.</summary>
    /// <param name="particles">theta [S, stride].</param>
    /// <param name="scale">N/B.</param>
    /// <param name="iteration">1-based; noted where a gradient is not finite.</param>
    public void Compute(
        DeviceBuffer particles, NetworkWorkspace workspace, NetworkBuffers buffers, DeviceRows data, RowRange rows, double scale, int iteration)
    {
        Scale(particles);
        _likelihood.Compute(workspace, buffers, data, rows, scale, iteration);
        _device.ScaleInputGradients(particles, Networks, _shape, _scales, buffers.Gradients!);
        _device.AnchorGradient(particles, _centres, _precisions, _shape, buffers.Gradients!);
    }

    /// <summary>One value per particle, constants left out.</summary>
    public double[] LogDensity(ReadOnlySpan<float> particles, GradientStatistics statistics, double scale)
    {
        double[] result = Posterior.LogDensity.OfParticles(_layout, null, false, particles, statistics, scale, _degreesOfFreedom), prior = _anchors.LogDensity(particles);
        for (int s = 0; s < result.Length; s++)
        {
            result[s] += prior[s];
        }

        return result;
    }

    public void Dispose()
    {
        _centres.Dispose();
        _precisions.Dispose();
        Networks.Dispose();
    }
}
