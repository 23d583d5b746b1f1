namespace IlgpuBnn.Networks;

/// <summary>Where everything lies in a particle theta = (W, log gamma, log lambda), MATHS "Posterior".</summary>
/// <remarks>
/// Layer by layer weights then biases; then the log noise precisions, the log weight precisions, the log input scales.
/// Particles are stored [S, <see cref="Stride"/>], the padding is zero and stays zero.
/// </remarks>
internal sealed class ParameterLayout
{
    /// <summary>Particles and rows are padded to whole vectors of the widest device.</summary>
    public const int Alignment = 16;

    /// <param name="lastActivation">Of the last hidden layer; null for that of the others.</param>
    /// <param name="linearPath">Whether the last layer reads the inputs too, behind the last hidden units.</param>
    /// <param name="inputScales">Whether each input has a scale that multiplies its weights in the first layer.</param>
    public ParameterLayout(
        int inputs, IReadOnlyList<int> hidden, int outputs, Activation activation, NoisePrecision noise, WeightPrecision weightPrecision,
        Activation? lastActivation = null, bool linearPath = false, bool inputScales = false)
    {
        Inputs = inputs;
        Outputs = outputs;
        int[] units = [inputs, .. hidden, outputs];
        var layers = new DenseLayer[units.Length - 1];
        int offset = 0, slot = 0, copied = linearPath && layers.Length > 1 ? inputs : 0;
        InputCopySlot = -1;
        for (int l = 0; l < layers.Length; l++)
        {
            bool last = l == layers.Length - 1;
            Activation layerActivation = last ? Activation.Identity : l == layers.Length - 2 ? lastActivation ?? activation : activation;
            bool stored = DenseLayer.StoresDerivative(layerActivation);
            int outputSlot = slot;
            slot += units[l + 1];
            if (copied > 0 && l == layers.Length - 2)
            {
                InputCopySlot = slot;
                slot += copied;
            }

            layers[l] = new DenseLayer(units[l] + (last ? copied : 0), units[l + 1], layerActivation, offset, outputSlot, stored ? slot : -1);
            offset = layers[l].End;
            slot += stored ? units[l + 1] : 0;
        }

        Layers = layers;
        WorkspaceUnits = slot;
        WeightCount = offset;
        NoiseOffset = offset;
        NoiseCount = noise == NoisePrecision.Shared ? 1 : outputs;
        WeightPrecisionOffset = NoiseOffset + NoiseCount;
        WeightGroups = weightPrecision == WeightPrecision.Shared
            ? [new WeightGroup(0, offset)]
            : [.. layers.Select(l => new WeightGroup(l.WeightOffset, l.ParameterCount))];
        InputScaleOffset = WeightPrecisionOffset + WeightGroups.Count;
        InputScaleCount = inputScales ? inputs : 0;
        ParameterCount = InputScaleOffset + InputScaleCount;
        Stride = PadToVectors(ParameterCount);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public IReadOnlyList<DenseLayer> Layers { get; }

    /// <summary>Units (outputs and stored derivatives of all layers) that one row needs while a gradient is computed.</summary>
    public int WorkspaceUnits { get; }

    /// <summary>All weights and biases.</summary>
    public int WeightCount { get; }

    public int NoiseOffset { get; }

    /// <summary>1 (shared) or one per output.</summary>
    public int NoiseCount { get; }

    public int WeightPrecisionOffset { get; }

    /// <summary>Weights and biases that share a precision; the g-th group's log precision lies at WeightPrecisionOffset + g.</summary>
    public IReadOnlyList<WeightGroup> WeightGroups { get; }

    /// <summary>First of the copies of the inputs, right behind the last hidden layer's outputs; -1 without a linear path.</summary>
    public int InputCopySlot { get; }

    public int InputScaleOffset { get; }

    /// <summary>Log scales: one per input, or 0.</summary>
    public int InputScaleCount { get; }

    /// <summary>P.</summary>
    public int ParameterCount { get; }

    public int Stride { get; }

    public int NoiseIndex(int output) => NoiseOffset + (NoiseCount == 1 ? 0 : output);

    public static int PadToVectors(int count) => (count + Alignment - 1) / Alignment * Alignment;
}

/// <summary>A run of weights and biases under one precision.</summary>
internal readonly record struct WeightGroup(int Offset, int Count);
