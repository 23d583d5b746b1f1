using IlgpuBnn.Equations;

namespace IlgpuBnn.Tests.Equations;

public sealed class EquationEnsembleTests
{
    private const int X = 0, T = 1, U = 0, Nu = 0;

    [Fact]
    public void Jacobian_of_equations_and_observations_is_central_differences()
    {
        EquationProblem problem = EquationCase.Everything("dense(4,tanh) dense(3,silu)", 5);
        problem.Validate();
        var system = EquationSystem.Of(problem, EquationSystem.NetworksOf(problem), 3, 0, 0);
        int count = system.ResidualCount, width = system.ParameterCount;
        Assert.Equal(5 + 2 + 2 + 1, count);
        double[] parameters = [.. system.Anchors], residuals = new double[count], jacobian = new double[count * width], low = new double[count], high = new double[count];
        parameters[1] += 0.3;
        system.Evaluate(parameters, residuals, jacobian);
        var gradient = new double[width];
        system.Gradient(parameters, residuals, gradient);
        for (int p = 0; p < width; p++)
        {
            double sum = (system.Precisions[p] * (parameters[p] - system.Anchors[p])) + Enumerable.Range(0, count).Sum(n => residuals[n] * jacobian[(n * width) + p]);
            Assert.Equal(sum, gradient[p], 1e-9 * (1 + Math.Abs(sum)));
            double own = parameters[p], step = 1e-6;
            parameters[p] = own + step;
            system.Evaluate(parameters, high, []);
            parameters[p] = own - step;
            system.Evaluate(parameters, low, []);
            parameters[p] = own;
            for (int n = 0; n < count; n++)
            {
                double difference = (high[n] - low[n]) / (2 * step);
                Assert.Equal(difference, jacobian[(n * width) + p], 1e-6 * (1 + Math.Abs(difference)));
            }
        }
    }

    [Fact]
    public void Unknown_viscosity_of_Burgers_equation_is_found_within_its_error()
    {
        (double[,] points, double[] values) = EquationCase.BurgersData(150, 0.05, seed: 5);
        var ensemble = EquationEnsemble.Fit(EquationCase.Burgers(points, values, 0.05), new EquationOptions { Particles = 4, MaxSteps = 40, Seed = 1 });
        double[] logarithms = [.. Enumerable.Range(0, 4).Select(s => Math.Log(ensemble.Unknowns[s, Nu]))];

        // A prototype's ten particles: .0491 and .0517, deviation of ln nu .03 to .04.
        Assert.InRange(Math.Exp(logarithms.Average()), 0.043, 0.058);
        (double lower, double upper) = EquationEnsemble.Interval(logarithms, 0.95);
        Assert.InRange(Math.Log(0.05), lower, upper);
        Assert.InRange(upper - lower, 0.02, 0.6);
        double[,,] fields = ensemble.Predict(new[,] { { 0.5, 0 }, { -0.5, 0 }, { 0, 0.7 } });
        Assert.Equal(-1, Enumerable.Range(0, 4).Average(s => fields[s, 0, U]), 0.1);
        Assert.Equal(1, Enumerable.Range(0, 4).Average(s => fields[s, 1, U]), 0.1);
        Assert.Equal(0, Enumerable.Range(0, 4).Average(s => fields[s, 2, U]), 0.1);
        Assert.All(ensemble.Outcomes, own => Assert.InRange(own.ObservationResidual, 1.0, 1.7));
        Assert.All(ensemble.Outcomes, own => Assert.InRange(own.EquationResidual, 0, 1));
    }

    [Fact]
    public void Steps_of_Adam_come_to_where_least_squares_does()
    {
        // A line through five values: the slope's posterior mode is where both end.
        var problem = new EquationProblem
        {
            Coordinates = [new("x", 0, 1)],
            Networks = [new([new("u")], [])],
            Equations = [EquationTerm.Of<Slope>(9, 0.1)],
            Observations = [new("u", new double[,] { { 0 }, { 0.3 }, { 0.5 }, { 0.8 }, { 1 } }, [0.1, 0.4, 0.9, 1.2, 1.6], 0.1)],
            Unknowns = [new("k", 1, 1)],
        };
        var options = new EquationOptions { Particles = 3, Tolerance = 1e-12 };
        EquationEnsemble expected = EquationEnsemble.Fit(problem, options), found = EquationEnsemble.Fit(problem, options with { AdamSteps = 5000, Adam = new AdamOptions(StepSize: 0.03) });
        Assert.Equal(expected.Unknowns.Cast<double>(), found.Unknowns.Cast<double>(), (a, b) => Math.Abs(a - b) < 1e-5 * a);
        Assert.All(found.Outcomes, own => Assert.True(own.Converged));
        Assert.All(EquationEnsemble.Fit(problem, options with { AdamSteps = 150 }).Outcomes, own => Assert.False(own.Converged));
    }

    [Fact]
    public void Derivatives_of_a_form_are_central_differences()
    {
        // All that a field of two coordinates has; the network is sin(2 x) exp(t).
        var plan = new StreamPlan([0, 1], [(0, 0), (0, 1), (1, 1)]);
        double x = 0.3, t = 0.7, step = 1e-4;
        double[] network = [1, 2 / Math.Tan(2 * x), 1, -4, 2 / Math.Tan(2 * x), 1];
        double[] raw = [.. network.Select(own => own * Network(x, t))];
        var map = new double[6 * 7];
        FieldForm form = FieldForm.Of<EquationCase.Bent>();
        form.WriteMap(plan, [x, t], map);
        double[] streams = [.. Enumerable.Range(0, 6).Select(k => map[k * 7] + Enumerable.Range(0, 6).Sum(l => map[(k * 7) + 1 + l] * raw[l]))];
        double[] expected =
        [
            Field(0, 0), (Field(1, 0) - Field(-1, 0)) / (2 * step), (Field(0, 1) - Field(0, -1)) / (2 * step), (Field(1, 0) - (2 * Field(0, 0)) + Field(-1, 0)) / (step * step),
            (Field(1, 1) - Field(1, -1) - Field(-1, 1) + Field(-1, -1)) / (4 * step * step), (Field(0, 1) - (2 * Field(0, 0)) + Field(0, -1)) / (step * step),
        ];
        Assert.Equal(expected, streams, (a, b) => Math.Abs(a - b) < 1e-6 * (1 + Math.Abs(a)));

        double Field(int i, int j) => form.Apply([x + (i * step), t + (j * step)], Network(x + (i * step), t + (j * step)));
        static double Network(double x, double t) => Math.Sin(2 * x) * Math.Exp(t);
    }

    [Fact]
    public void Conditions_by_construction_hold_exactly_and_the_rest_is_found()
    {
        (double[,] points, double[] values) = EquationCase.BurgersData(100, 0.05, seed: 5);
        EquationProblem soft = EquationCase.Burgers(points, values, 0.05);
        EquationProblem problem = soft with { Networks = [soft.Networks[0] with { Fields = [new("u") { Form = FieldForm.Of<AtRest>() }] }] };
        var ensemble = EquationEnsemble.Fit(problem, new EquationOptions { Particles = 4, MaxSteps = 40, Seed = 1 });
        double[,,] fields = ensemble.Predict(new[,] { { -1, 0.4 }, { 1, 0.9 }, { 0.5, 0 }, { -0.3, 0 }, { 0.1, 0.5 } });
        for (int s = 0; s < 4; s++)
        {
            Assert.Equal([0, 0, -1, Math.Sin(0.3 * Math.PI)], Enumerable.Range(0, 4).Select(row => fields[s, row, U]), (a, b) => Math.Abs(a - b) < 1e-14);
        }

        Assert.Equal(EquationCase.ExactBurgers(0.1, 0.5, 0.05), Enumerable.Range(0, 4).Average(s => fields[s, 4, U]), 0.05);
        double[] logarithms = [.. Enumerable.Range(0, 4).Select(s => Math.Log(ensemble.Unknowns[s, Nu]))];
        (double lower, double upper) = EquationEnsemble.Interval(logarithms, 0.95);
        Assert.InRange(Math.Log(0.05), lower, upper);
        Assert.InRange(upper - lower, 0.02, 0.6);
        Assert.Contains(
            "Field u is positive and has a form", Assert.Throws<ArgumentException>(
                () => (problem with { Networks = [soft.Networks[0] with { Fields = [new("u", 1, 1, true) { Form = FieldForm.Of<AtRest>() }] }] }).Validate()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        (double[,] points, double[] values) = EquationCase.BurgersData(20, 0.05, seed: 5);
        var options = new EquationOptions { Particles = 3, MaxSteps = 3, Seed = 9 };
        EquationProblem problem = EquationCase.Burgers(points, values, 0.05);
        Assert.Equal(EquationEnsemble.Fit(problem, options).Unknowns, EquationEnsemble.Fit(problem, options).Unknowns);
        Assert.NotEqual(EquationEnsemble.Fit(problem, options).Unknowns, EquationEnsemble.Fit(problem, options with { Seed = 10 }).Unknowns);
    }

    [Fact]
    public void Wrong_problems_are_told()
    {
        (double[,] points, double[] values) = EquationCase.BurgersData(20, 0.05, seed: 5);
        EquationProblem good = EquationCase.Burgers(points, values, 0.05);
        AssertTold("Unknown nu has centre 0", good with { Unknowns = [new("nu", 0, 1)] });
        AssertTold("observations of w, which is no field; the fields are u", good with { Observations = [new("w", points, values, 0.1)] });
        AssertTold("An observation of u lies outside the domain: point 1 has x = 3", good with { Observations = [new("u", new double[,] { { 3, 0 } }, [1], 0.1)] });
        AssertTold("give a point of 2 coordinates for each value", good with { Observations = [new("u", points, [1, 2], 0.1)] });
        AssertTold("Coordinate x reaches from 1 to -1", good with { Coordinates = [new("x", 1, -1), new("t", 0, 1)] });
        AssertTold("BurgersEquation has a standard deviation of 0", good with { Equations = [EquationTerm.Of<EquationCase.BurgersEquation>(10, 0)] });
        AssertTold("BurgersEquation has a point outside the domain", good with { Equations = [EquationTerm.Of<EquationCase.BurgersEquation>(new double[,] { { 0, 7 } }, 1)] });
        AssertTold("second derivatives, and Relu has none", good with { Networks = [new([new("u")], [new Dense(5, Activation.Relu)])] });
        AssertTold("The residual of Pole is not finite at x = 0, t = 0.5", good with { Equations = [EquationTerm.Of<Pole>(new double[,] { { 0.5, 0.5 }, { 0, 0.5 } }, 1)] });
        AssertTold("SometimesNegative is not finite at x = 0.5, t = 0.5", good with { Equations = [EquationTerm.Of<SometimesNegative>(new double[,] { { 0.5, 0.5 } }, 1)] });
        AssertTold("BurgersEquation reads unknown 0, counted from 0; there are 0", good with { Unknowns = [] });
        AssertTold("Strange reads field 1, counted from 0; there are 1", good with { Equations = [EquationTerm.Of<Strange>(10, 1)] });
        AssertTold("Strayed reads coordinate 2, counted from 0; there are 2", good with { Equations = [EquationTerm.Of<Strayed>(10, 1)] });
        AssertTold("more than one u", good with { Unknowns = [new("u", 1, 1)] });
        Assert.Contains("Particles is 1", Assert.Throws<ArgumentException>(() => EquationEnsemble.Fit(good, new EquationOptions { Particles = 1 })).Message, StringComparison.Ordinal);

        static void AssertTold(string text, EquationProblem problem) =>
            Assert.Contains(text, Assert.Throws<ArgumentException>(() => EquationEnsemble.Fit(problem, new EquationOptions { MaxSteps = 1 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_that_depend_on_values_are_told()
    {
        (double[,] points, double[] values) = EquationCase.BurgersData(20, 0.05, seed: 5);
        EquationProblem problem = EquationCase.Burgers(points, values, 0.05) with { Equations = [EquationTerm.Of<Fickle>(new double[,] { { 0.7, 0.5 } }, 1)] };
        Assert.Contains("did not ask for before", Assert.Throws<InvalidOperationException>(() => EquationEnsemble.Fit(problem)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_ends_a_search()
    {
        (double[,] points, double[] values) = EquationCase.BurgersData(20, 0.05, seed: 5);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => EquationEnsemble.Fit(EquationCase.Burgers(points, values, 0.05), cancellation: source.Token));
    }

    [Theory]
    [InlineData(-0.95, 0, 0.15643446504)]
    public void Exact_solution_is_that_of_the_table(double x, double t, double u) => Assert.Equal(u, EquationCase.ExactBurgers(x, t, 0.05), 1e-8);

    private readonly struct Slope : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => at.Derivative(U, X) - at.Unknown(Nu);
    }

    private readonly struct Pole : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => at.Value(U) / at.At(X);
    }

    /// <summary>Has no logarithm for few particles, of which the first is none.</summary>
    private readonly struct SometimesNegative : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => TReal.Log(at.Unknown(Nu) - 0.02);
    }

    private readonly struct Strange : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => at.Derivative(1, X);
    }

    /// <summary>Reads a derivative where x is not 0, as it is when it is traced.</summary>
    private readonly struct Fickle : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => at.At(X) > 0.5 ? at.Derivative(U, X) : at.Value(U);
    }

    private readonly struct Strayed : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => at.Derivative(U, 2);
    }

    /// <summary>-sin pi x at t = 0, and 0 at x = -1 and 1.</summary>
    private readonly struct AtRest : IFieldForm
    {
        public static TReal Offset<TReal>(ReadOnlySpan<TReal> at)
            where TReal : struct, IReal<TReal> => -TReal.Sin(Math.PI * at[X]);

        public static TReal Factor<TReal>(ReadOnlySpan<TReal> at)
            where TReal : struct, IReal<TReal> => at[T] * (1 - (at[X] * at[X]));
    }
}
