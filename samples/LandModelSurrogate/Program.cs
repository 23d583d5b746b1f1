using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Reporting;
using IlgpuBnn.Samples;
using LandModelSurrogate;

var outFolder = new Option<string>("--out")
{
    Description = "Folder for figures, data and report. Trainings finished there are not repeated.",
    DefaultValueFactory = _ => "land-model-surrogate",
    HelpName = "DIR",
};
var seeds = new Option<int>("--seeds")
{
    Description = "Random draws of training rows and initial particles; at least 1.",
    DefaultValueFactory = _ => new Plan().Seeds,
    HelpName = "n",
};
Option<string[]> only = SampleCommand.Names("--only", $"Figures, separated by commas, of: {string.Join(", ", Exhibits.All.Select(figure => figure.Name))}. Default: all.", "fig1,...");
var data = new Option<string?>("--data")
{
    Description = "CSV file of other runs of this land model, with the same columns. Default: those of the sample.",
    HelpName = "F.csv",
};
var device = new Option<string>("--device")
{
    Description = "Device: cpu, cuda or opencl; one of several, e.g. cuda:1.",
    DefaultValueFactory = _ => "cpu",
    HelpName = "id",
};
seeds.AtLeast(1);
only.Validators.Add(result =>
{
    foreach (string name in result.GetValueOrDefault<string[]>()!.Where(name => Exhibits.All.All(figure => figure.Name != name)))
    {
        result.AddError($"--only names \"{name}\"; the figures are {string.Join(", ", Exhibits.All.Select(figure => figure.Name))}.");
    }
});
var root = new RootCommand("Every experiment of the paper's section III, on 1000 runs of a simplified land model.") { outFolder, seeds, only, data, device };
root.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(outFolder);
    Exhibit[] exhibits = [.. Exhibits.All.Where(exhibit => parse.GetValue(only) is not { Length: > 0 } names || names.Contains(exhibit.Name))];
    new Study(
        new Plan { Seeds = parse.GetValue(seeds) }, exhibits, parse.GetValue(data) ?? Study.SampleData, parse.GetRequiredValue(device), folder,
        Console.Error.WriteLine).Run();
    Console.WriteLine($"Open {Path.Combine(folder, ReportPage.FileName)}");
});
try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception exception) when (exception is DataException or DeviceException or ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}
