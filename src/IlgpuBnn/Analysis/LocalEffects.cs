using IlgpuBnn.Data;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Analysis;

/// <summary>
/// Accumulated local effects of one input (Apley and Zhu 2020): how each target changes along it, the other inputs as they are distributed; about its mean.
/// </summary>
/// <param name="InputName">The input.</param>
/// <param name="TargetNames">[target].</param>
/// <param name="Values">Of the input, raw units: quantiles of its distribution, equally far apart in probability.</param>
/// <param name="Mean">Of the particles' curves: [value, target], raw units of the target.</param>
/// <param name="StandardDeviation">Over the particles' curves: [value, target], raw units of the target.</param>
public sealed record LocalEffects(string InputName, IReadOnlyList<string> TargetNames, IReadOnlyList<double> Values, double[,] Mean, double[,] StandardDeviation)
{
    private const int Bins = 20;
    private const int Points = 1024;

    // Ends of an unbounded distribution are infinite.
    private const double End = 0.005;

    /// <summary>Computes the curves of every input that varies and is no category.</summary>
    /// <param name="inputs">Default: uniform over the training range.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    public static IReadOnlyList<LocalEffects> Of(BayesianNetwork model, InputDistributions? inputs = null, int seed = 0, Device? device = null) =>
        Of(Surrogate.Of(model, inputs ?? InputDistributions.OfTraining(model), device ?? DeviceCatalog.Default), seed);

    internal static IReadOnlyList<LocalEffects> Of(Surrogate surrogate, int seed)
    {
        double[,] points = PointsOf(surrogate, seed);
        return [.. CurvedInputs(surrogate).Select(i => Of(surrogate, points, i))];
    }

    /// <summary>Those that vary and are no categories.</summary>
    internal static IEnumerable<int> CurvedInputs(Surrogate surrogate) =>
        Enumerable.Range(0, surrogate.Inputs.Names.Count).Where(i => surrogate.Inputs.Distributions[i] is not (Fixed or Choice));

    internal static double[,] PointsOf(Surrogate surrogate, int seed) => SobolSequence.Points(Points, surrogate.Inputs.Names.Count, seed);

    /// <param name="points">Of the unit cube.</param>
    internal static LocalEffects Of(Surrogate surrogate, double[,] points, int input)
    {
        double[] edges = [.. Enumerable.Range(0, Bins + 1).Select(k => Math.Clamp(k / (double)Bins, End, 1 - End))];
        double[,,] low = surrogate.At(WithEdge(0)), high = surrogate.At(WithEdge(1));
        int particles = low.GetLength(0), outputs = low.GetLength(2);
        var counts = new int[Bins];
        var curves = new double[particles, Bins + 1, outputs];
        for (int row = 0; row < points.GetLength(0); row++)
        {
            int bin = BinOf(row);
            counts[bin]++;
            for (int s = 0; s < particles; s++)
            {
                for (int o = 0; o < outputs; o++)
                {
                    curves[s, bin + 1, o] += high[s, row, o] - low[s, row, o];
                }
            }
        }

        double[,] mean = new double[Bins + 1, outputs], deviation = new double[Bins + 1, outputs];
        for (int o = 0; o < outputs; o++)
        {
            for (int s = 0; s < particles; s++)
            {
                double centre = 0;
                for (int k = 1; k <= Bins; k++)
                {
                    curves[s, k, o] = curves[s, k - 1, o] + (curves[s, k, o] / Math.Max(counts[k - 1], 1));
                    centre += (curves[s, k, o] + curves[s, k - 1, o]) / 2 / Bins;
                }

                for (int k = 0; k <= Bins; k++)
                {
                    curves[s, k, o] -= centre;
                    mean[k, o] += curves[s, k, o] / particles;
                }
            }

            for (int k = 0; k <= Bins && particles > 1; k++)
            {
                double squares = 0;
                for (int s = 0; s < particles; s++)
                {
                    squares += (curves[s, k, o] - mean[k, o]) * (curves[s, k, o] - mean[k, o]);
                }

                deviation[k, o] = Math.Sqrt(squares / (particles - 1));
            }
        }

        InputDistribution own = surrogate.Inputs.Distributions[input];
        return new LocalEffects(surrogate.Inputs.Names[input], surrogate.OutputNames, [.. edges.Select(own.Quantile)], mean, deviation);

        int BinOf(int row) => Math.Min((int)(points[row, input] * Bins), Bins - 1);

        // Every point moved to the lower or the upper edge of its bin.
        double[,] WithEdge(int side)
        {
            var moved = (double[,])points.Clone();
            for (int row = 0; row < moved.GetLength(0); row++)
            {
                moved[row, input] = edges[BinOf(row) + side];
            }

            return moved;
        }
    }
}
