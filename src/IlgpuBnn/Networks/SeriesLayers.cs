using IlgpuBnn.Data;

namespace IlgpuBnn.Networks;

/// <summary>What layers over windows of series need before them.</summary>
public static class SeriesLayers
{
    /// <summary>Whether windows need <see cref="SeriesDescription.MarksSteps"/>: the first layer is recurrent, or a recurrent layer is masked.</summary>
    public static bool AreMarked(IReadOnlyList<Layer> layers) => layers is [Recurrence, ..] || layers.Any(layer => layer is Recurrence { Masked: true });

    /// <summary>The layers behind the field that windows are, where the first needs one; recurrent layers that come first are masked. Others stay as they are.</summary>
    /// <param name="layers">Such as <c>lstm(32)</c>, or a whole network that begins with a field or a dense layer.</param>
    /// <param name="channels">Values of a step, <see cref="SeriesDescription.Channels"/>.</param>
    /// <param name="steps">Of a window.</param>
    public static IReadOnlyList<Layer> Of(IReadOnlyList<Layer> layers, int channels, int steps)
    {
        if (layers is not [Recurrence or Convolution { Dimensions: 1 } or Pooling or Resizing, ..])
        {
            return layers;
        }

        int first = layers.TakeWhile(layer => layer is Recurrence).Count();
        return [new FieldLayer(channels, steps), .. layers.Select((layer, k) => k < first ? (Recurrence)layer with { Masked = true } : layer)];
    }
}
