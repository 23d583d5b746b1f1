using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Analysis;

/// <summary>The distribution of each target with the inputs drawn from theirs, and what of it comes from the inputs, the surrogate and noise.</summary>
public sealed class ForwardUncertainty
{
    private readonly double[][] _draws;
    private readonly double[][][] _perParticle;

    private ForwardUncertainty(IReadOnlyList<string> targetNames, double[][] draws, double[][][] perParticle)
    {
        (TargetNames, _draws, _perParticle) = (targetNames, draws, perParticle);
        int targets = targetNames.Count;
        (Mean, MeanError) = (new double[targets], new double[targets]);
        (InputVariance, SurrogateVariance, NoiseVariance) = (new double[targets], new double[targets], new double[targets]);
    }

    /// <summary>[target].</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>[target], raw units.</summary>
    public double[] Mean { get; }

    /// <summary>Standard error of <see cref="Mean"/> from the surrogate: [target]; that over particles.</summary>
    public double[] MeanError { get; }

    /// <summary>Variance that the inputs cause, of the mean over particles: [target], raw units squared.</summary>
    public double[] InputVariance { get; }

    /// <summary>Mean variance between particles: [target], raw units squared. More runs of the simulator shrink it.</summary>
    public double[] SurrogateVariance { get; }

    /// <summary>Mean variance of the noise: [target], raw units squared.</summary>
    public double[] NoiseVariance { get; }

    /// <summary>Share of points with an input outside the range of the training rows, where the surrogate guesses.</summary>
    public double ShareOutside { get; private init; }

    /// <summary>Quantile of a target, all three uncertainties together.</summary>
    /// <param name="probability">Between 0 and 1, exclusive.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not.</exception>
    public double Quantile(int target, double probability)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(probability);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(probability, 1);
        return SortedArrayStatistics.QuantileCustom(_draws[target], probability, QuantileDefinition.R8);
    }

    /// <summary>Probability that a target exceeds a threshold, all three uncertainties together, and its standard error from the surrogate.</summary>
    /// <param name="threshold">Raw units.</param>
    public (double Probability, double Error) ProbabilityAbove(int target, double threshold) =>
        (ShareAbove(_draws[target], threshold), _perParticle.Length > 1 ? _perParticle.Select(own => ShareAbove(own[target], threshold)).StandardDeviation() : 0);

    /// <summary>Draws inputs and computes the distributions.</summary>
    /// <param name="inputs">Default: uniform over the training range.</param>
    /// <param name="points">A power of two, at least 128. Default 4096.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="points"/> is no power of two, or below 128.</exception>
    public static ForwardUncertainty Of(BayesianNetwork model, InputDistributions? inputs = null, int points = 4096, int seed = 0, Device? device = null)
    {
        inputs ??= InputDistributions.OfTraining(model);
        return Of(Surrogate.Of(model, inputs, device ?? DeviceCatalog.Default), points, seed);
    }

    internal static ForwardUncertainty Of(Surrogate surrogate, int points, int seed)
    {
        if (points < 128 || !int.IsPow2(points))
        {
            throw new ArgumentException($"points is {points}; it must be a power of two, at least 128.", nameof(points));
        }

        double[,] cube = SobolSequence.Points(points, surrogate.Inputs.Names.Count, seed);
        double[,,] outputs = surrogate.At(cube);
        double[,] noise = surrogate.NoiseAt(cube);
        int particles = outputs.GetLength(0), targets = outputs.GetLength(2);
        var draws = new double[targets][];
        double[][][] perParticle = [.. Enumerable.Range(0, particles).Select(_ => new double[targets][])];
        var result = new ForwardUncertainty(surrogate.OutputNames, draws, perParticle) { ShareOutside = surrogate.ShareOutside(cube) };
        Parallel.For(0, targets, o =>
        {
            Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Draws, o);
            var all = new double[particles * points];
            var mean = new double[points];
            for (int s = 0; s < particles; s++)
            {
                var own = new double[points];
                for (int n = 0; n < points; n++)
                {
                    double value = outputs[s, n, o];
                    mean[n] += value / particles;
                    own[n] = all[(s * points) + n] = noise[n, o] == 0 ? value : value + (Math.Sqrt(noise[n, o]) * Normal.Sample(random, 0, 1));
                }

                perParticle[s][o] = own;
            }

            result.Mean[o] = mean.Average();
            result.InputVariance[o] = mean.PopulationVariance();
            double[] means = [.. Enumerable.Range(0, particles).Select(s => Enumerable.Range(0, points).Average(n => outputs[s, n, o]))];
            result.MeanError[o] = particles > 1 ? means.StandardDeviation() : 0;
            result.SurrogateVariance[o] = Enumerable.Range(0, points)
                .Average(n => Enumerable.Range(0, particles).Average(s => (outputs[s, n, o] - mean[n]) * (outputs[s, n, o] - mean[n])));
            result.NoiseVariance[o] = Enumerable.Range(0, points).Average(n => noise[n, o]);
            Array.Sort(all);
            draws[o] = all;
        });
        return result;
    }

    private static double ShareAbove(double[] draws, double threshold) => draws.Count(value => value > threshold) / (double)draws.Length;
}
