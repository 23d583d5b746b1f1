namespace IlgpuBnn.Tests.Devices;

/// <summary>The oracle of a network whose inputs are a field.</summary>
internal static class FieldCase
{
    public static ReferenceNetwork NetworkOf(FieldLayer first, IReadOnlyList<Layer> layers, int outputs)
    {
        (int channels, int height, int width) = (first.Channels, first.Height ?? 1, first.Width);
        bool line = first.Height is null;
        List<int> sizes = [channels * height * width];
        List<ReferenceActivation> activations = [];
        List<ReferenceFieldLayer?> fields = [];
        var readsInputs = new bool[layers.Count + 1];
        foreach (Layer layer in layers.Skip(1))
        {
            bool readsData = fields.Count == 0;
            switch (layer)
            {
                case Convolution own:
                    Add(
                        new ReferenceConvolution(
                            channels, height, width, readsData, own.Filters, (line ? 1 : own.Size, own.Size), own.Stride, (ReferencePadding)own.Padding),
                        own.Activation);
                    (channels, height, width) = (own.Filters, (height + own.Stride - 1) / own.Stride, (width + own.Stride - 1) / own.Stride);
                    break;
                case Pooling own:
                    int rows = (height + own.Size - 1) / own.Size, columns = (width + own.Size - 1) / own.Size;
                    Add(new ReferenceFieldMeans(
                        channels, height, width, readsData, rows, columns, (to, from) => to.Row == from.Row / own.Size && to.Column == from.Column / own.Size));
                    (height, width) = (rows, columns);
                    break;
                case Resizing own:
                    int down = line ? 1 : own.Factor;
                    Add(new ReferenceFieldMeans(
                        channels, height, width, readsData, height * down, width * own.Factor, (to, from) => from.Row == to.Row / down && from.Column == to.Column / own.Factor));
                    (height, width) = (height * down, width * own.Factor);
                    break;
                case Recurrence own:
                    Add(new ReferenceRecurrence(
                        channels, width, readsData, own.Cell == RecurrentCell.Lstm, own.Units, own.Sequence, own.Truncation ?? width, own.Masked));
                    (channels, width) = (own.Units, own.Sequence ? width : 1);
                    break;
                case Dense own:
                    sizes.Add(own.Units);
                    fields.Add(null);
                    activations.Add((ReferenceActivation)own.Activation);
                    break;
                case SkipConnection:
                    readsInputs[fields.Count] = true;
                    break;
                case FieldLayer own when ReferenceEquals(layer, layers[^1]) && layers[^2] is not Dense:
                    Add(new ReferenceFieldMeans(channels, height, width, readsData, height, width, (to, from) => to == from, inTargetOrder: true));
                    break;
                case FieldLayer own:
                    (channels, height, width) = (own.Channels, own.Height ?? 1, own.Width);
                    break;
            }
        }

        if (layers.Count == 1 || layers[^1] is not FieldLayer)
        {
            sizes.Add(outputs);
            fields.Add(null);
        }
        else
        {
            activations.RemoveAt(activations.Count - 1);
        }

        return new ReferenceNetwork([.. sizes], [.. activations], readsInputs[..fields.Count], fields: [.. fields]);

        void Add(ReferenceFieldLayer field, Activation activation = Activation.Identity)
        {
            sizes.Add(field.OutputCount);
            fields.Add(field);
            activations.Add((ReferenceActivation)activation);
        }
    }
}
