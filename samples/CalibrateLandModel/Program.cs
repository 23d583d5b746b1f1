using System.CommandLine;
using CalibrateLandModel;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Reporting;
using IlgpuBnn.Samples;

var output = new Option<string>("--out") { Description = "Folder for the page.", DefaultValueFactory = _ => "calibrate-land-model", HelpName = "DIR" };
var truth = new Option<int>("--truth")
{
    Description = $"Which run stands for the truth, {LandModel.FirstTruth} to {LandModel.LastTruth}: of the runs that the surrogate never sees.",
    DefaultValueFactory = _ => 921,
    HelpName = "n",
};
var first = new Option<int>("--first") { Description = "Runs of the first design.", DefaultValueFactory = _ => 80, HelpName = "n" };
var second = new Option<int>("--second") { Description = "Runs that the surrogate then chooses.", DefaultValueFactory = _ => 40, HelpName = "n" };
truth.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int>() is < LandModel.FirstTruth or > LandModel.LastTruth)
    {
        result.AddError($"--truth must be between {LandModel.FirstTruth} and {LandModel.LastTruth}.");
    }
});
foreach ((Option<int> option, int fewest) in new[] { (first, 20), (second, 1) })
{
    option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() < fewest || result.GetValueOrDefault<int>() > LandModel.MaxRuns)
        {
            result.AddError($"{option.Name} must be between {fewest} and {LandModel.MaxRuns}.");
        }
    });
}

var root = new RootCommand("A land model, calibrated: first runs, surrogate, sensitivity, what observations rule out, the runs they call for, posterior. Writes one page.")
{
    output, truth, first, second,
};
root.SetAction(parse =>
{
    string folder = parse.GetRequiredValue(output);
    Study.Run(parse.GetValue(truth), parse.GetValue(first), parse.GetValue(second), Console.Out.WriteLine).Save(folder);
    Console.WriteLine($"Wrote {Path.Combine(folder, ReportPage.FileName)}: open it in a browser.");
});
return root.Run(args, exception => exception is DataException or DeviceException or ReportFolderException or ArgumentException);
