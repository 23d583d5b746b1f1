using IlgpuBnn.Devices;

namespace IlgpuBnn.Networks;

/// <summary>The outputs of a network, as a list of operations on a block of particles and rows.</summary>
internal static class ForwardPass
{
    public static void Run(ParameterLayout layout, ParticleBlock block)
    {
        if (layout.InputCopySlot >= 0)
        {
            block.CopyInputs();
        }

        for (int layer = 0; layer < layout.Layers.Count; layer++)
        {
            block.DenseForward(layer);
        }
    }
}
