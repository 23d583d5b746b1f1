namespace CoverageStudy;

/// <summary>The Markdown table, a line per cell as it comes, and what it adds up to.</summary>
internal static class Report
{
    private const double Least95 = 0.92, Most95 = 0.98, Least50 = 0.42, Most50 = 0.60;

    public static void Write(IEnumerable<Study.Cell> cells, TextWriter output)
    {
        output.WriteLine("| family          | rows |     R2 | 95 % holds | 50 % holds | log score | 95 % width | smallest log density | seconds |");
        output.WriteLine("|-----------------|-----:|-------:|-----------:|-----------:|----------:|-----------:|---------------------:|--------:|");
        var all = new List<Study.Cell>();
        foreach (Study.Cell cell in cells)
        {
            all.Add(cell);
            Study.Result over = cell.Over;
            output.WriteLine(
                $"| {cell.Family,-15} | {cell.Rows,4} | {over.R2,6:F3} | {Percent(over.Coverage95),10} | {Percent(over.Coverage50),10} | {over.LogScore,9:F3} "
                    + $"| {over.Width95,10:F3} | {over.SmallestLogDensity,20:F1} | {over.Seconds,7:F2} |");
        }

        output.WriteLine();
        output.WriteLine($"95 % intervals outside 92-98 %: {Outside(all, result => result.Coverage95, Least95, Most95)}");
        output.WriteLine($"50 % intervals outside 42-60 %: {Outside(all, result => result.Coverage50, Least50, Most50)}");
    }

    private static string Outside(List<Study.Cell> cells, Func<Study.Result, double> coverage, double least, double most)
    {
        string[] outside =
        [
            .. cells.Where(cell => coverage(cell.Over) < least || coverage(cell.Over) > most)
                .Select(cell => $"{cell.Family} ({cell.Rows} rows: {Percent(coverage(cell.Over))} %)"),
        ];
        return outside.Length == 0 ? $"none of {cells.Count}." : $"{outside.Length} of {cells.Count}: {string.Join(", ", outside)}.";
    }

    private static string Percent(double share) => (100 * share).ToString("F1");
}
