using System.CommandLine;
using IlgpuBnn.Reporting;
using IlgpuBnn.Samples;
using SeaIceClasses;

var output = new Option<string>("--out") { Description = "Folder for the page and its tables.", DefaultValueFactory = _ => "sea-ice-classes", HelpName = "DIR" };
var draws = new Option<int>("--draws") { Description = "Training sets of each size, over which scores are averaged.", DefaultValueFactory = _ => Sizes.Full.Draws, HelpName = "n" };
draws.AtLeast(1);
var root = new RootCommand(
    "Classes of sea ice from noisy inputs: networks and logistic regression beside the best there is, and what they know of a season that they never saw. Writes one page.") { output, draws };
root.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(output);
    Page.Create(Study.Run(Sizes.Full with { Draws = parse.GetValue(draws) }, Console.Out)).Save(folder);
    Console.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
});
return root.Run(args, exception => exception is ReportFolderException);
