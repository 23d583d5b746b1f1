using System.Globalization;

namespace IlgpuBnn.Reporting;

/// <summary>Numbers in figures, tables and text.</summary>
internal static class NumberText
{
    /// <summary>A fraction as percent, to a tenth.</summary>
    public static string Percent(double fraction) => (100 * fraction).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    /// <summary>Significant digits, but all before the point; no exponent between 0.001 and 99,999; empty for NaN.</summary>
    public static string Short(double value, int digits = 3)
    {
        double size = Math.Abs(value);
        if (size == 0 || double.IsNaN(value))
        {
            return size == 0 ? "0" : "";
        }

        if (size is < 0.001 or >= 99_999.5)
        {
            return value.ToString($"0.{new string('#', digits - 1)}E+0", CultureInfo.InvariantCulture);
        }

        int decimals = Math.Max(0, digits - 1 - (int)Math.Floor(Math.Log10(size)));
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture);
    }
}
