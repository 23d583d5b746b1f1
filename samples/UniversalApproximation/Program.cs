using System.CommandLine;
using IlgpuBnn.Reporting;
using IlgpuBnn.Samples;
using UniversalApproximation;

var output = new Option<string>("--out") { Description = "Folder for the page.", DefaultValueFactory = _ => "universal-approximation", HelpName = "DIR" };
var root = new RootCommand("Networks approximate any function: steps, columns and bumps of sigmoid units by hand, beside networks that learnt the same functions. Writes one page.") { output };
root.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(output);
    Page.Create(Study.Run(Sizes.Full, Console.Out)).Save(folder);
    Console.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
});
return root.Run(args, exception => exception is ReportFolderException);
