using System.CommandLine;
using IlgpuBnn.Reporting;
using UniversalApproximation;

var output = new Option<string>("--out") { Description = "Folder for the page.", DefaultValueFactory = _ => "universal-approximation", HelpName = "DIR" };
var root = new RootCommand("Networks approximate any function: steps, columns and bumps of sigmoid units by hand, beside networks that learnt the same functions. Writes one page.") { output };
root.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(output);
    Page.Create(Study.Run(Sizes.Full, Console.Out)).Save(folder);
    Console.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
});
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (ReportFolderException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
