using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using MathNet.Numerics;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Analysis;

/// <summary>Elementary effects (Morris 1991; Campolongo et al. 2007): a cheap first look at which inputs matter.</summary>
/// <remarks>
/// Along each trajectory every input changes once, by two thirds of its distribution, all others staying: an effect is the change of the target, divided by two
/// thirds. Of the mean over particles.
/// </remarks>
/// <param name="InputNames">[input]: those that vary.</param>
/// <param name="TargetNames">[target].</param>
/// <param name="MeanAbsolute">mu*, the mean size of the effects: [input, target], raw units of the target.</param>
/// <param name="StandardDeviation">sigma, of the effects: [input, target]; 0 for an input that acts linearly and alone.</param>
public sealed record MorrisScreening(IReadOnlyList<string> InputNames, IReadOnlyList<string> TargetNames, double[,] MeanAbsolute, double[,] StandardDeviation)
{
    private const int Levels = 4;
    private const double Step = 2.0 / 3;

    /// <summary>Computes the effects.</summary>
    /// <param name="inputs">Default: uniform over the training range.</param>
    /// <param name="trajectories">At least 2. Default 20.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="trajectories"/> is below 2.</exception>
    public static MorrisScreening Of(BayesianNetwork model, InputDistributions? inputs = null, int trajectories = 20, int seed = 0, Device? device = null) =>
        Of(Surrogate.Of(model, inputs ?? InputDistributions.OfTraining(model), device ?? DeviceCatalog.Default), trajectories, seed);

    internal static MorrisScreening Of(Surrogate surrogate, int trajectories, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trajectories, 2);
        InputDistributions inputs = surrogate.Inputs;
        int[] vary = [.. Enumerable.Range(0, inputs.Names.Count).Where(i => inputs.Distributions[i] is not Fixed)];
        int length = vary.Length + 1, outputs = surrogate.OutputNames.Count;
        var points = new double[trajectories * length, inputs.Names.Count];
        var moved = new int[trajectories, vary.Length];
        for (int t = 0; t < trajectories; t++)
        {
            Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Designs, t);
            int[] order = Combinatorics.GeneratePermutation(vary.Length, random);
            double[] at = [.. Enumerable.Range(0, inputs.Names.Count).Select(_ => random.Next(Levels) / (Levels - 1.0))];
            for (int k = 0; k <= vary.Length; k++)
            {
                if (k > 0)
                {
                    int i = vary[moved[t, k - 1] = order[k - 1]];
                    at[i] += at[i] + Step <= 1 + 1e-9 ? Step : -Step;
                }

                for (int i = 0; i < at.Length; i++)
                {
                    // The ends of an unbounded distribution are infinite.
                    points[(t * length) + k, i] = Math.Clamp(at[i], 0.5 / Levels / Levels, 1 - (0.5 / Levels / Levels));
                }
            }
        }

        double[,] mean = Mean(surrogate, points);
        var effects = new double[vary.Length, outputs, trajectories];
        for (int t = 0; t < trajectories; t++)
        {
            for (int k = 0; k < vary.Length; k++)
            {
                int row = (t * length) + k, i = moved[t, k];
                double change = points[row + 1, vary[i]] - points[row, vary[i]];
                for (int o = 0; o < outputs; o++)
                {
                    effects[i, o, t] = (mean[row + 1, o] - mean[row, o]) / change;
                }
            }
        }

        double[,] sizes = new double[vary.Length, outputs], deviations = new double[vary.Length, outputs];
        for (int i = 0; i < vary.Length; i++)
        {
            for (int o = 0; o < outputs; o++)
            {
                double[] own = [.. Enumerable.Range(0, trajectories).Select(t => effects[i, o, t])];
                (sizes[i, o], deviations[i, o]) = (own.Average(Math.Abs), own.StandardDeviation());
            }
        }

        return new MorrisScreening([.. vary.Select(i => inputs.Names[i])], surrogate.OutputNames, sizes, deviations);
    }

    private static double[,] Mean(Surrogate surrogate, double[,] points)
    {
        double[,,] all = surrogate.At(points);
        var mean = new double[all.GetLength(1), all.GetLength(2)];
        for (int s = 0; s < all.GetLength(0); s++)
        {
            for (int row = 0; row < mean.GetLength(0); row++)
            {
                for (int o = 0; o < mean.GetLength(1); o++)
                {
                    mean[row, o] += all[s, row, o] / all.GetLength(0);
                }
            }
        }

        return mean;
    }
}
