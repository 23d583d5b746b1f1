
namespace IlgpuBnn.Devices;

/// <summary>Standardised rows of a table on a device, unit-major: adjacent floats are adjacent rows of one column.</summary>
/// <remarks>
/// Inputs [I, Stride]; targets [O, Stride], or [S, O, Stride] if each particle has its own; NaN is a missing target. Padding has zero inputs and missing
/// targets, so that it contributes nothing.
/// </remarks>
internal sealed class DeviceRows : IDisposable
{
    private DeviceRows(int rows, int stride, DeviceBuffer inputs, DeviceBuffer targets, int inputCount, int targetCount, int targetSets) =>
        (Rows, Stride, Inputs, Targets, InputCount, TargetCount, TargetSets) = (rows, stride, inputs, targets, inputCount, targetCount, targetSets);

    public int Rows { get; }

    public int Stride { get; }

    public DeviceBuffer Inputs { get; }

    /// <summary>Empty for prediction.</summary>
    public DeviceBuffer Targets { get; }

    public int InputCount { get; }

    public int TargetCount { get; }

    /// <summary>1 if all particles share the targets, otherwise S.</summary>
    public int TargetSets { get; }

    /// <summary>Floats from a particle's targets to the next's; 0 if shared.</summary>
    public int TargetParticleStride => TargetSets == 1 ? 0 : SizeLimits.ArrayLength("Targets and rows", TargetCount, Stride);

    /// <summary>Whether targets may be missing outside the padding.</summary>
    public bool MissingTargets { get; private init; }

    /// <summary>Allocates rows with missing targets and undefined inputs.</summary>
    public static DeviceRows Empty(Device device, int rows, int inputs, int targets, bool missingTargets = true, int targetSets = 1)
    {
        int stride = Alignment.Pad(rows);
        var result = new DeviceRows(
            rows, stride, device.Allocate((long)inputs * stride), device.Allocate((long)targetSets * targets * stride), inputs, targets, targetSets)
        {
            MissingTargets = missingTargets,
        };
        var missing = new float[SizeLimits.ArrayLength("Targets and rows", targets, stride)];
        Array.Fill(missing, float.NaN);
        for (int set = 0; set < targetSets; set++)
        {
            result.Targets.Upload(missing, (long)set * missing.Length);
        }

        return result;
    }

    /// <summary>inputs [rows, I], targets [rows, O], NaN where missing; standardised.</summary>
    public static DeviceRows Upload(Device device, double[,] inputs, double[,] targets)
    {
        DeviceRows result = UploadInputs(device, inputs, targets.GetLength(1), targets.Cast<double>().Any(double.IsNaN));
        Transpose(targets, result.Targets, result.Stride, float.NaN);
        return result;
    }

    /// <summary>inputs [rows, I], standardised; targets are missing until <see cref="UploadTargets"/>.</summary>
    public static DeviceRows UploadInputs(Device device, double[,] inputs, int targets, bool missingTargets, int targetSets = 1)
    {
        DeviceRows result = Empty(device, inputs.GetLength(0), inputs.GetLength(1), targets, missingTargets, targetSets);
        Transpose(inputs, result.Inputs, result.Stride, 0f);
        return result;
    }

    /// <summary>One particle's own targets [rows, O], NaN where missing; standardised.</summary>
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
