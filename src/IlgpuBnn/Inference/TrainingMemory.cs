using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>About how much memory a training takes at most, told before it starts.</summary>
/// <remarks>
/// Seven copies of all particles (four to train with, three to look at and to keep the best); with SVGD, one more and what the interaction of
/// particles needs; where a second training may follow, the first one's model; of an anchored ensemble, anchors and each particle's targets; activations, data, and 64 MiB for .NET itself. On the CPU, squared distances between particles are held up to 8,192 particles
/// (256 MiB) and computed anew where they are needed beyond.
/// </remarks>
/// <param name="MainBytes">In the computer's main memory.</param>
/// <param name="DeviceBytes">In a GPU's own memory; 0 on the CPU.</param>
public sealed record TrainingMemory(long MainBytes, long DeviceBytes)
{
    private const long RuntimeBytes = 64L << 20;

    // State and moments: theta, gradient, two moments. On the host: before and after an iteration, and the best so far.
    private const int DeviceCopies = 4;
    private const int HostCopies = 3;

    /// <summary>For a training with <see cref="BayesianNetwork.Fit"/>.</summary>
    /// <param name="data">The rows to train on.</param>
    /// <param name="options">Default: those of <see cref="TrainingOptions"/>.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static TrainingMemory Estimate(Dataset data, TrainingOptions? options = null, Device? device = null)
    {
        options ??= new TrainingOptions();
        options.Validate();
        bool anchored = options.Method == InferenceMethod.AnchoredEnsemble;
        ParameterLayout layout = BayesianNetwork.LayoutOf(options, data.InputCount, data.TargetCount, inputScales: anchored);
        int heldOut = anchored ? 0 : (int)(options.HeldOutShare * data.RowCount);
        long outputs = Product(options.Particles, layout.Outputs, ParameterLayout.PadToVectors(heldOut));
        long anchors = anchored ? Product(options.Particles, layout.Stride) : 0;
        int copies = HostCopies + (SharperNetworks.MayFollow(options, data.RowCount) ? 1 : 0);
        long host = checked(Product(copies, options.Particles, layout.Stride) + anchors + outputs);

        // Rows, and the same shuffled into batches; of an anchored ensemble, each particle's own targets, and anchors and scaled networks.
        long columns = checked(layout.Inputs + (anchored ? Product(options.Particles, layout.Outputs) : layout.Outputs));
        long onDevice = checked(Product(2, columns, ParameterLayout.PadToVectors(data.RowCount)) + (2 * anchors) + outputs);
        int batch = (data.RowCount + options.BatchesFor(data.RowCount) - 1) / options.BatchesFor(data.RowCount);
        bool interacting = options.Method == InferenceMethod.Svgd && options.Particles > 1;
        return Of(device ?? DeviceCatalog.Default, layout, options.Particles, batch, onDevice, host, interacting);
    }

    /// <summary>For iterations of SVGD alone.</summary>
    internal static TrainingMemory OfSteps(Device device, ParameterLayout layout, int particles, int batchRows) =>
        Of(device, layout, particles, batchRows, Product(layout.Inputs + layout.Outputs, batchRows), Product(HostCopies, particles, layout.Stride), true);

    /// <exception cref="InsufficientMemoryException">This computer's main memory is too small.</exception>
    internal void RequireRoom()
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (MainBytes > available)
        {
            throw new InsufficientMemoryException(
                $"There is not enough memory: this needs about {Gigabytes(MainBytes)}, and the machine lets a program have {Gigabytes(available)}. "
                    + "Use fewer particles, smaller hidden layers, or fewer rows per batch.");
        }
    }

    /// <summary>One figure for people, e.g. <c>0.4 GB</c>.</summary>
    internal static string Gigabytes(long bytes) => (bytes / 1e9).ToString("F1", CultureInfo.InvariantCulture) + " GB";

    private static TrainingMemory Of(
        Device device, ParameterLayout layout, int particles, int rows, long deviceFloats, long hostFloats, bool interacting)
    {
        long state = Product(DeviceCopies, particles, layout.Stride) + Product(particles, (2 * layout.Outputs) + layout.WeightGroups.Count + 1);
        long interaction = interacting ? checked(Product(particles, layout.Stride) + device.HeldDistances(particles)) : 0;
        deviceFloats = checked(deviceFloats + state + interaction + device.WorkspaceLength(layout, particles, rows));
        long main = checked((sizeof(float) * hostFloats) + RuntimeBytes), own = checked(sizeof(float) * deviceFloats);
        return device.UsesMainMemory ? new TrainingMemory(checked(main + own), 0) : new TrainingMemory(main, own);
    }

    private static long Product(params ReadOnlySpan<long> factors)
    {
        long product = 1;
        foreach (long factor in factors)
        {
            product = checked(product * factor);
        }

        return product;
    }
}
