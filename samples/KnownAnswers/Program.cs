using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Samples;
using KnownAnswers;

Option<int[]> runs = SampleCommand.Wholes("--runs", "Numbers of training runs, with commas between them.", "100,300");
var seeds = new Option<int>("--seeds") { Description = "Repetitions.", DefaultValueFactory = _ => 5, HelpName = "n" };
var truths = new Option<int>("--truths") { Description = "Runs of the land model that stand for the truth, 100 at most.", DefaultValueFactory = _ => 50, HelpName = "n" };
var error = new Option<double>("--error") { Description = "Standard deviation of the observations' errors, in those of each target.", DefaultValueFactory = _ => 0.1, HelpName = "x" };
Option<string[]> targets = SampleCommand.Names("--targets", "Targets that are observed, with commas between them.");
targets.DefaultValueFactory = _ => ["NEE_2010", "TLAI_2010", "GPP_2010"];
runs.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int[]>()?.Any(size => size is < 10 or > 900) == true)
    {
        result.AddError("--runs must be whole numbers from 10 to 900.");
    }
});
foreach ((Option<int> option, int most) in new[] { (seeds, 1000), (truths, 100) })
{
    option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<int>() < 1 || result.GetValueOrDefault<int>() > most)
        {
            result.AddError($"{option.Name} must be between 1 and {most}.");
        }
    });
}

error.Validators.Add(result =>
{
    if (!(result.GetValueOrDefault<double>() is > 0 and < double.PositiveInfinity))
    {
        result.AddError("--error must be above 0.");
    }
});

var sensitivity = new Command("sensitivity", "Sobol indices of the Ishigami and Sobol-G functions through surrogates of 200 runs, beside the exact ones.") { runs, seeds };
sensitivity.SetAction(parse => SensitivityStudy.Write(parse.GetValue(runs) is { Length: > 0 } given ? given : [200], parse.GetValue(seeds), Console.Out));
var waves = new Command("waves", "History matching of a function of four inputs in three waves, beside the exact region.") { seeds };
waves.SetAction(parse => WaveStudy.Write(parse.GetValue(seeds), Console.Out));
var calibration = new Command("calibration", "How often 50, 90 and 95 % intervals of a calibration hold the true parameters of a land model.") { runs, truths, error, targets };
calibration.SetAction(parse => CalibrationStudy.Write(
    parse.GetValue(runs) is { Length: > 0 } given ? given : [100, 300, 900], parse.GetValue(truths), parse.GetValue(error), parse.GetRequiredValue(targets), Console.Out));

var root = new RootCommand("Do uses of a surrogate give what is known by other means?") { sensitivity, waves, calibration };
return root.Run(args, exception => exception is DataException or DeviceException or ArgumentException);
