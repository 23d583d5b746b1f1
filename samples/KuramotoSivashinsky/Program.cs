using System.CommandLine;
using IlgpuBnn.Png;
using IlgpuBnn.Reporting;
using IlgpuBnn.Samples;
using KuramotoSivashinsky;

var output = new Option<string>("--out") { Description = "Folder for the page.", DefaultValueFactory = _ => "kuramoto-sivashinsky", HelpName = "DIR" };
var quick = new Option<bool>("--quick") { Description = "Small and short, in seconds: forecasts are worse." };
var png = new Option<bool>("--png") { Description = "Figures as PNG files, too." };
var iterations = new Option<int?>("--iterations") { Description = "Of the training.", HelpName = "n" };
var particles = new Option<int?>("--particles") { Description = "Networks of the ensemble.", HelpName = "n" };
var perturbation = new Option<double?>("--perturbation")
{
    Description = "Largest standard deviation of what is added to the states that are learnt from. 0 for states as they are: forecasts then leave the attractor at once.",
    HelpName = "sd",
};
iterations.AtLeast(1);
particles.AtLeast(2);

perturbation.Validators.Add(result =>
{
    if (result.GetValueOrDefault<double?>() is { } sd && sd is not (>= 0 and <= 1))
    {
        result.AddError("--perturbation must be between 0 and 1.");
    }
});

var root = new RootCommand("The Kuramoto-Sivashinsky equation: one step learnt by networks, rolled out, and how long forecasts hold. Writes one page.")
{
    output, quick, png, iterations, particles, perturbation,
};
root.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(output);
    StudySettings settings = parse.GetValue(quick) ? StudySettings.Quick : new StudySettings();
    settings = settings with
    {
        Perturbation = parse.GetValue(perturbation) ?? settings.Perturbation,
        Emulator = settings.Emulator with
        {
            Iterations = parse.GetValue(iterations) ?? settings.Emulator.Iterations,
            Particles = parse.GetValue(particles) ?? settings.Emulator.Particles,
        },
    };
    Study.Run(settings, Console.WriteLine).Save(folder, parse.GetValue(png) ? PngFigures.WritePng : null);
    Console.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
});
return root.Run(args, exception => exception is ReportFolderException or ArgumentException);
