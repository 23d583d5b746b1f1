
namespace IlgpuBnn.Devices;

/// <summary>Rows of a table on a device, unit-major: a vector of neighbouring floats holds one column of neighbouring rows.</summary>
/// <remarks>
/// Inputs [I, Stride], targets [O, Stride] or, where each particle has its own, [S, O, Stride]; all scaled. NaN marks a missing target; the padding behind the last row has
/// zero inputs and missing targets, so that it contributes nothing.
/// </remarks>
internal sealed class DeviceRows : IDisposable
{
    private DeviceRows(int rows, int stride, DeviceBuffer inputs, DeviceBuffer targets, int inputCount, int targetCount, int targetSets)
    {
        (Rows, Stride, Inputs, Targets, InputCount, TargetCount, TargetSets) = (rows, stride, inputs, targets, inputCount, targetCount, targetSets);
    }

    public int Rows { get; }

    public int Stride { get; }

    public DeviceBuffer Inputs { get; }

    /// <summary>Empty where rows are only predicted.</summary>
    public DeviceBuffer Targets { get; }

    public int InputCount { get; }

    public int TargetCount { get; }

    /// <summary>1 where all particles share the targets, else S.</summary>
    public int TargetSets { get; }

    /// <summary>Floats from a particle's targets to the next's; 0 where they share them.</summary>
    public int TargetParticleStride => TargetSets == 1 ? 0 : TargetCount * Stride;

    /// <summary>Whether a target may be missing elsewhere than in the last <see cref="Alignment.Floats"/> rows of a range that is used.</summary>
    public bool MissingTargets { get; private init; }

    /// <summary>Room for rows: all targets are missing, all inputs have yet to be written.</summary>
    public static DeviceRows Empty(Device device, int rows, int inputs, int targets, bool missingTargets = true, int targetSets = 1)
    {
        int stride = Alignment.Pad(rows);
        var result = new DeviceRows(
            rows, stride, device.Allocate((long)inputs * stride), device.Allocate((long)targetSets * targets * stride), inputs, targets, targetSets)
        {
            MissingTargets = missingTargets,
        };
        var missing = new float[targets * stride];
        Array.Fill(missing, float.NaN);
        for (int set = 0; set < targetSets; set++)
        {
            result.Targets.Upload(missing, (long)set * missing.Length);
        }

        return result;
    }

    /// <summary>inputs [rows, I], targets [rows, O] (NaN is missing), both scaled already.</summary>
    public static DeviceRows Upload(Device device, double[,] inputs, double[,] targets)
    {
        DeviceRows result = UploadInputs(device, inputs, targets.GetLength(1), targets.Cast<double>().Any(double.IsNaN));
        Transpose(targets, result.Targets, result.Stride, float.NaN);
        return result;
    }

    /// <summary>inputs [rows, I], scaled already; all targets are missing until <see cref="UploadTargets"/>.</summary>
    public static DeviceRows UploadInputs(Device device, double[,] inputs, int targets, bool missingTargets, int targetSets = 1)
    {
        DeviceRows result = Empty(device, inputs.GetLength(0), inputs.GetLength(1), targets, missingTargets, targetSets);
        Transpose(inputs, result.Inputs, result.Stride, 0f);
        return result;
    }

    /// <summary>Gives one particle its own targets [rows, O] (NaN is missing), scaled already.</summary>
    public void UploadTargets(int particle, double[,] targets) =>
        Transpose(targets, Targets, Stride, float.NaN, (long)particle * TargetParticleStride);

    public void Dispose()
    {
        Inputs.Dispose();
        Targets.Dispose();
    }

    private static void Transpose(double[,] values, DeviceBuffer destination, int stride, float padding, long offset = 0)
    {
        int rows = values.GetLength(0), columns = values.GetLength(1);
        var column = new float[stride];
        for (int c = 0; c < columns; c++)
        {
            for (int n = 0; n < rows; n++)
            {
                column[n] = (float)values[n, c];
            }

            Array.Fill(column, padding, rows, stride - rows);
            destination.Upload(column, offset + ((long)c * stride));
        }
    }
}

/// <summary>Rows [Start, Start + Count) of a table on a device; both multiples of the row alignment.</summary>
internal readonly record struct RowRange(int Start, int Count);
