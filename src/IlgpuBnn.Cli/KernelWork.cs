namespace IlgpuBnn.Cli;

/// <summary>What a kernel of an SVGD iteration must do at least: operations, and bytes if it reads and writes every array once.</summary>
/// <param name="Operations">Floating-point operations of an iteration's launches together; a multiply-add is two.</param>
/// <param name="Bytes">Of global memory: no partial sums of chunks, and nothing that is read again.</param>
internal sealed record KernelWork(double Operations, double Bytes)
{
    /// <summary>Null for what is not counted: work that depends on how sums are cut, and the searches for the median.</summary>
    /// <param name="kernel">As <see cref="Devices.KernelTime.Kernel"/> names it.</param>
    /// <param name="layers">Inputs and outputs of each dense layer.</param>
    /// <param name="s">Particles.</param>
    /// <param name="p">Parameters of a particle.</param>
    /// <param name="n">Rows of a batch.</param>
    public static KernelWork? Of(string kernel, IReadOnlyList<(int Inputs, int Outputs)> layers, double s, double p, double n)
    {
        (double first, double all) = (Products([layers[0]]), Products(layers));
        (double inputs, double targets) = (layers[0].Inputs, layers[^1].Outputs);

        // Units of all layers; all but the first layer's inputs are a particle's own.
        double units = s * n * layers.Sum(layer => (double)layer.Outputs), ownInputs = units - (s * n * targets), data = n * inputs;
        return kernel switch
        {
            "NetworkGradient.Small" or "NetworkGradient.Medium" or "NetworkGradient.Large" =>
                Floats(s * n * ((6 * all) - (2 * first)), (2 * s * p) + (n * (inputs + targets))),
            "DenseForward" => Floats(2 * s * n * all, (s * p) + data + ownInputs + units),
            "DenseBackwardWeights" => Floats(2 * s * n * all, data + ownInputs + units + (s * p)),

            // The unit itself gives the activation's derivative, and its gradient takes its place.
            "DenseBackwardInputs" => Floats(2 * s * n * (all - first), units - (s * n * layers[0].Outputs) + (s * (all - first)) + (2 * ownInputs)),
            "Likelihood" => Floats(6 * s * n * targets, (2 * s * n * targets) + (n * targets)),
            "PriorGradient" => Floats(7 * s * p, 3 * s * p),
            "PairwiseDistances" => Floats(1.5 * s * s * p, (s * p) + (s * s)),
            "SteinDirection.Gaussian" => Floats(2 * s * s * p, (3 * s * p) + (s * s)),
            "Adam" => Floats(12 * s * p, 7 * s * p),
            _ => null,
        };
    }

    private static double Products(IEnumerable<(int Inputs, int Outputs)> layers) => layers.Sum(layer => (double)layer.Inputs * layer.Outputs);

    private static KernelWork Floats(double operations, double floats) => new(operations, sizeof(float) * floats);
}
