using IlgpuBnn;
using IlgpuBnn.Analysis;
using IlgpuBnn.Reporting;
using IlgpuBnn.Training;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace CalibrateLandModel;

/// <summary>From the first design to the posterior.</summary>
internal static class Study
{
    private const double ErrorShare = 0.1;
    private const int NoiseSeed = 3;
    private static readonly string[] _observed = ["NEE_2010", "TLAI_2010", "GPP_2010"];

    /// <param name="truth">Run that stands for the truth, counted from 1.</param>
    /// <param name="say">Told what is done.</param>
    public static ReportPage Run(int truth, int firstRuns, int secondRuns, Action<string> say)
    {
        var model = new LandModel();
        int row = truth - LandModel.FirstTruth;
        Observations observations = Observe(model, row);

        say($"Training on {firstRuns} runs ...");
        int[] first = model.RunNear(Design.Create(model.Ranges, firstRuns));
        var early = BayesianNetwork.Fit(model.Table(first), new TrainingOptions { Seed = 1 });
        say("Sensitivity, history matching and calibration ...");
        var sensitivity = SensitivityAnalysis.Of(early, model.Ranges);
        var before = ParameterCalibration.Of(early, observations, model.Ranges);

        say($"Choosing {secondRuns} more runs where the posterior lies, and training on all ...");
        var next = NextRuns.Of(
            early, model.Ranges, new NextRunsOptions { Runs = secondRuns, Candidates = model.Available, Posterior = before.Draws, Targets = _observed });
        int[] second = model.Run(next.Candidates);
        var late = BayesianNetwork.Fit(model.Table([.. first, .. second]), new TrainingOptions { Seed = 1 });
        var matching = HistoryMatching.Of([early, late], observations, model.Ranges);
        var after = ParameterCalibration.Of(late, observations, model.Ranges);

        return Page.Create(new Results(model, row, observations, early, late, firstRuns, secondRuns, sensitivity, next, matching, before, after));
    }

    /// <summary>The truth's outputs with an error of a tenth of each target's standard deviation.</summary>
    private static Observations Observe(LandModel model, int row)
    {
        var random = new Random(NoiseSeed + row);
        return new Observations(
        [
            .. _observed.Select(name =>
            {
                int o = model.All.TargetNames.ToList().IndexOf(name);
                double sd = ErrorShare * LandModel.Column(model.All.Targets, o).StandardDeviation();
                return new Observation(name, model.Unseen.Targets[row, o] + Normal.Sample(random, 0, sd), sd);
            }),
        ]);
    }
}

/// <summary>All that the page shows.</summary>
/// <param name="Truth">Row of <see cref="LandModel.Unseen"/>.</param>
/// <param name="Early">Surrogate of the first runs.</param>
/// <param name="Late">Surrogate of all runs.</param>
/// <param name="Before">Posterior by the early surrogate.</param>
/// <param name="After">Posterior by the late one.</param>
internal sealed record Results(
    LandModel Model, int Truth, Observations Observations, BayesianNetwork Early, BayesianNetwork Late, int FirstRuns, int SecondRuns, SensitivityAnalysis Sensitivity, NextRuns Next,
    HistoryMatching Matching, ParameterCalibration Before, ParameterCalibration After);
