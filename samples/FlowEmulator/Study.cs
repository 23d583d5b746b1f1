using System.Diagnostics;
using System.Globalization;
using IlgpuBnn;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reporting;
using MathNet.Numerics.Statistics;

namespace FlowEmulator;

/// <summary>How many glaciers are solved, and what learns from them.</summary>
internal sealed record StudySettings
{
    public EmulatorSettings Emulator { get; init; } = new();

    public int Training { get; init; } = 300;

    public int Test { get; init; } = 100;

    /// <summary>Of a test set that is three times as slippery.</summary>
    public int Slippery { get; init; } = 40;

    public static StudySettings Quick => new()
    {
        Emulator = new EmulatorSettings { Particles = 4, Folds = 2, Filters = 8, Iterations = 150 },
        Training = 60,
        Test = 20,
        Slippery = 10,
    };
}

/// <summary>From random glaciers to a page.</summary>
internal static class Study
{
    private const double Level = 0.9, Slipperiness = 3;
    private const int TestFirst = 100_000, SlipperyFirst = 200_000, Groups = 12;

    public static ReportPage Run(StudySettings settings, Action<string> tell)
    {
        Glaciers training = Glaciers.Solve(0, settings.Training), test = Glaciers.Solve(TestFirst, settings.Test), slippery = Glaciers.Solve(SlipperyFirst, settings.Slippery, Slipperiness);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        BayesianNetwork model = settings.Emulator.Fit(training);
        var lines = new List<string>();
        Say(
            $"{settings.Training} glaciers of {Glacier.Points} x {Glacier.Points} points to learn from, {model.ParticleCount} networks of {model.ParameterCount} weights, {settings.Emulator.Iterations} iterations: {(Environment.CpuUsage.TotalTime - before).TotalSeconds:F0} s of processor time.");
        PredictiveDistribution predicted = model.Predict(test.Data.Inputs);
        var scores = new Scores(test, predicted);
        var outside = new Scores(slippery, model.Predict(slippery.Data.Inputs));
        Say($"{Describe("New glaciers", scores)} Median R2 of a glacier {scores.R2OfEach().Median():F4}, the lowest {scores.R2OfEach().Min():F3}.");
        Say($"{Describe("Three times as slippery as any to learn from", outside)}");
        Say($"Correlation over new glaciers between the logarithms of epistemic sd and error: {Correlation.Pearson(Logarithms(scores.EpistemicSds), Logarithms(scores.Errors)):F2}.");
        Times(model, test);
        var page = new ReportPage("Velocity of glaciers: a solver, and what emulates it");
        page.AddText("Random glaciers on a grid: thickness, slopes of the surface and friction in, both components of velocity out. Test glaciers are none that networks saw.");
        page.AddFigure("maps", Pictures.Maps(test, predicted, 0), "The first of the new glaciers. Error and epistemic sd are of both components together.");
        (string, Scores)[] sets = [("new glaciers", scores), ("three times as slippery", outside)];
        page.AddFigure("error-against-sd", new Panels("", [Pictures.OfGlaciers(sets), Pictures.OfVelocities(sets, Groups)], 2), "Errors against epistemic standard deviations, where there is ice. Right: velocities in groups of equally many, by their epistemic sd.");
        page.AddHeading("Figures");
        foreach (string line in lines)
        {
            page.AddText(line);
        }

        return page;

        void Say(FormattableString text)
        {
            lines.Add(text.ToString(CultureInfo.InvariantCulture));
            tell(lines[^1]);
        }

        void Times(BayesianNetwork emulator, Glaciers glaciers)
        {
            using Predictor predictor = emulator.CreatePredictor();
            var solver = new ShallowShelf();
            double[] row = [.. Enumerable.Range(0, glaciers.Data.InputCount).Select(i => glaciers.Data.Inputs[0, i])];
            double solved = Seconds(() => solver.Solve(glaciers.All[0])), single = Seconds(() => predictor.Predict(row)), table = Seconds(() => emulator.Predict(glaciers.Data.Inputs));
            Say(
                $"The first of these takes the solver {solved * 1e3:F1} ms on one thread, all {emulator.ParticleCount} networks {single * 1e3:F2} ms; in a table a glacier takes them {table / glaciers.All.Count * 1e3:F2} ms.");
        }
    }

    private static string Describe(string name, Scores scores) => string.Create(CultureInfo.InvariantCulture,
        $"{name}: R2 {scores.R2():F4}, RMSE {scores.Rmse:F2} m/a, predicted sd {scores.Sd:F2} m/a; {scores.Coverage(Level):P1} inside 90 % intervals.");

    private static IEnumerable<double> Logarithms(double[] values) => values.Select(value => Math.Log(value));

    /// <summary>The fastest of several, as other programs run beside.</summary>
    private static double Seconds(Action act) => Enumerable.Range(0, 5).Min(_ =>
    {
        long start = Stopwatch.GetTimestamp();
        act();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    });
}
