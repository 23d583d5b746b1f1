using System.CommandLine;
using FlowEmulator;
using IlgpuBnn.Png;
using IlgpuBnn.Reporting;
using IlgpuBnn.Samples;

var output = new Option<string>("--out") { Description = "Folder for the page.", DefaultValueFactory = _ => "flow-emulator", HelpName = "DIR" };
var quick = new Option<bool>("--quick") { Description = "Few glaciers and a short training, in seconds." };
var png = new Option<bool>("--png") { Description = "Figures as PNG files, too." };
var iterations = new Option<int?>("--iterations") { Description = "Of the training.", HelpName = "n" };
iterations.AtLeast(1);
var root = new RootCommand("Velocity fields of random glaciers: solved by the shallow shelf approximation, and emulated by convolutions. Writes one page.") { output, quick, png, iterations };
root.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(output);
    StudySettings settings = parse.GetValue(quick) ? StudySettings.Quick : new StudySettings();
    settings = settings with { Emulator = settings.Emulator with { Iterations = parse.GetValue(iterations) ?? settings.Emulator.Iterations } };
    Study.Run(settings, Console.WriteLine).Save(folder, parse.GetValue(png) ? PngFigures.WritePng : null);
    Console.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
});
return root.Run(args, exception => exception is ReportFolderException or ArgumentException);
