using System.CommandLine;
using DailySeries.NextDay;
using IlgpuBnn.Data;
using IlgpuBnn.Png;
using IlgpuBnn.Reporting;
using IlgpuBnn.Samples;
using Fluxes = DailySeries.Fluxes;

var png = new Option<bool>("--png") { Description = "Figures as PNG files, too." };
Option<string> fluxFolder = Folder("daily-fluxes"), weatherFolder = Folder("daily-weather");
var sites = new Option<int>("--sites") { Description = "Sites to train on; as many new ones are predicted.", DefaultValueFactory = _ => Fluxes.Sizes.Full.Sites, HelpName = "n" };
sites.AtLeast(4);
var fluxes = new Command("fluxes", "Carbon uptake of made-up sites day by day, at sites and in a year that no training saw.") { fluxFolder, sites, png };
fluxes.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(fluxFolder);
    Fluxes.Results results = Fluxes.Study.Run(Fluxes.Sizes.Full with { Sites = parse.GetValue(sites) }, Console.Out);
    Save(Fluxes.Page.Create(results), folder, parse.GetValue(png));
    File.WriteAllText(Path.Combine(folder, "train.csv"), Fluxes.FluxTable.Text(results.Training));
    File.WriteAllText(Path.Combine(folder, "new-sites.csv"), Fluxes.FluxTable.Text(results.Tests));
});

var weather = new Command("weather", "The next day's temperatures and wind in two cities as measured, in years and at a site that no training saw.") { weatherFolder, png };
weather.SetAction(parse => Save(Page.Create(Study.Run(Sizes.Full, WeatherTable.Read(WeatherTable.Shipped), Console.Out)), parse.GetRequiredValue(weatherFolder), parse.GetValue(png)));

var root = new RootCommand("Series day by day: recurrent networks beside dense ones on lags. Each command writes one page.") { fluxes, weather };
return root.Run(args, exception => exception is ReportFolderException or IOException or DataException);

static Option<string> Folder(string name) => new("--out") { Description = "Folder for the page and its tables.", DefaultValueFactory = _ => name, HelpName = "DIR" };

static void Save(ReportPage page, string folder, bool png)
{
    page.Save(folder, png ? PngFigures.WritePng : null);
    Console.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
}
