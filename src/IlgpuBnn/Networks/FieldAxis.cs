namespace IlgpuBnn.Networks;

/// <summary>Which positions along one axis of a field each position of the next field reads: [output, tap], -1 for none.</summary>
internal static class FieldAxis
{
    /// <summary>As many outputs as inputs, divided by the stride and rounded up; the filter stands with its middle on every stride-th input.</summary>
    public static int[,] OfFilter(int inputs, int size, int stride, Padding padding) => Of(
        ((inputs - 1) / stride) + 1, size, (output, tap) => Padded((output * stride) + tap - ((size - 1) / 2), inputs, padding));

    /// <summary>Windows side by side; the last may be cut off by the edge.</summary>
    public static int[,] OfWindows(int inputs, int size) =>
        Of(((inputs - 1) / size) + 1, size, (output, tap) => (output * size) + tap is var at && at < inputs ? at : -1);

    /// <summary>Each input repeated.</summary>
    public static int[,] OfCopies(int inputs, int factor) => Of(inputs * factor, 1, (output, _) => output / factor);

    /// <summary>Whether a filter reaches no further beyond an edge than a mirror has positions.</summary>
    public static bool CanReflect(int inputs, int size) => size / 2 < inputs;

    private static int Padded(int at, int inputs, Padding padding) => padding switch
    {
        Padding.Periodic => ((at % inputs) + inputs) % inputs,
        Padding.Reflect => at < 0 ? -at : at < inputs ? at : (2 * (inputs - 1)) - at,
        _ => at >= 0 && at < inputs ? at : -1,
    };

    private static int[,] Of(int outputs, int taps, Func<int, int, int> source)
    {
        var sources = new int[outputs, taps];
        for (int output = 0; output < outputs; output++)
        {
            for (int tap = 0; tap < taps; tap++)
            {
                sources[output, tap] = source(output, tap);
            }
        }

        return sources;
    }
}
