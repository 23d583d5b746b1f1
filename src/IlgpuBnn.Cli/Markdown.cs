using System.Globalization;

namespace IlgpuBnn.Cli;

/// <summary>Tables for a document.</summary>
internal static class Markdown
{
    public static string Row(params IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";

    /// <summary>The line below the header.</summary>
    public static string Rule(int columns) => $"|{string.Concat(Enumerable.Repeat("---|", columns))}";

    /// <summary>A dash for what is not known.</summary>
    public static string Number(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    public static string Percent(double? share) => share is null ? "-" : $"{Number(100 * share, share < 0.1 ? "F1" : "F0")} %";
}
