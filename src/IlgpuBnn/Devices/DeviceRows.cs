using IlgpuBnn.Networks;

namespace IlgpuBnn.Devices;

/// <summary>Rows of a table on a device, unit-major: a vector of neighbouring floats holds one column of neighbouring rows.</summary>
/// <remarks>
/// Inputs [I, Stride], targets [O, Stride], both scaled. NaN marks a missing target; the padding behind the last row has
/// zero inputs and missing targets, so that it contributes nothing.
/// </remarks>
internal sealed class DeviceRows : IDisposable
{
    private DeviceRows(int rows, int stride, DeviceBuffer inputs, DeviceBuffer targets, int inputCount, int targetCount)
    {
        (Rows, Stride, Inputs, Targets, InputCount, TargetCount) = (rows, stride, inputs, targets, inputCount, targetCount);
    }

    public int Rows { get; }

    public int Stride { get; }

    public DeviceBuffer Inputs { get; }

    /// <summary>Empty where rows are only predicted.</summary>
    public DeviceBuffer Targets { get; }

    public int InputCount { get; }

    public int TargetCount { get; }

    /// <summary>Whether a target may be missing elsewhere than in the last <see cref="ParameterLayout.Alignment"/> rows of a range that is used.</summary>
    public bool MissingTargets { get; private init; }

    /// <summary>Room for rows; all of it empty.</summary>
    public static DeviceRows Empty(Device device, int rows, int inputs, int targets, bool missingTargets = true)
    {
        int stride = ParameterLayout.PadToVectors(rows);
        var result = new DeviceRows(
            rows, stride, device.Allocate((long)inputs * stride), device.Allocate((long)targets * stride), inputs, targets)
        {
            MissingTargets = missingTargets,
        };
        var missing = new float[targets * stride];
        Array.Fill(missing, float.NaN);
        result.Targets.Upload(missing);
        return result;
    }

    /// <summary>inputs [rows, I], targets [rows, O] (NaN is missing), both scaled already.</summary>
    public static DeviceRows Upload(Device device, double[,] inputs, double[,] targets)
    {
        DeviceRows result = Empty(device, inputs.GetLength(0), inputs.GetLength(1), targets.GetLength(1), targets.Cast<double>().Any(double.IsNaN));
        Transpose(inputs, result.Inputs, result.Stride, 0f);
        Transpose(targets, result.Targets, result.Stride, float.NaN);
        return result;
    }

    public void Dispose()
    {
        Inputs.Dispose();
        Targets.Dispose();
    }

    private static void Transpose(double[,] values, DeviceBuffer destination, int stride, float padding)
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
            destination.Upload(column, (long)c * stride);
        }
    }
}

/// <summary>Rows [Start, Start + Count) of a table on a device; both multiples of the row alignment.</summary>
internal readonly record struct RowRange(int Start, int Count);
