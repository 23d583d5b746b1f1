namespace IlgpuBnn.Reference;

/// <summary>A layer between fields, one row at a time.</summary>
/// <remarks>A field is [row, column, channel]; that of the data, and of the targets, [channel, row, column].</remarks>
/// <param name="channels">Of what it reads.</param>
/// <param name="height">Of what it reads.</param>
/// <param name="width">Of what it reads.</param>
/// <param name="readsData">Whether it reads the data.</param>
public abstract class ReferenceFieldLayer(int channels, int height, int width, bool readsData)
{
    public int InputCount => channels * height * width;

    public abstract int OutputCount { get; }

    public virtual int ParameterCount => 0;

    protected int Channels => channels;

    protected int Height => height;

    protected int Width => width;

    /// <summary>What the activation sees [output].</summary>
    public abstract double[] Forward(ReadOnlySpan<double> parameters, double[] entered);

    /// <summary>Adds to gradient [parameter]; returns the gradient by the values that entered.</summary>
    public abstract double[] Backward(ReadOnlySpan<double> parameters, double[] entered, double[] sumGradient, Span<double> gradient);

    protected int InputIndex(int channel, int row, int column) => readsData
        ? (channel * height + row) * width + column
        : (row * width + column) * channels + channel;
}

/// <summary>What a convolution reads beyond the edge.</summary>
public enum ReferencePadding
{
    Zero,
    Periodic,
    Reflect,
}

/// <summary>Weights [filter row, filter column, channel, filter], then biases; the middle of the filter on every stride-th position.</summary>
public sealed class ReferenceConvolution(
    int channels, int height, int width, bool readsData, int filters, (int Down, int Across) size, int stride, ReferencePadding padding)
    : ReferenceFieldLayer(channels, height, width, readsData)
{
    private readonly int rows = (height + stride - 1) / stride;
    private readonly int columns = (width + stride - 1) / stride;

    public override int OutputCount => rows * columns * filters;

    public override int ParameterCount => (size.Down * size.Across * Channels + 1) * filters;

    public override double[] Forward(ReadOnlySpan<double> parameters, double[] entered)
    {
        double[] sums = new double[OutputCount];
        for (int output = 0; output < sums.Length; output++)
            sums[output] = parameters[ParameterCount - filters + output % filters];
        foreach ((int input, int output, int weight) in Terms())
            sums[output] += parameters[weight] * entered[input];
        return sums;
    }

    public override double[] Backward(ReadOnlySpan<double> parameters, double[] entered, double[] sumGradient, Span<double> gradient)
    {
        double[] enteredGradient = new double[entered.Length];
        for (int output = 0; output < sumGradient.Length; output++)
            gradient[ParameterCount - filters + output % filters] += sumGradient[output];
        foreach ((int input, int output, int weight) in Terms())
        {
            gradient[weight] += sumGradient[output] * entered[input];
            enteredGradient[input] += sumGradient[output] * parameters[weight];
        }
        return enteredGradient;
    }

    private IEnumerable<(int Input, int Output, int Weight)> Terms()
    {
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                for (int down = 0; down < size.Down; down++)
                    for (int across = 0; across < size.Across; across++)
                    {
                        int? fromRow = Inside(row * stride + down - (size.Down - 1) / 2, Height);
                        int? fromColumn = Inside(column * stride + across - (size.Across - 1) / 2, Width);
                        if (fromRow is null || fromColumn is null)
                            continue;
                        for (int channel = 0; channel < Channels; channel++)
                            for (int filter = 0; filter < filters; filter++)
                                yield return (
                                    InputIndex(channel, fromRow.Value, fromColumn.Value),
                                    (row * columns + column) * filters + filter,
                                    ((down * size.Across + across) * Channels + channel) * filters + filter);
                    }
    }

    private int? Inside(int at, int count)
    {
        if (padding == ReferencePadding.Zero)
            return at >= 0 && at < count ? at : null;
        while (at < 0 || at >= count)
        {
            if (padding == ReferencePadding.Periodic)
                at += at < 0 ? count : -count;
            else
                at = at < 0 ? -at : 2 * (count - 1) - at;
        }
        return at;
    }
}

/// <summary>Each output the mean of some inputs of its channel: pooling, copies to a larger field, or the order of targets.</summary>
/// <param name="rows">Of the outputs.</param>
/// <param name="columns">Of the outputs.</param>
/// <param name="reads">Whether an output's row and column read an input's.</param>
/// <param name="inTargetOrder">Whether the outputs are [channel, row, column].</param>
public sealed class ReferenceFieldMeans(
    int channels, int height, int width, bool readsData, int rows, int columns, Func<(int Row, int Column), (int Row, int Column), bool> reads,
    bool inTargetOrder = false) : ReferenceFieldLayer(channels, height, width, readsData)
{
    public override int OutputCount => rows * columns * Channels;

    public override double[] Forward(ReadOnlySpan<double> parameters, double[] entered)
    {
        double[] sums = new double[OutputCount];
        foreach ((int input, int output, double share) in Terms())
            sums[output] += share * entered[input];
        return sums;
    }

    public override double[] Backward(ReadOnlySpan<double> parameters, double[] entered, double[] sumGradient, Span<double> gradient)
    {
        double[] enteredGradient = new double[entered.Length];
        foreach ((int input, int output, double share) in Terms())
            enteredGradient[input] += share * sumGradient[output];
        return enteredGradient;
    }

    private IEnumerable<(int Input, int Output, double Share)> Terms()
    {
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
            {
                (int Row, int Column)[] read = [.. Enumerable.Range(0, Height * Width).Select(at => (at / Width, at % Width)).Where(at => reads((row, column), at))];
                for (int channel = 0; channel < Channels; channel++)
                    foreach ((int fromRow, int fromColumn) in read)
                        yield return (
                            InputIndex(channel, fromRow, fromColumn),
                            inTargetOrder ? (channel * rows + row) * columns + column : (row * columns + column) * Channels + channel,
                            1.0 / read.Length);
            }
    }
}
