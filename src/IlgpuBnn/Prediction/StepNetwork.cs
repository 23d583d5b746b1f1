using IlgpuBnn.Data;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Prediction;

/// <summary>The networks of a model over series, bound to one step: the same weights, whose recurrent layers go on from the state of the step before.</summary>
/// <param name="Encoding">Of the values of a step.</param>
/// <param name="Ensemble">Of one step.</param>
/// <param name="Calibration">Of a target at each step that of the window's last.</param>
/// <param name="StateCount">Numbers of a particle's state.</param>
internal sealed record StepNetwork(TableEncoding Encoding, Ensemble Ensemble, OutputCalibration Calibration, int StateCount)
{
    /// <param name="layers">Hidden layers of the networks.</param>
    /// <param name="table">Encoding of whole windows.</param>
    /// <param name="whole">Networks over whole windows.</param>
    /// <param name="calibration">Of these.</param>
    /// <exception cref="ArgumentException">A layer needs more than a step and the state; the message names it.</exception>
    public static StepNetwork Of(IReadOnlyList<Layer> layers, TableEncoding table, Ensemble whole, OutputCalibration calibration)
    {
        int steps = Require(layers), channels = Network.FieldOfInputs(layers)!.Channels;
        int[] inputs = Last(channels, steps), targets = Network.FieldOfOutputs(layers) is null ? [.. Enumerable.Range(0, whole.TargetNames.Count)] : Last(whole.TargetNames.Count / steps, steps);
        if (table.Inputs.Any(own => own.Width != 1) || whole.Components is not null)
        {
            throw new ArgumentException("The model's networks see categories, or learn principal components, of which one step has none of its own. Use Predict, or train without.");
        }

        var network = new Network(channels, [.. layers.Select(layer => layer is FieldLayer field ? new FieldLayer(field.Channels, 1) : layer)], targets.Length);
        var encoding = new TableEncoding(
            [.. inputs.Select(i => NameOf(table, i, steps))], [.. inputs.Select(i => table.Inputs[i])], [.. targets.Select(o => table.Targets[o])],
            new InputRange([.. inputs.Select(i => table.Range.Smallest[i])], [.. inputs.Select(i => table.Range.Largest[i])]));
        var layout = new ParameterLayout(network);
        Ensemble ensemble = whole with
        {
            InputNames = encoding.FeatureNames,
            TargetNames = [.. targets.Select(o => whole.TargetNames[o])],
            InputScaling = whole.InputScaling.Select(inputs),
            TargetScaling = whole.TargetScaling.Select(targets),
            Layout = layout,
            Particles = WeightsOf(whole, layout),
        };
        return new StepNetwork(encoding, ensemble, calibration.Select(targets), layers.OfType<Recurrence>().Sum(layer => layer.StateCount));
    }

    /// <summary>Of each channel the place of its last step.</summary>
    private static int[] Last(int channels, int steps) => [.. Enumerable.Range(0, channels).Select(channel => (channel * steps) + steps - 1)];

    /// <summary>Without the step, where all steps have their numbers.</summary>
    private static string NameOf(TableEncoding table, int input, int steps)
    {
        string name = table.InputNames[input], last = $"[{steps - 1}]";
        return name.EndsWith(last, StringComparison.Ordinal) ? name[..^last.Length] : name;
    }

    /// <summary>Weights do not depend on the number of steps, and stand in the same order.</summary>
    private static float[] WeightsOf(Ensemble whole, ParameterLayout layout)
    {
        var particles = new float[whole.ParticleCount * layout.Stride];
        for (int s = 0; s < whole.ParticleCount; s++)
        {
            whole.Particles.AsSpan(s * whole.Layout.Stride, layout.Network.WeightCount).CopyTo(particles.AsSpan(s * layout.Stride));
        }

        return particles;
    }

    /// <returns>Steps of a window.</returns>
    private static int Require(IReadOnlyList<Layer> layers)
    {
        const string remedy = "Networks that go on step by step are a field of a line, recurrent layers, and behind them dense layers of the last state, or conv1d of size 1 up to a field of targets.";
        if (layers is not [FieldLayer { Height: null } line, Recurrence, ..])
        {
            throw new ArgumentException($"The network {NetworkDescription.Of(layers)} does not begin with a series and a recurrent layer. {remedy}");
        }

        bool isSequence = true;
        foreach (Layer layer in layers.Skip(1))
        {
            bool fits = layer switch
            {
                Recurrence => isSequence,
                Convolution { Dimensions: 1, Size: 1, Stride: 1 } => isSequence,
                Dense => !isSequence,
                FieldLayer field => isSequence && field.Width == line.Width && field.Height is null,
                _ => false,
            };
            if (!fits)
            {
                throw new ArgumentException($"{layer} reads more than one step, or stands behind the last state. {remedy}");
            }

            isSequence &= layer is not Recurrence { Sequence: false };
        }

        return !isSequence || layers[^1] is FieldLayer ? line.Width
            : throw new ArgumentException($"The targets of {NetworkDescription.Of(layers)} depend on the states of all steps. {remedy}");
    }
}
