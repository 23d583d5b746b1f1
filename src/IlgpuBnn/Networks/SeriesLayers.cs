using IlgpuBnn.Data;

namespace IlgpuBnn.Networks;

/// <summary>What layers over windows of series need before them.</summary>
public static class SeriesLayers
{
    /// <summary>Whether windows need <see cref="SeriesDescription.MarksSteps"/>: the first layer is recurrent, or a recurrent layer is masked.</summary>
    public static bool AreMarked(IReadOnlyList<Layer> layers) => layers is [Recurrence, ..] || layers.Any(layer => layer is Recurrence { Masked: true });

    /// <summary>The layers behind the field that windows are, where the first needs one; where that is recurrent, recurrent layers over all steps are masked. Other networks stay as they are.</summary>
    /// <param name="layers">Such as <c>lstm(32)</c>, or a whole network that begins with a field or a dense layer.</param>
    /// <param name="channels">Values of a step, <see cref="SeriesDescription.Channels"/>.</param>
    /// <param name="steps">Of a window.</param>
    public static IReadOnlyList<Layer> Of(IReadOnlyList<Layer> layers, int channels, int steps)
    {
        if (layers is not [Recurrence or Convolution { Dimensions: 1 } or Pooling or Resizing, ..])
        {
            return layers;
        }

        // Of a coarser line, no channel says which steps there are.
        int fine = layers[0] is Recurrence ? layers.TakeWhile(layer => layer is Recurrence or Convolution { Stride: 1 }).Count() : 0;
        return [new FieldLayer(channels, steps), .. layers.Select((layer, k) => k < fine && layer is Recurrence own ? own with { Masked = true } : layer)];
    }
}
