using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Reporting;
using MathNet.Numerics.Statistics;

namespace KuramotoSivashinsky;

/// <summary>How much is simulated, learnt and forecast.</summary>
internal sealed record StudySettings
{
    public EmulatorSettings Emulator { get; init; } = new();

    public int Trajectories { get; init; } = 8;

    /// <summary>Of 100 states each, on which a single step is scored.</summary>
    public int TestTrajectories { get; init; } = 4;

    /// <summary>Of each trajectory.</summary>
    public int States { get; init; } = 1000;

    /// <summary>See <see cref="Pairs.Simulate"/>; 0 shows what goes wrong without.</summary>
    public double Perturbation { get; init; } = 0.01;

    public int Starts { get; init; } = 40;

    /// <summary>Length of the forecasts.</summary>
    public int LyapunovTimes { get; init; } = 10;

    public int LyapunovPairs { get; init; } = 16;

    public int LyapunovUnits { get; init; } = 600;

    public static StudySettings Quick => new()
    {
        Emulator = new EmulatorSettings { Particles = 4, Units = 16, Iterations = 6000 },
        Trajectories = 4,
        States = 100,
        Perturbation = 0.03,
        Starts = 6,
        LyapunovTimes = 3,
        LyapunovPairs = 4,
        LyapunovUnits = 50,
    };
}

/// <summary>From the equation to a page.</summary>
internal static class Study
{
    private const double Level = 0.9;
    private const int TrainingSeed = 1, TestSeed = 2, StartSeed = 3, LyapunovSeed = 4;
    private static readonly double[] _leads = [0.25, 0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9];

    public static ReportPage Run(StudySettings settings, Action<string> tell)
    {
        Dataset pairs = Pairs.Simulate(settings.Trajectories, settings.States, settings.Perturbation, TrainingSeed), test = Pairs.Simulate(settings.TestTrajectories, 100, 0, TestSeed);
        double sd = Root(test.Inputs.Cast<double>());
        TimeSpan before = Environment.CpuUsage.TotalTime;
        BayesianNetwork model = Emulator.Fit(pairs, settings.Emulator);
        string trained = Text(
            $"{pairs.RowCount} states and their changes over {Simulation.Interval} units of time, {model.ParticleCount} networks of {model.ParameterCount} weights, {settings.Emulator.Iterations} iterations: {(Environment.CpuUsage.TotalTime - before).TotalSeconds:F0} s of processor time.");
        tell(trained);
        string oneStep = OneStep(model, test, sd);
        tell(oneStep);
        (double exponent, double error) = Lyapunov.Measure(settings.LyapunovPairs, settings.LyapunovUnits, LyapunovSeed);
        string time = Text(
            $"Largest Lyapunov exponent, measured here: {exponent:F4} +/- {error:F4} per unit of time. One Lyapunov time is 1 / {Lyapunov.Exponent} = {1 / Lyapunov.Exponent:F1} units.");
        tell(time);
        Forecasts forecasts = Forecasts.Run(model, settings.Starts, Forecasts.IntervalAt(settings.LyapunovTimes), sd, StartSeed);
        string valid = Valid(forecasts);
        tell(valid);
        string sane = Text(
            $"Over {settings.LyapunovTimes} Lyapunov times no field of a network passes {forecasts.Largest() / sd:F1} sd; the mean over x, which the equation conserves, drifts by {forecasts.Drift():E1} (root mean square).");
        tell(sane);
        return Page(forecasts, settings, tell).AddHeading("Details").AddText(trained).AddText(oneStep).AddText(time).AddText(valid).AddText(sane);
    }

    private static string OneStep(BayesianNetwork model, Dataset test, double sd)
    {
        double[,] mean = model.Predict(test).Mean;
        double change = Root(test.Targets.Cast<double>()), error = Root(test.Targets.Cast<double>().Zip(mean.Cast<double>(), (a, b) => a - b));
        return Text($"One step on {test.RowCount} new states: RMSE of the mean {error / sd:E2} sd of the field, whose change over the step is {change / sd:F4} sd.");
    }

    private static string Valid(Forecasts forecasts)
    {
        double[] mean = forecasts.ValidTimesOfMean(), single = forecasts.ValidTimesOfNetworks();
        return Text(
            $"Valid time in Lyapunov times, {forecasts.Count} starts: mean of the networks {mean.Mean():F2} +/- {mean.StandardDeviation() / Math.Sqrt(mean.Length):F2}, median {mean.Median():F2}, from {mean.Min():F1} to {mean.Max():F1}; single networks {single.Mean():F2}, median {single.Median():F2}.");
    }

    private static ReportPage Page(Forecasts forecasts, StudySettings settings, Action<string> tell)
    {
        var page = new ReportPage("The Kuramoto-Sivashinsky equation, forecast by networks that learnt one step of it");
        page.AddText(Text(
            $"Fields are periodic over {Solver.Length} units of x. Every network goes its own way from the same start; where they part, nobody knows any more. A forecast is valid until its error passes {Forecasts.ValidError} standard deviations of the field, {forecasts.FieldSd:F2}."));
        page.AddFigure("maps", Pictures.Maps(forecasts, 0, settings.LyapunovTimes), "One start. Time goes from left to right; all maps have the field's unit.");
        page.AddFigure("leads", Pictures.Leads(forecasts), Text($"Over {forecasts.Count} starts and all points."));
        double[] drawn = [.. new[] { 1.0, 3, 5 }.Where(lead => lead <= settings.LyapunovTimes)];
        page.AddFigure("spread", Pictures.SpreadAgainstError(forecasts, drawn), "Every point is a start; root mean squares over x. Leads in Lyapunov times.");
        double[] leads = [.. _leads.Where(lead => lead <= settings.LyapunovTimes)];
        var rows = new List<TableCell[]>();
        foreach (double lead in leads)
        {
            int k = Forecasts.IntervalAt(lead);
            double mean = forecasts.RmseOfMean(k), spread = forecasts.SpreadAt(k), covered = forecasts.Coverage(k, Level), correlation = forecasts.Correlation(k);
            rows.Add([lead, forecasts.RmseOfNetworks(k), mean, spread, spread / mean, covered, correlation]);
            tell(Text($"lead {lead,5:F2}: RMSE of one {forecasts.RmseOfNetworks(k):G3}, of the mean {mean:G3}, spread / RMSE {spread / mean:F2}, 90 % cover {covered:F3}, correlation {correlation:F2}"));
        }

        page.AddTable(
            "leads-table",
            new ReportTable(["lead, Lyapunov times", "RMSE of a network", "RMSE of the mean", "spread", "spread / RMSE", new TableColumn("90 % bands cover", "P1"), "correlation"], [.. rows]),
            "Bands: mean and spread times Student's t. Correlation: over starts, of the logarithms of spread and error.");
        return page;
    }

    private static double Root(IEnumerable<double> values) => Math.Sqrt(values.Average(value => value * value));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
