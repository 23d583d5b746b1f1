using System.CommandLine;
using IlgpuBnn.Analysis;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn calibrate</c>.</summary>
internal static class CalibrateCommand
{
    public static Command Create()
    {
        Option<string> model = CommonOptions.Model();
        Option<string> observations = UseOptions.Observations(), correlation = UseOptions.ErrorCorrelation();
        Option<string> inputs = UseOptions.InputsFile();
        var page = new PageArguments();
        TextOption<int> draws = UseOptions.Points("--draws", "Draws of each of four independent runs.", 1024, 128);
        TextOption<double> discrepancy = TextOption.Positive(
            "--estimate-discrepancy", "Estimate a discrepancy common to all observations, in standard deviations of each target over the inputs' distributions: half-normal beforehand, "
            + "with this standard deviation. Without it there is what the observations give.", null);
        TextOption<int> seed = UseOptions.Seed();
        TextOption<string> device = CommonOptions.Device();
        var command = new Command(
            "calibrate",
            "Write a page on which inputs of the simulator agree with observations: their posterior, given errors, discrepancy and the surrogate's own uncertainty, as draws.\n\n"
                + "Example:\n  ilgpubnn calibrate --model yield.safetensors --observations obs.csv --out yield-calibration")
        {
            model, observations, correlation, inputs, page.Folder, page.Png, draws, discrepancy, seed, device,
        };
        OutputPlace.RefuseInputs(command, page.Folder, inputs, model, observations, correlation);
        command.SetAction(parse => UseOptions.Run(parse, model, inputs, page, device, (trained, distributions, opened) =>
        {
            var calibration = ParameterCalibration.Of(
                trained, UseOptions.ReadObservations(parse, observations, correlation), distributions,
                new CalibrationOptions { Draws = draws.Of(parse), Seed = seed.Of(parse), DiscrepancyPrior = discrepancy.OrNull(parse) }, opened, Ranks.Join());
            CommonOptions.PrintWarnings(calibration.Warnings);
            return ParameterCalibrationReport.Create(calibration);
        }));
        return command;
    }
}
