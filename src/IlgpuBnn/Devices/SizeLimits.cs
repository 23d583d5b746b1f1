using System.Diagnostics;

namespace IlgpuBnn.Devices;

/// <summary>The largest networks, ensembles and arrays.</summary>
/// <remarks>
/// Devices address memory without bounds checks. Within these limits every offset inside a particle, a row of units or an array fits in 32 bits; every network
/// and every array passes here before anything is allocated, and products are taken in 64 bits. Debug builds check the arrays of each pass once more.
/// </remarks>
internal static class SizeLimits
{
    /// <summary>Hidden layers and the output layer.</summary>
    public const int MaxLayers = 1000;

    /// <summary>Inputs of a network, and units of all its layers with their stored derivatives: a tile of 320 rows of them is one array.</summary>
    public const int MaxUnits = 1 << 22;

    /// <summary>Parameters of one particle: 1 GiB.</summary>
    public const int MaxParameters = 1 << 28;

    /// <summary>Positions times taps of all convolutions and means: what says who reads whom.</summary>
    public const int MaxLinks = 1 << 23;

    /// <summary>Numbers of one array in main memory, with room for its alignment.</summary>
    public const int MaxArrayLength = int.MaxValue - 1023;

    /// <exception cref="ArgumentException">There are more than the limit, or fewer than 1.</exception>
    public static void RequireInputs(int inputs) => Require(inputs, MaxUnits, "inputs", "Leave columns out");

    /// <exception cref="ArgumentException">There are more than the limit.</exception>
    public static void RequireLayers(int layers) => Require(layers, MaxLayers, "layers", "Use fewer layers");

    /// <returns>The sum.</returns>
    /// <exception cref="ArgumentException">There are more than the limit.</exception>
    public static int AddUnits(int units, int more) =>
        Require((long)units + more, MaxUnits, "units with their stored derivatives", "Use smaller hidden layers, or fewer targets");

    /// <returns>The sum.</returns>
    /// <exception cref="ArgumentException">There are more than the limit.</exception>
    public static int AddLinks(int links, long more) =>
        Require(links + more, MaxLinks, "links of positions to those that they read", "Use smaller filters, or pool before them");

    /// <returns>The sum of the parameters before and those of a block.</returns>
    /// <exception cref="ArgumentException">There are more than the limit.</exception>
    public static int AddParameters(int parameters, ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int size in shape)
        {
            // Sizes are below 2^31, so that no product of two overflows.
            count = size * Math.Min(count, uint.MaxValue);
        }

        return Require(parameters + Math.Min(count, long.MaxValue - parameters), MaxParameters, "weights and biases", "Use smaller hidden layers");
    }

    /// <summary>Numbers of an array of several dimensions.</summary>
    /// <param name="what">What they are, for the message.</param>
    /// <param name="sizes">At least 0 each.</param>
    /// <exception cref="InsufficientMemoryException">There are more than one array holds.</exception>
    public static int ArrayLength(string what, params ReadOnlySpan<long> sizes)
    {
        long length = sizes.Contains(0) ? 0 : 1;
        foreach (long size in sizes)
        {
            Debug.Assert(size >= 0, "A size is negative.");
            length = size > 0 && length > MaxArrayLength / size ? long.MaxValue : length * size;
        }

        return length <= MaxArrayLength
            ? (int)length
            : throw new InsufficientMemoryException(
                $"{what} [{string.Join(" x ", sizes.ToArray())}] do not fit: one array holds at most {MaxArrayLength} numbers. "
                    + "Use fewer particles, smaller hidden layers, or fewer rows at a time.");
    }

    /// <summary>In debug builds: whether the arrays of a pass hold all that the unsafe loops of its network touch.</summary>
    [Conditional("DEBUG")]
    public static void AssertFits(NetworkBuffers buffers, DeviceRows data, RowRange rows, NetworkShape shape, int particles)
    {
        long outputs = (long)particles * shape.Outputs.Count;
        Debug.Assert(rows.Start >= 0 && rows.Count >= 0 && rows.Start <= data.Stride - rows.Count, "Rows lie outside the table.");
        Debug.Assert(data.InputCount == shape.Inputs && data.Inputs.Length >= (long)shape.Inputs * data.Stride, "Inputs do not fit the network.");
        Debug.Assert(buffers.Particles.Length >= (long)particles * shape.Stride, "Particles do not fit their array.");
        Debug.Assert(shape.WeightCount <= shape.Parameters && shape.Parameters <= shape.Stride, "Parameters do not fit the particle.");
        for (int l = 0; l < shape.DenseLayers.Count; l++)
        {
            DenseTerm dense = shape.DenseLayers[l];
            int limit = shape.IsFrozen(dense) ? shape.Stride : shape.WeightCount;
            Debug.Assert(dense.WeightOffset + (((long)dense.Inputs.Count + 1) * dense.Outputs.Count) <= limit, "A layer lies outside the particle.");
        }

        Debug.Assert(buffers.Outputs is null || buffers.Outputs.Length >= outputs * data.Stride, "Outputs do not fit their array.");
        if (buffers.Gradients is { } gradients)
        {
            Debug.Assert(gradients.Length >= (long)particles * shape.Stride, "Gradients do not fit their array.");
            Debug.Assert(data.TargetCount == shape.Outputs.Count && data.TargetSets is var sets && (sets == 1 || sets == particles), "Targets do not fit the network.");
            Debug.Assert(data.Targets.Length >= (long)data.TargetSets * data.TargetCount * data.Stride, "Targets do not fit their array.");
            Debug.Assert(buffers.Statistics is null || buffers.Statistics.ResidualSquares.Length >= outputs, "Statistics do not fit their array.");
        }
    }

    private static int Require(long count, int limit, string what, string remedy) => count <= limit
        ? (int)count
        : throw new ArgumentException($"The network needs at least {count} {what}; at most {limit} are possible. {remedy}.");
}
