using System.CommandLine;
using DailyFluxes;
using IlgpuBnn.Reporting;
using IlgpuBnn.Samples;

var output = new Option<string>("--out") { Description = "Folder for the page and its tables.", DefaultValueFactory = _ => "daily-fluxes", HelpName = "DIR" };
var sites = new Option<int>("--sites") { Description = "Sites to train on; as many new ones are predicted.", DefaultValueFactory = _ => Sizes.Full.Sites, HelpName = "n" };
sites.AtLeast(4);
var root = new RootCommand("Carbon uptake of made-up sites day by day: recurrent networks beside dense ones on lags, at sites and in a year that they never saw. Writes one page.") { output, sites };
root.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(output);
    Results results = Study.Run(Sizes.Full with { Sites = parse.GetValue(sites) }, Console.Out);
    Page.Create(results).Save(folder);
    File.WriteAllText(Path.Combine(folder, "train.csv"), FluxTable.Text(results.Training));
    File.WriteAllText(Path.Combine(folder, "new-sites.csv"), FluxTable.Text(results.Tests));
    Console.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
});
return root.Run(args, exception => exception is ReportFolderException or IOException);
