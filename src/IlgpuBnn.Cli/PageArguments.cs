using System.CommandLine;
using IlgpuBnn.Png;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary>Where a command writes its page, and as what.</summary>
internal sealed class PageArguments
{
    public Option<string> Folder { get; } = new("--out")
    {
        Description = "Folder for the page, its figures (SVG) and their data (CSV), created if missing. In an existing folder only an earlier report is replaced.",
        Required = true,
        HelpName = "DIR",
    };

    public Option<bool> Png { get; } = CreatePng("Also write every figure as PNG, at twice its size.");

    public static Option<bool> CreatePng(string description) => new("--png") { Description = description };

    /// <summary>Checks before the work that its figures can be drawn.</summary>
    /// <exception cref="PngException">They cannot, as PNG.</exception>
    public void RequireDrawable(ParseResult parse)
    {
        if (parse.GetValue(Png))
        {
            PngFigures.RequireDrawable();
        }
    }

    public void Save(ParseResult parse, ReportPage page)
    {
        string folder = parse.GetRequiredValue(Folder);
        page.Save(folder, parse.GetValue(Png) ? PngFigures.WritePng : null);
        Console.Error.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
    }
}
