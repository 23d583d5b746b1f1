using IlgpuBnn.Equations;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Tests.Equations;

public sealed class EquationPrecisionTests
{
    private const int Points = 40;
    private const double Typical = 0.5, Weight = 0.2;

    [Fact]
    public void Own_precisions_are_drawn_from_their_Gamma_distribution()
    {
        // The slope is known, so residuals are 0.3 sin(40 x) exactly, and the precision's distribution is a Gamma one: shape (1 + w) N / 2, rate (w N typical^2 + sum of squares) / 2.
        const int particles = 400;
        EquationEnsemble ensemble = Fit<WavyLine>(EquationPrecision.Learnt(Typical, Weight), new Unknown("k", 2, 1e-9, Positive: false), particles);
        double shape = (1 + Weight) * Points / 2, rate = ((Weight * Points * Typical * Typical) + Squares(2)) / 2;
        double[] precisions = [.. ensemble.EquationDeviations.Cast<double>().Select(own => 1 / (own * own))];

        // Four standard errors of a mean and of a standard deviation.
        double deviation = Math.Sqrt(shape) / rate;
        Assert.Equal(shape / rate, precisions.Average(), 4 * deviation / Math.Sqrt(particles));
        Assert.Equal(deviation, precisions.StandardDeviation(), 4 * deviation / Math.Sqrt(2 * particles));
    }

    [Fact]
    public void Shared_precision_and_linear_unknown_are_where_neither_moves()
    {
        var slope = new Unknown("k", 0, 0.5, Positive: false);
        const int particles = 12;
        EquationPrecision precision = EquationPrecision.Learnt(Typical, Weight, shared: true);
        EquationEnsemble ensemble = Fit<WavyLine>(precision, slope, particles);
        EquationProblem problem = Line<WavyLine>(precision, slope);
        double[] anchors = [.. Enumerable.Range(0, particles).Select(s => EquationSystem.Of(problem, EquationSystem.NetworksOf(problem), 0, s, 0).Anchors[^1] * slope.StandardDeviation)];

        // Sums over x of x^2 and x y: each slope is a ridge regression towards its own anchor, the precision follows from all of them.
        double[] x = Places(), slopes = new double[particles];
        double ofX = x.Sum(own => own * own), ofBoth = x.Sum(own => own * Wavy(own)), variance = Typical * Typical, prior = 1 / (slope.StandardDeviation * slope.StandardDeviation);
        for (int round = 0; round < 200; round++)
        {
            slopes = [.. anchors.Select(own => ((ofBoth / variance) + (prior * own)) / ((ofX / variance) + prior))];
            variance = ((Weight * Typical * Typical) + (slopes.Average(Squares) / Points)) / (1 + Weight);
        }

        // It is settled to 1 %.
        Assert.All(ensemble.EquationDeviations.Cast<double>(), own => Assert.Equal(Math.Sqrt(variance), own, 0.01 * own));
        Assert.Equal(slopes, ensemble.Unknowns.Cast<double>(), (a, b) => Math.Abs(a - b) < 2e-3);
        Assert.All(ensemble.Outcomes, own => Assert.True(own.Converged));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_equation_that_can_hold_exactly_leaves_the_precision_to_its_prior(bool shared)
    {
        EquationEnsemble ensemble = Fit<StraightLine>(EquationPrecision.Learnt(Typical, Weight, shared), new Unknown("k", 0, 3, Positive: false), 30);
        double least = Typical * Math.Sqrt(Weight / (1 + Weight));
        double[] deviations = [.. ensemble.EquationDeviations.Cast<double>()];
        Assert.All(ensemble.Unknowns.Cast<double>(), own => Assert.Equal(2, own, 0.1));
        Assert.Equal(least, deviations.Average(), 0.05 * least);
        Assert.All(deviations, own => Assert.InRange(own, shared ? 0.999 * least : 0.6 * least, 1.6 * least));
        Assert.Equal(!shared, deviations.Distinct().Count() > 1);
    }

    [Fact]
    public void Balance_is_that_of_the_loss()
    {
        // u = b + w x; values of 0.2 + x, and the equation u_x = 3. Of (1 - g) mean (u - y)^2 + g mean (u_x - 3)^2 the least is w = ((1 - g) var(x) + 3 g) / ((1 - g) var(x) + g).
        const double share = 0.1;
        double[] x = [.. Enumerable.Range(0, 9).Select(n => n / 8.0)];
        var points = new double[x.Length, 1];
        for (int n = 0; n < x.Length; n++)
        {
            points[n, 0] = x[n];
        }

        var problem = new EquationProblem
        {
            Coordinates = [new("x", 0, 1)],
            Networks = [new([new("u")], []) { WeightScale = 1000, FirstWeightScale = 1000 }],
            Equations = [EquationTerm.Of<Steep>(7, EquationPrecision.Balanced(share))],
            Observations =
            [
                new("u", points, [.. x.Select(own => 0.2 + own)], 0.01),
                new("u", new double[,] { { 0 } }, [double.NaN], 0.01), new("u", new double[,] { { 0 } }, [0.2], 1e6) { Perturbed = false },
            ],
        };
        var ensemble = EquationEnsemble.Fit(problem, new EquationOptions { Particles = 20, Tolerance = 1e-9 });
        double variance = x.PopulationVariance(), expected = (((1 - share) * variance) + (3 * share)) / (((1 - share) * variance) + share);
        Assert.All(ensemble.EquationDeviations.Cast<double>(), own => Assert.Equal(0.01 * Math.Sqrt((1 - share) * 7 / (share * 9)), own, 1e-12));
        double[,,] ends = ensemble.Predict(new double[,] { { 0 }, { 1 } });

        // The values' errors move a slope by 0.01 or so.
        Assert.Equal(expected, Enumerable.Range(0, 20).Average(s => ends[s, 1, 0] - ends[s, 0, 0]), 0.01);
    }

    [Fact]
    public void Wrong_precisions_are_told()
    {
        AssertTold("WavyLine has a share of 1 in the loss", EquationPrecision.Balanced(1));
        AssertTold("WavyLine is balanced against measured values, and there are none", EquationPrecision.Balanced(0.5));
        AssertTold("typical standard deviation of 0 and a weight of 0.1", EquationPrecision.Learnt(0));
        AssertTold("without a prior the precision grows without end", EquationPrecision.Learnt(1, 0));
        AssertTold("WavyLine has a standard deviation of NaN", EquationPrecision.Given(double.NaN));

        static void AssertTold(string text, EquationPrecision precision) => Assert.Contains(
            text, Assert.Throws<ArgumentException>(() => Fit<WavyLine>(precision, new Unknown("k", 2, 1), 2)).Message, StringComparison.Ordinal);
    }

    private static EquationEnsemble Fit<TEquation>(EquationPrecision precision, Unknown slope, int particles)
        where TEquation : IEquation => EquationEnsemble.Fit(Line<TEquation>(precision, slope), new EquationOptions { Particles = particles, Tolerance = 1e-9 });

    /// <summary>A linear problem: the slope of a line; the field is not read.</summary>
    private static EquationProblem Line<TEquation>(EquationPrecision precision, Unknown slope)
        where TEquation : IEquation
    {
        var points = new double[Points, 1];
        for (int n = 0; n < Points; n++)
        {
            points[n, 0] = Places()[n];
        }

        return new EquationProblem
        {
            Coordinates = [new("x", 0, 1)],
            Networks = [new([new("u")], [new Dense(1, Activation.Tanh)])],
            Equations = [EquationTerm.Of<TEquation>(points, precision)],
            Unknowns = [slope],
        };
    }

    private static double[] Places() => [.. Enumerable.Range(0, Points).Select(n => (n + 0.5) / Points)];

    private static double Wavy(double x) => (2 * x) + (0.3 * Math.Sin(40 * x));

    private static double Squares(double slope) => Places().Sum(own => Math.Pow((slope * own) - Wavy(own), 2));

    private readonly struct WavyLine : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => (at.Unknown(0) * at.At(0)) - Wavy(at.At(0));
    }

    private readonly struct StraightLine : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => (at.Unknown(0) - 2) * at.At(0);
    }

    private readonly struct Steep : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => at.Derivative(0, 0) - 3;
    }
}
