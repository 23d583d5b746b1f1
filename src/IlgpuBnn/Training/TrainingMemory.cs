using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Training;

/// <summary>Estimate of a training's peak memory.</summary>
/// <remarks>
/// Seven copies of all particles (four for training, one of the best state, two before the first iteration and after the last); for SVGD one more and the pairwise distances (of several processes each holds its own rows of these, and particles and gradients of all); the first
/// model if a candidate may follow; for components their bases and out-of-fold predictions of every target; for an anchored ensemble anchors and each particle's targets; activations, the rows (as text, numbers and standardised numbers, and on the device), and 64 MiB for .NET. On the CPU,
/// distances are held for up to 8,192 particles (256 MiB) and recomputed beyond.
/// </remarks>
/// <param name="MainBytes">In main memory.</param>
/// <param name="DeviceBytes">In a GPU's own memory; 0 on the CPU.</param>
public sealed record TrainingMemory(long MainBytes, long DeviceBytes)
{
    private const long RuntimeBytes = 64L << 20;

    // A cell's string of some 17 digits and its place in the row's array; the row's array, line number and place in a list.
    private const int CellTextBytes = 24 + (2 * 17) + 8;
    // Of windows, which share the texts of the table.
    private const int SharedTextBytes = 8;
    private const int RowBytes = 24 + 4 + 16;
    private const int TableCopies = 3;

    // Shrunk, bounded, and those before.
    private const int OutOfFoldCopies = 3;

    // On the device: theta, gradient, two moments, and the best so far. On the host: the best of them, and what becomes of it in a model.
    private const int DeviceCopies = 5;
    private const int HostCopies = 2;

    /// <summary>Memory of <see cref="BayesianNetwork.Fit"/>.</summary>
    /// <param name="data">The rows to train on.</param>
    /// <param name="options">Default: those of <see cref="TrainingOptions"/>.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">An option is out of range or not for such data, or the network is too large.</exception>
    /// <exception cref="InsufficientMemoryException">The number of bytes is beyond 64 bits.</exception>
    /// <exception cref="DataException">There are fewer than 3 rows.</exception>
    public static TrainingMemory Estimate(Dataset data, TrainingOptions? options = null, Device? device = null) => OfShare(data, options, device, ParticleShare.Whole);

    /// <summary>Memory of one of several processes, which has all particles where they decide together.</summary>
    /// <param name="group">Null for one process.</param>
    /// <inheritdoc cref="Estimate"/>
    internal static TrainingMemory OfGroup(Dataset data, TrainingOptions options, Device device, IProcessGroup? group)
    {
        if (group is null)
        {
            return Estimate(data, options, device);
        }

        TrainingMemory own = OfShare(data, options, device, new ParticleShare(group.Rank, group.Size)), whole = Estimate(data, options, device);

        // Gathered, as a model, and of a candidate's beside it: of what a single process has, less than half.
        return own with { MainBytes = Math.Max(own.MainBytes, checked(own.MainBytes + ((whole.MainBytes - own.MainBytes) / 2))) };
    }

    /// <param name="share">The particles that are trained here.</param>
    /// <inheritdoc cref="Estimate"/>
    internal static TrainingMemory OfShare(Dataset data, TrainingOptions? options, Device? device, ParticleShare share)
    {
        options ??= new TrainingOptions();
        options.Validate();
        if (data.RowCount < 3)
        {
            throw new DataException(data.SourceName, $"there are {data.RowCount} rows; training needs at least 3. Add runs.");
        }

        try
        {
            return Add(data, options.For(data), device ?? DeviceCatalog.Default, share);
        }
        catch (OverflowException exception)
        {
            throw new InsufficientMemoryException(
                "There is not enough memory: this needs more bytes than a 64-bit number counts. Use fewer particles, smaller hidden layers, or fewer rows per batch.",
                exception);
        }
    }

    private static TrainingMemory Add(Dataset data, TrainingOptions open, Device device, ParticleShare share)
    {
        TrainingOptions options = OutputLayerChoice.Made(open, data);
        InferenceMethod method = options.Method;
        bool anchored = method is AnchoredEnsemble;
        int particles = share.CountOf(method.Particles);
        int outputs = options.Components is null ? options.OutputsFor(data) : ComponentSelection.MostOf(data, options.Components);
        ParameterLayout layout = options.LayoutOf(Network(), training: true);
        long targets = layout.Shape.Outputs.Count, state = Product(particles, layout.Stride), anchors = anchored ? state : 0;
        int validation = method.Stopping?.ValidationRowsOf(data.RowCount) ?? 0;
        long held = Product(particles, targets, Alignment.Pad(validation));

        // The table itself, whatever the device: as text, as numbers, and encoded and standardised.
        long cells = Product(data.RowCount, data.InputCount + data.TargetCount);
        long table = checked((cells * ((data.Series is null ? CellTextBytes : SharedTextBytes) + (TableCopies * sizeof(double)))) + Product(data.RowCount, RowBytes));

        // What reading leaves until it is collected: measured on tables of 1 and 5 million rows.
        table = checked(table / 3 * 4);
        int copies = HostCopies + (Fitting.MaySelect(options, data.RowCount) ? 1 : 0);
        long host = checked((copies * state) + held);

        // Rows, and their copy shuffled into batches; for an anchored ensemble also each particle's targets, anchors and scaled weights.
        long columns = checked(layout.Network.Inputs + (anchored ? Product(particles, targets) : targets));
        long onDevice = checked(Product(2, columns, Alignment.Pad(data.RowCount)) + (2 * anchors) + held + Product(particles, method.SolvedOutputs(layout.Network)?.Stride ?? 0));
        int batches = options.BatchesFor(data.RowCount), batch = (data.RowCount + batches - 1) / batches;
        TrainingMemory training = Of(device, layout, method.Particles, share, batch, onDevice, host, method is Svgd { Particles: > 1 });
        return training with { MainBytes = checked(training.MainBytes + table + (options.Components is null ? 0 : OfComponents(data, method, outputs))) };

        // The largest that may be chosen.
        Network Network() => options.ApartTargets is { Count: > 0 } ? options.BuildNetwork(data.InputCount, data.TargetNames)
            : ApartSelection.IsOpen(data, open) ? (options with { ApartTargets = data.TargetNames }).BuildNetwork(data.InputCount, data.TargetNames)
            : options.BuildNetwork(data.InputCount, outputs);
    }

    /// <summary>The components of every fold, and what networks predict of the rows that they left out, for every target.</summary>
    private static long OfComponents(Dataset data, InferenceMethod method, int components)
    {
        int folds = Folds.CountFor(data.RowCount, method.WantedFolds, method.Particles);
        return folds == 0 ? 0 : checked(sizeof(double) * (Product(folds, components, data.TargetCount)
            + Product(OutOfFoldCopies, method.Particles / folds, data.RowCount, data.TargetCount)));
    }

    /// <summary>Memory of SVGD iterations alone.</summary>
    internal static TrainingMemory OfSteps(Device device, ParameterLayout layout, int particles, int batchRows, ParticleShare? share = null) => Of(
        device, layout, particles, share ?? ParticleShare.Whole, batchRows, Product(layout.Network.Inputs + layout.Shape.Outputs.Count, batchRows),
        Product(HostCopies, particles, layout.Stride), true);

    /// <param name="processes">As many on this machine need it.</param>
    /// <exception cref="InsufficientMemoryException">Main memory is too small.</exception>
    internal void RequireRoom(int processes = 1)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (MainBytes > available / processes)
        {
            throw new InsufficientMemoryException(
                $"There is not enough memory: this needs about {Gigabytes(MainBytes)}{(processes > 1 ? $" in each of {processes} processes" : "")}, and the machine lets a program have {Gigabytes(available)}. "
                    + "Use fewer particles, smaller hidden layers, or fewer rows per batch.");
        }
    }

    /// <summary>E.g. <c>0.4 GB</c>.</summary>
    internal static string Gigabytes(long bytes) => (bytes / 1e9).ToString("F1", CultureInfo.InvariantCulture) + " GB";

    private static TrainingMemory Of(
        Device device, ParameterLayout layout, int all, ParticleShare share, int rows, long deviceFloats, long hostFloats, bool interacting)
    {
        int particles = share.CountOf(all);
        long state = Product(DeviceCopies, particles, layout.Stride) + Product(particles, (2 * layout.Shape.Outputs.Count) + layout.Shape.WeightGroups.Count + 1);
        long interaction = interacting ? checked(Product(particles, layout.Stride) + device.HeldDistances(all, device.HasSteinOfShares ? share.Count : 1)) : 0;
        if (interacting && share.Count > 1)
        {
            // Particles and gradients of all, directions of all where they are computed, and what is sent at a time.
            interaction = checked(interaction + Product(device.HasSteinOfShares ? 2 : 3, all, layout.Stride) + ParticleExchange<float>.LengthOf(share.Count, all, layout.Stride));
        }

        deviceFloats = checked(deviceFloats + state + interaction + device.WorkspaceLength(layout.Shape, particles, rows));
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
