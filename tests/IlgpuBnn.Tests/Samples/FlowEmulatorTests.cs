using FlowEmulator;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Samples;

public sealed class FlowEmulatorTests : IDisposable
{
    private const int N = Glacier.Points;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Far_from_its_margin_a_slab_slides_as_fast_as_drag_allows()
    {
        // Membrane stresses reach a kilometre or so; margins are 7 km away.
        Glacier slab = Uniform(thickness: 200, slope: 0.05, friction: 0.02, (_, _) => true);
        (double[,] x, double[,] y) = new ShallowShelf().Solve(slab);
        double expected = -ShallowShelf.Weight * 200 * 0.05 / 0.02;
        Assert.Equal(expected, x[15, 16], 0.01 * -expected);
        Assert.Equal(0, y[15, 16], 0.01 * -expected);
    }

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.04)]
    public void A_narrow_channel_shears_as_the_ice_law_says(double slope)
    {
        // One row without drag between rows that cannot slide: the stress half a spacing off its middle is rho g slope times that distance, and du/dy = 2 A stress^3.
        const int middle = 15;
        Glacier channel = Uniform(thickness: 300, slope, 0, (_, _) => true) with { Friction = Field((row, _) => row == middle ? 1e-9 : 10) };
        (double[,] x, _) = new ShallowShelf().Solve(channel);
        double expected = -2 * ShallowShelf.RateFactor * Math.Pow(ShallowShelf.Weight * slope * Glacier.Spacing / 2, 3) * Glacier.Spacing;
        Assert.Equal(expected, x[middle, 16], 0.01 * -expected);
    }

    [Fact]
    public void Velocities_minimise_the_energy()
    {
        var random = new Random(3);
        Glacier glacier = Glacier.Draw(random);
        (double[,] x, double[,] y) = new ShallowShelf().Solve(glacier);
        double least = Energy(glacier, x, y), fastest = x.Cast<double>().Max(Math.Abs);
        for (int trial = 0; trial < 5; trial++)
        {
            double[,] ofX = Noise(), ofY = Noise();
            double above = Energy(glacier, Sum(x, ofX, 1), Sum(y, ofY, 1)) - least, below = Energy(glacier, Sum(x, ofX, -1), Sum(y, ofY, -1)) - least;

            // To first order nothing changes: the rest is the third, a percent or so of the second.
            Assert.InRange(above, 1e-30, double.PositiveInfinity);
            Assert.Equal(above, below, 0.05 * above);
        }

        double[,] Noise() => Field((row, column) => glacier.HasIce(row, column) ? 0.02 * fastest * ((2 * random.NextDouble()) - 1) : 0);
    }

    [Fact]
    public void Components_change_places_with_the_axes()
    {
        Glacier one = Glacier.Draw(new Random(5)), other = new(Turned(one.Thickness), Turned(one.SlopeY), Turned(one.SlopeX), Turned(one.Friction));
        (double[,] x, double[,] y) = new ShallowShelf().Solve(one);
        (double[,] turnedX, double[,] turnedY) = new ShallowShelf().Solve(other);
        double fastest = x.Cast<double>().Concat(y.Cast<double>()).Max(Math.Abs);
        for (int k = 0; k < x.Length; k++)
        {
            // The tolerance of the solver is 1e-6 of the load.
            Assert.Equal(x[k / N, k % N], turnedY[k % N, k / N], 1e-3 * fastest);
            Assert.Equal(y[k / N, k % N], turnedX[k % N, k / N], 1e-3 * fastest);
        }

        Assert.InRange(fastest, 5, 1000);
        Assert.All(Enumerable.Range(0, x.Length).Where(k => !one.HasIce(k / N, k % N)), k => Assert.Equal(0, x[k / N, k % N]));
    }

    [Fact]
    public void A_small_study_leaves_a_page_with_its_figures()
    {
        var told = new List<string>();

        // Calibration of 2,048 targets would take seconds.
        Study.Run(new StudySettings { Emulator = new EmulatorSettings { Particles = 2, Folds = 0, Filters = 2, Iterations = 3 }, Training = 5, Test = 2, Slippery = 2 }, told.Add).Save(_folder.Path);
        Assert.Contains(told, line => line.StartsWith("New glaciers: R2 ", StringComparison.Ordinal));
        string page = File.ReadAllText(_folder.File(ReportPage.FileName));
        Assert.All(["Speed, predicted", "Epistemic sd", .. told], text => Assert.Contains(text, page, StringComparison.Ordinal));
        Assert.True(File.Exists(_folder.File("error-against-sd.svg")));
    }

    private static Glacier Uniform(double thickness, double slope, double friction, Func<int, int, bool> ice) => new(
        Field((row, column) => row is > 0 and < N - 1 && column is > 0 and < N - 1 && ice(row, column) ? thickness : 0), Field((_, _) => slope), Field((_, _) => 0), Field((_, _) => friction));

    private static double[,] Field(Func<int, int, double> value)
    {
        var field = new double[N, N];
        for (int k = 0; k < field.Length; k++)
        {
            field[k / N, k % N] = value(k / N, k % N);
        }

        return field;
    }

    /// <summary>Whose minimum the shallow shelf approximation is, by triangles: viscous dissipation, drag, and work of gravity.</summary>
    private static double Energy(Glacier glacier, double[,] x, double[,] y)
    {
        double energy = 0, h = Glacier.Spacing;
        for (int row = 0; row < N; row++)
        {
            for (int column = 0; column < N; column++)
            {
                double u = x[row, column], v = y[row, column], work = (u * glacier.SlopeX[row, column]) + (v * glacier.SlopeY[row, column]);
                energy += h * h * ((glacier.Friction[row, column] * ((u * u) + (v * v)) / 2) + (ShallowShelf.Weight * glacier.Thickness[row, column] * work));
                foreach ((int down, int right) in new[] { (1, 1), (1, -1), (-1, 1), (-1, -1) })
                {
                    (int r, int c) = (row + down, column + right);
                    if (r is < 0 or >= N || c is < 0 or >= N)
                    {
                        continue;
                    }

                    double ux = (x[row, c] - u) / (h * right), uy = (x[r, column] - u) / (h * down), vx = (y[row, c] - v) / (h * right), vy = (y[r, column] - v) / (h * down);
                    double strain = (ux * ux) + (vy * vy) + (ux * vy) + (Math.Pow(uy + vx, 2) / 4) + 1e-8;
                    double thickness = (glacier.Thickness[row, column] + glacier.Thickness[row, c] + glacier.Thickness[r, column]) / 3;
                    energy += h * h / 4 * thickness * 1.5 * Math.Pow(ShallowShelf.RateFactor, -1.0 / 3) * Math.Pow(strain, 2.0 / 3);
                }
            }
        }

        return energy;
    }

    private static double[,] Sum(double[,] a, double[,] b, double factor) => Field((row, column) => a[row, column] + (factor * b[row, column]));

    private static double[,] Turned(double[,] field) => Field((row, column) => field[column, row]);
}
