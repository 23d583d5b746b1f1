using IlgpuBnn.Devices;

namespace IlgpuBnn.Analysis;

/// <summary>How the effect of one input changes with another: local effects of the one, the other held at a low, a middle and a high value.</summary>
/// <remarks>Each curve is about its own mean, so that none has what the other input does by itself: without interaction all are the same.</remarks>
/// <param name="InputName">The input that varies along the curves.</param>
/// <param name="OtherName">The input that is held.</param>
/// <param name="OtherValues">Where: the 5 %, 50 % and 95 % quantiles of its distribution, raw units.</param>
/// <param name="Curves">One for each of these values.</param>
public sealed record InteractionEffects(string InputName, string OtherName, IReadOnlyList<double> OtherValues, IReadOnlyList<LocalEffects> Curves)
{
    private static readonly double[] _levels = [0.05, 0.5, 0.95];

    /// <summary>Computes the curves of pairs of inputs.</summary>
    /// <param name="pairs">The input that varies, and the one that is held.</param>
    /// <param name="inputs">Default: uniform over the training range.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">A pair names one input twice, an unknown one, one that never varies, or a category.</exception>
    public static IReadOnlyList<InteractionEffects> Of(
        BayesianNetwork model, IReadOnlyList<(string Input, string Other)> pairs, InputDistributions? inputs = null, int seed = 0, Device? device = null)
    {
        var surrogate = Surrogate.Of(model, inputs ?? InputDistributions.OfTraining(model), device ?? DeviceCatalog.Default);
        string[] curved = [.. LocalEffects.CurvedInputs(surrogate).Select(i => surrogate.Inputs.Names[i])];
        foreach ((string input, string other) in pairs)
        {
            string? wrong = curved.Contains(input) ? curved.Contains(other) ? null : other : input;
            if (wrong is not null || input == other)
            {
                throw new ArgumentException(
                    $"There are no curves of {input} by {other}: {(wrong is null ? "they are the same" : $"{wrong} is no input that varies, or a category")}. Give two of {string.Join(", ", curved)}.",
                    nameof(pairs));
            }
        }

        List<string> names = [.. surrogate.Inputs.Names];
        return Of(surrogate, [.. pairs.Select(pair => (names.IndexOf(pair.Input), names.IndexOf(pair.Other)))], seed);
    }

    internal static IReadOnlyList<InteractionEffects> Of(Surrogate surrogate, IReadOnlyList<(int Input, int Other)> pairs, int seed)
    {
        double[,] points = LocalEffects.PointsOf(surrogate, seed);
        return
        [
            .. pairs.Select(pair => new InteractionEffects(
                surrogate.Inputs.Names[pair.Input], surrogate.Inputs.Names[pair.Other], [.. _levels.Select(surrogate.Inputs.Distributions[pair.Other].Quantile)],
                [.. _levels.Select(level => LocalEffects.Of(surrogate, WithInputAt(points, pair.Other, level), pair.Input))])),
        ];
    }

    /// <summary>Root mean square distance of the curves from the mean of the three, in the unit of a target.</summary>
    public double Strength(int target)
    {
        double squares = 0;
        for (int k = 0; k < Curves[0].Values.Count; k++)
        {
            double mean = Curves.Average(own => own.Mean[k, target]);
            squares += Curves.Average(own => (own.Mean[k, target] - mean) * (own.Mean[k, target] - mean));
        }

        return Math.Sqrt(squares / Curves[0].Values.Count);
    }

    private static double[,] WithInputAt(double[,] points, int input, double value)
    {
        var held = (double[,])points.Clone();
        for (int row = 0; row < held.GetLength(0); row++)
        {
            held[row, input] = value;
        }

        return held;
    }
}
