using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Posterior;

/// <summary>Gradient of log p(theta | D) of every particle over a batch, MATHS "Posterior": the operations in their order.</summary>
/// <param name="layout">The network.</param>
/// <param name="priors">Priors of the precisions; null for none: the likelihood alone, precisions fixed at what the particles have.</param>
/// <param name="deterministic">No prior, precisions fixed at 1: the gradient of minus half the squared error.</param>
/// <param name="degreesOfFreedom">Of Student's t noise; null for Gaussian noise.</param>
internal sealed class PosteriorGradient(
    ParameterLayout layout, GammaPriors? priors, bool deterministic, double? degreesOfFreedom = null)
{
    private LikelihoodTerm _likelihood;
    private PriorTerm _prior;
    private Action<ParticleBlock>? _pass;

    /// <summary>Writes the gradients and their statistics.</summary>
    /// <param name="scale">N/B.</param>
    /// <param name="iteration">1-based; noted where a gradient is not finite.</param>
    public void Compute(NetworkWorkspace workspace, NetworkBuffers buffers, DeviceRows data, RowRange rows, double scale, int iteration)
    {
        _likelihood = new LikelihoodTerm((float)scale, deterministic, (float)(degreesOfFreedom ?? 0));
        _prior = priors is null || deterministic
            ? new PriorTerm(false, 0, 0, 0, 0, iteration)
            : new PriorTerm(
                true, (float)priors.WeightShape, (float)priors.WeightRate, (float)priors.NoiseShape, (float)priors.NoiseRate, iteration);
        workspace.Run(buffers, data, rows, _pass ??= Pass);
    }

    private void Pass(ParticleBlock block)
    {
        if (!block.TryNetworkGradient(_likelihood))
        {
            LayerByLayer(block);
        }

        if (block.LastRows)
        {
            block.PriorGradient(_likelihood, _prior);
        }
    }

    private void LayerByLayer(ParticleBlock block)
    {
        ForwardPass.Run(layout, block);
        block.Likelihood(_likelihood);
        for (int layer = layout.Layers.Count - 1; layer >= 0; layer--)
        {
            block.DenseBackward(layer);
        }
    }
}
