using System.CommandLine;
using IlgpuBnn;
using IlgpuBnn.Devices;
using IlgpuBnn.Png;
using IlgpuBnn.Reporting;
using IlgpuBnn.Samples;
using Physics;

var output = new Option<string>("--out") { Description = "Folder for the page.", DefaultValueFactory = _ => "physics", HelpName = "DIR" };
var draws = new Option<int>("--draws") { Description = "Draws of the measurements' errors; coverage is counted over all of them.", DefaultValueFactory = _ => 4, HelpName = "n" };
var particles = new Option<int>("--particles") { Description = "Particles of each ensemble.", DefaultValueFactory = _ => 8, HelpName = "n" };
var only = new Option<string>("--only") { Description = "One of burgers, precision, shelf, shelf2d, stages, stream. Without it all but precision, shelf2d and stream, which take longer.", HelpName = "name" };
var adam = new Option<int>("--adam-steps") { Description = "Burgers' equation by so many steps of Adam instead of Levenberg and Marquardt's.", HelpName = "n" };
var device = new Option<string>("--device") { Description = "Where these are taken: cpu, in double precision, or a GPU as ilgpubnn devices lists them.", DefaultValueFactory = _ => "cpu", HelpName = "ID" };
var png = new Option<bool>("--png") { Description = "Figures as PNG files, too." };
only.AcceptOnlyFromAmong("burgers", "precision", "shelf", "shelf2d", "stages", "stream");
draws.AtLeast(1);
particles.AtLeast(2);
adam.AtLeast(0);

var root = new RootCommand("Equations in the posterior: an unknown viscosity of Burgers' equation, an ice shelf's from noisy velocities, in one dimension and in two, and functions learnt to many digits in stages.")
{
    output, draws, particles, only, adam, device, png,
};
root.SetAction(parse =>
{
    string? wanted = parse.GetValue(only);
    var page = new ReportPage("Equations in the posterior");
    page.AddText("Each particle has networks and unknown numbers of its own; their spread is the answer's uncertainty. Truths are known here, and marked or counted.");
    if (wanted is null or "burgers")
    {
        using Device where = DeviceCatalog.Open(parse.GetRequiredValue(device));
        Burgers.Add(page, parse.GetValue(draws), new EquationOptions { Particles = parse.GetValue(particles), AdamSteps = parse.GetValue(adam) }, where, Console.Out);
    }

    if (wanted == "precision")
    {
        Burgers.AddPrecisions(page, parse.GetValue(draws), parse.GetValue(particles), Console.Out);
    }

    if (wanted is null or "shelf")
    {
        IceShelf.Add(page, parse.GetValue(draws), parse.GetValue(particles), Console.Out);
    }

    if (wanted == "shelf2d")
    {
        Shelf2DSection.Add(page, parse.GetValue(draws), parse.GetValue(particles), Console.Out);
    }

    if (wanted is null or "stages")
    {
        Stages.Add(page, Console.Out);
    }

    if (wanted == "stream")
    {
        StreamFunction.Add(page, Console.Out);
    }

    page.Save(parse.GetRequiredValue(output), parse.GetValue(png) ? PngFigures.WritePng : null);
    Console.WriteLine($"Wrote {Path.Combine(parse.GetRequiredValue(output), ReportPage.FileName)}: open it in a browser.");
});
return root.Run(args, exception => exception is ReportFolderException or ArgumentException or DeviceException);
