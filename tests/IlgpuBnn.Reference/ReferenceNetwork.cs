namespace IlgpuBnn.Reference;

/// <summary>A network, one row at a time: the last layer is linear, and any dense layer but the first may read the network's inputs too.</summary>
/// <remarks>
/// A particle begins, layer by layer, with weights [inputs, outputs] row-major, then biases [outputs], or what a layer between fields has.
/// What follows (the precisions) is ignored here, but for the frequencies [input, frequency] that it ends with, in radians. With frequencies b the first layer reads
/// cos(b v) of all of them, then sin(b v), in place of the inputs v.
/// </remarks>
public sealed class ReferenceNetwork
{
    private readonly int[] layerSizes;
    private readonly ReferenceActivation[] activations;
    private readonly bool[] readsInputs;
    private readonly int frequencies;
    private readonly double kappa;
    private readonly ReferenceFieldLayer?[] fields;

    /// <param name="layerSizes">[inputs, hidden..., outputs].</param>
    /// <param name="hiddenActivation">Of every layer but the last.</param>
    /// <param name="linearPath">Whether the last of several layers reads the network's inputs too, after the last hidden units.</param>
    /// <param name="lastHiddenActivation">Of the layer before the last, where it is another.</param>
    public ReferenceNetwork(
        int[] layerSizes, ReferenceActivation hiddenActivation, bool linearPath = false, ReferenceActivation? lastHiddenActivation = null)
        : this(
            layerSizes,
            [.. layerSizes.Skip(2).Select((_, layer) => layer == layerSizes.Length - 3 ? lastHiddenActivation ?? hiddenActivation : hiddenActivation)],
            [.. layerSizes.Skip(1).Select((_, layer) => linearPath && layer > 0 && layer == layerSizes.Length - 2)])
    {
    }

    /// <param name="layerSizes">[inputs, hidden..., outputs].</param>
    /// <param name="hiddenActivations">Of each layer but the last.</param>
    /// <param name="readsInputs">Of each layer: whether it reads the network's inputs too, after the units before it; not the first, unless there are frequencies.</param>
    /// <param name="frequencies">0 for none.</param>
    /// <param name="kappa">What the first layer reads is multiplied by it.</param>
    /// <param name="fields">Of each layer: what it is if it is not dense.</param>
    public ReferenceNetwork(
        int[] layerSizes, ReferenceActivation[] hiddenActivations, bool[] readsInputs, int frequencies = 0, double kappa = 1, ReferenceFieldLayer?[]? fields = null)
    {
        this.fields = fields ?? new ReferenceFieldLayer?[layerSizes.Length - 1];
        if (layerSizes.Length < 2 || layerSizes.Any(size => size < 1))
            throw new ArgumentException(
                $"Layer sizes [{string.Join(", ", layerSizes)}]: name inputs and outputs at least, each 1 or more.", nameof(layerSizes));
        (this.frequencies, this.kappa) = (frequencies, kappa);
        InputCount = layerSizes[0];
        this.layerSizes = [frequencies > 0 ? 2 * frequencies : InputCount, .. layerSizes[1..]];
        activations = [.. hiddenActivations, ReferenceActivation.Identity];
        this.readsInputs = [.. readsInputs];
        if (activations.Length != LayerCount || readsInputs.Length != LayerCount || (readsInputs[0] && frequencies == 0))
            throw new ArgumentException($"There are {LayerCount} layers; give an activation for each but the last, and say of each but the first what it reads.");
    }

    public int InputCount { get; }

    public int FrequencyCount => InputCount * frequencies;

    public int OutputCount => layerSizes[^1];

    public int LayerCount => layerSizes.Length - 1;

    /// <summary>Weights and biases of all layers, without the precisions.</summary>
    public int ParameterCount => LayerStart(LayerCount);

    /// <summary>Where a layer's weights begin; its biases end where the next layer starts.</summary>
    public int LayerStart(int layer)
    {
        int start = 0;
        for (int before = 0; before < layer; before++)
            start += fields[before]?.ParameterCount ?? LayerInputs(before) * layerSizes[before + 1] + layerSizes[before + 1];
        return start;
    }

    /// <summary>How many values enter a layer.</summary>
    public int LayerInputs(int layer) => layerSizes[layer] + (readsInputs[layer] ? InputCount : 0);

    /// <summary>x [row, input] -> outputs [row, output].</summary>
    public double[,] Forward(double[] theta, double[,] x)
    {
        double[,] outputs = new double[x.GetLength(0), OutputCount];
        for (int row = 0; row < x.GetLength(0); row++)
        {
            double[] output = ForwardRow(theta, x, row).Values[LayerCount];
            for (int o = 0; o < OutputCount; o++)
                outputs[row, o] = output[o];
        }
        return outputs;
    }

    /// <summary>
    /// Gradient [parameter] of any scalar of the outputs, given the scalar's gradient by them: outputGradient [row, output].
    /// </summary>
    public double[] Backward(double[] theta, double[,] x, double[,] outputGradient)
    {
        double[] gradient = new double[ParameterCount];
        for (int row = 0; row < x.GetLength(0); row++)
        {
            (double[][] values, double[][] sums) = ForwardRow(theta, x, row);
            double[] valueGradient = new double[OutputCount];
            for (int o = 0; o < OutputCount; o++)
                valueGradient[o] = outputGradient[row, o];
            for (int layer = LayerCount - 1; layer >= 0; layer--)
                valueGradient = BackwardLayer(theta, layer, values[layer], sums[layer], valueGradient, gradient);
        }
        return gradient;
    }

    /// <summary>Values[layer] enters the layer, Sums[layer] is what its activation sees; Values[LayerCount] is the output.</summary>
    private (double[][] Values, double[][] Sums) ForwardRow(double[] theta, double[,] x, int row)
    {
        if (x.GetLength(1) != InputCount)
            throw new ArgumentException($"x has {x.GetLength(1)} columns, the network {InputCount} inputs.", nameof(x));

        double[][] values = new double[LayerCount + 1][];
        double[][] sums = new double[LayerCount][];
        double[] raw = [.. Enumerable.Range(0, InputCount).Select(i => x[row, i])];
        values[0] = frequencies > 0 ? Features(theta, raw) : [.. raw.Select(value => kappa * value)];
        for (int layer = 0; layer < LayerCount; layer++)
        {
            if (LayerInputs(layer) > layerSizes[layer])
                values[layer] = [.. values[layer], .. raw];
            (int inputs, int outputs) = (LayerInputs(layer), layerSizes[layer + 1]);
            values[layer + 1] = new double[outputs];
            if (fields[layer] is { } field)
            {
                sums[layer] = field.Forward(theta.AsSpan(LayerStart(layer), field.ParameterCount), values[layer]);
                values[layer + 1] = [.. sums[layer].Select(sum => activations[layer].Value(sum))];
                continue;
            }
            sums[layer] = new double[outputs];
            for (int o = 0; o < outputs; o++)
            {
                double sum = theta[BiasIndex(layer, o)];
                for (int i = 0; i < inputs; i++)
                    sum += values[layer][i] * theta[WeightIndex(layer, i, o)];
                sums[layer][o] = sum;
                values[layer + 1][o] = activations[layer].Value(sum);
            }
        }
        return (values, sums);
    }

    private double[] Features(double[] theta, double[] raw)
    {
        int start = theta.Length - FrequencyCount;
        double[] phases = [.. Enumerable.Range(0, frequencies).Select(k => raw.Select((value, i) => theta[start + i * frequencies + k] * value).Sum())];
        return [.. phases.Select(Math.Cos), .. phases.Select(Math.Sin)];
    }

    /// <summary>Adds the layer's share to gradient, and returns the gradient by the values that entered the layer.</summary>
    private double[] BackwardLayer(
        double[] theta, int layer, double[] entered, double[] sums, double[] valueGradient, double[] gradient)
    {
        if (fields[layer] is { } field)
        {
            double[] sumGradients = [.. sums.Zip(valueGradient, (sum, own) => own * activations[layer].Derivative(sum))];
            (int start, int count) = (LayerStart(layer), field.ParameterCount);
            return field.Backward(theta.AsSpan(start, count), entered, sumGradients, gradient.AsSpan(start, count));
        }
        double[] enteredGradient = new double[entered.Length];
        for (int o = 0; o < sums.Length; o++)
        {
            double sumGradient = valueGradient[o] * activations[layer].Derivative(sums[o]);
            gradient[BiasIndex(layer, o)] += sumGradient;
            for (int i = 0; i < entered.Length; i++)
            {
                gradient[WeightIndex(layer, i, o)] += sumGradient * entered[i];
                enteredGradient[i] += sumGradient * theta[WeightIndex(layer, i, o)];
            }
        }
        return enteredGradient[..layerSizes[layer]];
    }

    private int WeightIndex(int layer, int input, int output) => LayerStart(layer) + input * layerSizes[layer + 1] + output;

    private int BiasIndex(int layer, int output) => WeightIndex(layer, LayerInputs(layer), output);
}
