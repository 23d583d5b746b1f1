using MathNet.Numerics.Statistics;
using Physics;

namespace IlgpuBnn.Tests.Samples;

[Long]
public sealed class PhysicsTests
{
    [Theory]
    [InlineData(0.3, 0.2)]
    [InlineData(0.9, 0.55)]
    [InlineData(0.05, 0.95)]
    public void Forcing_of_the_two_dimensional_shelf_is_what_its_stresses_leave(double x, double y)
    {
        // Derivatives by hand against central differences: of velocities, and of the vertically integrated stresses.
        const double step = 1e-5;
        double eastwards = Along(a => 2 * Stiffness(a, y) * ((2 * Ux(a, y)) + Vy(a, y)), x) + Along(b => Stiffness(x, b) * (Uy(x, b) + Vx(x, b)), y);
        double northwards = Along(b => 2 * Stiffness(x, b) * ((2 * Vy(x, b)) + Ux(x, b)), y) + Along(a => Stiffness(a, y) * (Uy(a, y) + Vx(a, y)), x);
        double weightEast = Along(a => Math.Pow(Shelf2D.Thickness(a, y).Value, 2) / 2, x), weightNorth = Along(b => Math.Pow(Shelf2D.Thickness(x, b).Value, 2) / 2, y);

        Assert.Equal(eastwards - weightEast, Shelf2D.ForcingEast(x, y), 1e-7);
        Assert.Equal(northwards - weightNorth, Shelf2D.ForcingNorth(x, y), 1e-7);
        Assert.Equal(Along(a => Shelf2D.Eastward(a, y).Value, x), Ux(x, y), 1e-8);
        Assert.Equal(Along(b => Shelf2D.Eastward(x, b).Value, y), Uy(x, y), 1e-8);
        Assert.Equal(Along(a => Shelf2D.Northward(a, y).Value, x), Vx(x, y), 1e-8);
        Assert.Equal(Along(b => Shelf2D.Northward(x, b).Value, y), Vy(x, y), 1e-8);

        static double Along(Func<double, double> value, double at) => (value(at + step) - value(at - step)) / (2 * step);
        static double Stiffness(double x, double y) => Shelf2D.Viscosity(x, y).Value * Shelf2D.Thickness(x, y).Value;
        static double Ux(double x, double y) => Shelf2D.Eastward(x, y).X;
        static double Uy(double x, double y) => Shelf2D.Eastward(x, y).Y;
        static double Vx(double x, double y) => Shelf2D.Northward(x, y).X;
        static double Vy(double x, double y) => Shelf2D.Northward(x, y).Y;
    }

    [Fact]
    public void Viscosity_of_the_two_dimensional_shelf_is_found()
    {
        // A third of the sample's size; its prior alone errs by more than 0.4 in ln mu.
        ShelfOutcome own = Shelf2DSection.Find(0, 4, new ShelfSize(150, 120, 15, "dense(10,tanh) dense(10,tanh)", "dense(10,tanh)", 40));
        int places = own.ViscosityErrors.Length;
        Assert.InRange(own.ViscosityErrors.RootMeanSquare(), 0, 0.15);
        Assert.InRange(own.VelocityErrors.RootMeanSquare(), 0, 0.01);
        Assert.InRange(own.ViscosityInside, 0.6 * places, places);
    }

    [Fact]
    public void A_flow_without_friction_keeps_energy_and_enstrophy_and_one_of_a_single_wavenumber_decays_as_it_should()
    {
        const int size = 32;
        double[] start = NavierStokes.RandomStreamFunction(size, 3);
        var flow = new NavierStokes(size, 1e15);
        flow.Start(start);
        (double energy, double enstrophy) = Moments(flow.StreamFunction());
        flow.Run(0.5, 100);
        (double kept, double turned) = Moments(flow.StreamFunction());
        Assert.Equal(energy, kept, 1e-8 * energy);
        Assert.Equal(enstrophy, turned, 1e-7 * enstrophy);
        Assert.InRange(flow.StreamFunction().Zip(start, (a, b) => a - b).RootMeanSquare(), 0.05, 1);

        // Of one wavenumber the flow carries its vorticity along itself.
        double[] single = [.. Enumerable.Range(0, size * size).Select(n => Math.Sin(2 * Math.PI * 2 * (n % size) / size) + Math.Cos(2 * Math.PI * 2 * (n / size) / size))];
        var viscous = new NavierStokes(size, 10);
        viscous.Start(single);
        viscous.Run(1, 100);
        Assert.All(viscous.StreamFunction().Zip(single), own => Assert.Equal(Math.Exp(-4.0 / 10) * own.Second, own.First, 1e-8));

        // psi = cos x + sin 2y: w_t = -(psi_y w_x - psi_x w_y) = -6 sin x cos 2y.
        double[] x = [.. Enumerable.Range(0, size).Select(n => 2 * Math.PI * n / size)];
        flow.Start([.. Enumerable.Range(0, size * size).Select(n => Math.Cos(x[n % size]) + Math.Sin(2 * x[n / size]))]);
        double[] before = flow.Vorticity();
        flow.Run(1e-5, 1);
        double[] after = flow.Vorticity();
        Assert.All(Enumerable.Range(0, size * size), n => Assert.Equal(-6 * Math.Sin(x[n % size]) * Math.Cos(2 * x[n / size]), (after[n] - before[n]) / 1e-5, 1e-3));

        static (double Energy, double Enstrophy) Moments(double[] psi)
        {
            var flow = new NavierStokes(size, 1);
            flow.Start(psi);
            return (NavierStokes.Energy(psi, size).Sum(), flow.Vorticity().Sum(own => own * own));
        }
    }

    [Fact]
    public void Stages_learn_the_stream_function_of_a_flow()
    {
        StreamOutcome own = StreamFunction.Find(new StreamSize(24, 0.2, new MultiStageOptions { Stages = 1, HiddenUnits = [14, 10], MaxSteps = 25, AdamSteps = 100, Seed = 1 }));
        double sd = own.Truth.PopulationStandardDeviation(), error = StreamFunction.Inside(own.Errors[0], 24).RootMeanSquare() / sd;
        Assert.InRange(error, 1e-6, 0.01);
        Assert.Equal(own.Network.Stages[0].ValidationError / sd, error, 0.7 * error);
    }
}
