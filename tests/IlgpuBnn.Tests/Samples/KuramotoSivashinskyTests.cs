using IlgpuBnn.Reporting;
using KuramotoSivashinsky;

namespace IlgpuBnn.Tests.Samples;

[Long]
public sealed class KuramotoSivashinskyTests : IDisposable
{
    // A second in all: forecasts hold for less than a Lyapunov time.
    private static readonly StudySettings _tiny = StudySettings.Quick with
    {
        Emulator = new EmulatorSettings { Particles = 2, Units = 8, Iterations = 300 },
        Trajectories = 1,
        TestTrajectories = 1,
        Starts = 2,
        LyapunovTimes = 1,
        LyapunovPairs = 2,
        LyapunovUnits = 10,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // ETDRK4 of another implementation, in NumPy, with a fourth of the step: 0.05 differs by less than 1e-6.
    [Theory]
    [InlineData(1, 0, 0.76642028166)]
    [InlineData(1, 12, 1.33358132297)]
    [InlineData(1, 40, -0.116527310584)]
    [InlineData(20, 0, -0.204794752534)]
    [InlineData(20, 9, 1.14164084647)]
    [InlineData(20, 44, 1.77542701907)]
    public void The_solver_gives_a_known_solution(int time, int point, double expected)
    {
        double[] state = Waves();
        new Solver(0.05).Advance(state, 20 * time);
        Assert.Equal(expected, state[point], 1e-5);
    }

    [Fact]
    public void The_solver_conserves_the_mean()
    {
        double[] state = [.. Waves().Select(value => value + 0.3)];
        new Solver(0.05).Advance(state, 400);
        Assert.Equal(0.3, state.Average(), 1e-12);
    }

    [Fact]
    public void Perturbations_have_the_sd_that_is_asked_for_and_no_waves_that_the_emulator_cannot_see()
    {
        double[] zero = new double[Solver.Points], squares = [.. Enumerable.Range(0, 500).Select(seed => Simulation.Perturbed(zero, 0.2, new Random(seed))).Select(own => own.Average(v => v * v))];

        // 500 draws of 31 waves: the mean square is known to 1.1 %.
        Assert.Equal(0.04, squares.Average(), 0.04 * 0.05);
        double[] one = Simulation.Perturbed(zero, 0.2, new Random(1));
        double alternating = Simulation.Seen(one).Select((value, x) => x % 2 == 0 ? value : -value).Sum();
        Assert.Equal(0, alternating, 1e-12);
    }

    [Fact]
    public void The_exponent_is_about_the_one_that_times_are_counted_by()
    {
        (double mean, double error) = Lyapunov.Measure(pairs: 8, units: 60, seed: 5);
        Assert.InRange(mean, Lyapunov.Exponent - (4 * error), Lyapunov.Exponent + (4 * error));
        Assert.InRange(error, 0.001, 0.01);
    }

    [Fact]
    public void A_shifted_field_is_forecast_as_the_shifted_forecast()
    {
        EmulatorSettings settings = _tiny.Emulator with { Iterations = 1 };
        BayesianNetwork model = Emulator.Fit(Pairs.Simulate(1, 10, 0.01, 1), settings);
        double[] start = Simulation.Seen(Waves()), shifted = Shift(start, 5);
        double[][][][] forecasts = Emulator.RollOut(model, [start, shifted], 3);
        for (int s = 0; s < settings.Particles; s++)
        {
            // Single precision.
            Assert.All(Shift(forecasts[0][s][3], 5).Zip(forecasts[1][s][3]), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * (1 + Math.Abs(pair.First))));
        }

        Assert.NotEqual(forecasts[0][0][1], forecasts[0][1][1]);
    }

    [Fact]
    public void Networks_that_saw_perturbed_states_stay_near_the_attractor_and_others_leave_it()
    {
        // The largest values of the true fields are near 3.
        Assert.InRange(Largest(0.03), 2, 4);
        Assert.InRange(Largest(0), 1e6, 1e12);

        static double Largest(double perturbation)
        {
            BayesianNetwork model = Emulator.Fit(Pairs.Simulate(1, 150, perturbation, 1), new EmulatorSettings { Particles = 2, Units = 12, Iterations = 2000, BatchSize = 32 });
            return Forecasts.Run(model, starts: 2, intervals: perturbation > 0 ? 200 : 400, fieldSd: 1.2, seed: 3).Largest();
        }
    }

    [Fact]
    public void A_small_study_leaves_a_page_with_its_figures()
    {
        var told = new List<string>();
        Study.Run(_tiny, told.Add).Save(_folder.Path);
        Assert.Contains(told, line => line.StartsWith("Valid time in Lyapunov times, 2 starts", StringComparison.Ordinal));
        string page = File.ReadAllText(_folder.File(ReportPage.FileName));
        Assert.All(["True field", "Spread of the networks", "lead, Lyapunov times", .. told.Where(line => line[0] != 'l')], text => Assert.Contains(text, page, StringComparison.Ordinal));
        Assert.True(File.Exists(_folder.File("maps.svg")));
        Assert.Equal(3, CsvTable.Read(_folder.File("leads-table.csv")).RowCount);
    }

    private static double[] Waves() => [.. Enumerable.Range(0, Solver.Points).Select(n => 2 * Math.PI * n / Solver.Points).Select(phase => Math.Cos(phase) * (1 + Math.Sin(phase)))];

    private static double[] Shift(double[] field, int by) => [.. Enumerable.Range(0, field.Length).Select(x => field[(x + by) % field.Length])];
}
