using IlgpuBnn.Equations;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Equations;

/// <summary>Problems for tests of devices.</summary>
internal static class EquationCase
{
    /// <summary>Two networks, a field with a form, a positive one, unknowns of both kinds, pure and mixed second derivatives, a boundary, observations of a plain and a positive field.</summary>
    /// <param name="description">Of the first network.</param>
    public static EquationProblem Everything(string description, int points) => new()
    {
        Coordinates = [new("x", -2, 1), new("t", 0, 3)],
        Networks =
        [
            new([new("u", 0.3, 2) { Form = FieldForm.Of<Bent>() }, new("v", 1, 0.5)], NetworkDescription.Parse(description)),
            new([new("m", 2, 0.7, Positive: true)], [new Sine(5, 2)]),
        ],
        Equations = [EquationTerm.Of<EveryOperation>(points, 0.3), EquationTerm.Of<Edge>(new double[,] { { -2, 1 }, { 1, 2 } }, 0.1)],
        Observations = [new("v", new double[,] { { 0, 1 }, { 0.5, 2 }, { 0.2, 0.1 } }, [1, double.NaN, 2], 0.2), new("m", new double[,] { { 0, 1 } }, [1], 0.2)],
        Unknowns = [new("a", 0.5, 0.7), new("b", -1, 2, Positive: false)],
    };

    /// <summary>Burgers' equation at 200 points, nu unknown.</summary>
    public static EquationProblem Burgers(double[,] points, double[] values, double noise) => new()
    {
        Coordinates = [new("x", -1, 1), new("t", 0, 1)],
        Networks = [new([new("u")], [new Dense(12, Activation.Tanh), new Dense(12, Activation.Tanh)])],
        Equations = [EquationTerm.Of<BurgersEquation>(200, 0.1)],
        Observations = [new("u", points, values, noise)],
        Unknowns = [new("nu", 0.1, 1.5)],
    };

    /// <summary>Exact values for nu = 0.05 (Cole-Hopf, docs/maths.md) with errors.</summary>
    public static (double[,] Points, double[] Values) BurgersData(int count, double noise, int seed)
    {
        var random = new Random(seed);
        var points = new double[count, 2];
        var values = new double[count];
        for (int n = 0; n < count; n++)
        {
            (points[n, 0], points[n, 1]) = ((2 * random.NextDouble()) - 1, random.NextDouble());
            values[n] = ExactBurgers(points[n, 0], points[n, 1], 0.05) + Normal.Sample(random, 0, noise);
        }

        return (points, values);
    }

    public static double ExactBurgers(double x, double t, double nu)
    {
        if (t < 1e-12)
        {
            return -Math.Sin(Math.PI * x);
        }

        // Trapezia over z, where the Gaussian has its mass.
        double above = 0, below = 0, width = 8 * Math.Sqrt(2 * nu * t);
        for (int k = -400; k <= 400; k++)
        {
            double z = width * k / 400, weight = Math.Exp(-(Math.Cos(Math.PI * (x - z)) / (2 * Math.PI * nu)) - (z * z / (4 * nu * t)));
            above += Math.Sin(Math.PI * (x - z)) * weight;
            below += weight;
        }

        return -above / below;
    }

    internal readonly struct BurgersEquation : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> =>
            at.Derivative(0, 1) + (at.Value(0) * at.Derivative(0, 0)) - (at.Unknown(0) * at.Derivative(0, 0, 0));
    }

    /// <summary>Every operation of a form.</summary>
    internal readonly struct Bent : IFieldForm
    {
        public static TReal Offset<TReal>(ReadOnlySpan<TReal> at)
            where TReal : struct, IReal<TReal> => TReal.Sin(at[0] * at[1]) - (TReal.Pow(at[1] + 4, 1.5) / (2 + (at[0] * at[0]))) + TReal.Tanh(at[0] + at[1]);

        public static TReal Factor<TReal>(ReadOnlySpan<TReal> at)
            where TReal : struct, IReal<TReal> => TReal.Exp(-at[0] * at[0]) + (TReal.Cos(at[1]) * at[0]) + TReal.Log(at[1] + 5);
    }

    /// <summary>Every operation of a number.</summary>
    internal readonly struct EveryOperation : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> =>
            (at.Derivative(2, 0) * at.Derivative(0, 0, 1)) + (at.Value(2) * TReal.Sin(at.Derivative(1, 1)) * at.At(0)) + (3 * at.Derivative(2, 1, 1) * at.Unknown(0))
            - (TReal.Pow(at.Value(2), 1.5) / (2 + (at.Unknown(1) * at.Unknown(1)))) + TReal.Tanh(at.Derivative(0, 0, 0)) + TReal.Cos(at.Value(0))
            + TReal.Log(at.Value(2)) - TReal.Exp(-at.Value(1)) + TReal.Pow(at.Derivative(1, 0), 3);
    }

    private readonly struct Edge : IEquation
    {
        public static TReal Residual<TReal>(in EquationPoint<TReal> at)
            where TReal : struct, IReal<TReal> => at.Derivative(1, 0) - at.At(1);
    }
}
