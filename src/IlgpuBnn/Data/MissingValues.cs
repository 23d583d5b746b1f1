namespace IlgpuBnn.Data;

/// <summary>How programs write that a value is missing.</summary>
public static class MissingValues
{
    /// <summary>Texts that always mean a missing value, as an empty cell does, in capital or small letters: those of R, pandas, NumPy and spreadsheets.</summary>
    public static IReadOnlyList<string> Words { get; } = ["NA", "N/A", "#N/A", "#NA", "<NA>", "NaN", "-NaN", "NULL", "None", "-", "--", "."];

    /// <summary>Whether two numbers are the same, perhaps with one of them in single precision or written with its few digits.</summary>
    internal static bool AreSame(double a, double b) => a == b || (float.IsNormal((float)a) && (float)a == (float)b);
}
