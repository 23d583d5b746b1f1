using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Analysis;

/// <summary>Settings of a sensitivity analysis.</summary>
public sealed record SensitivityOptions
{
    /// <summary>Base points over all scramblings; a power of two of at least 1024, for each of eight scramblings an eighth. The surrogate is evaluated at (factors + 2) times as many. Default 8192.</summary>
    public int BasePoints { get; init; } = 8192;

    /// <summary>Seed of the Sobol sequences. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>Names of inputs that count as one factor, by the factor's name. Default none: each input is a factor.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; init; } = new Dictionary<string, IReadOnlyList<string>>();
}

/// <summary>
/// Sobol indices of every target: which share of its variance, with the inputs drawn from their distributions, each factor causes alone (first order), and with
/// all that it takes part in (total).
/// </summary>
/// <remarks>
/// Of the mean over particles. Errors have two causes: sampling, which more points shrink (from independent scramblings), and the surrogate, which more runs
/// of the simulator shrink (the particles' spread, doubled: particles share errors; measured to hold 93 to 98 % at 95 %).
/// </remarks>
public sealed class SensitivityAnalysis
{
    // Enough for a standard error; each keeps the balance of its own points.
    private const int Scramblings = 8;
    private const int NoisePoints = 1024;
    private const double SharedErrors = 2;
    private const double Quantile95 = 1.645;

    private SensitivityAnalysis(IReadOnlyList<string> factors, IReadOnlyList<string> targets)
    {
        (FactorNames, TargetNames) = (factors, targets);
        (First, Total, FirstSamplingError, TotalSamplingError) = (New(), New(), New(), New());
        (FirstSurrogateError, TotalSurrogateError) = (New(), New());
        (Variance, NoiseShare) = (new double[targets.Count], new double[targets.Count]);

        double[,] New() => new double[factors.Count, targets.Count];
    }

    /// <summary>[factor]: inputs and groups.</summary>
    public IReadOnlyList<string> FactorNames { get; }

    /// <summary>[target].</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>First-order indices: [factor, target]; NaN for a target that does not vary.</summary>
    public double[,] First { get; }

    /// <summary>Total indices: [factor, target]; NaN for a target that does not vary.</summary>
    public double[,] Total { get; }

    /// <summary>Standard error from sampling: [factor, target].</summary>
    public double[,] FirstSamplingError { get; }

    /// <summary>Standard error from sampling: [factor, target].</summary>
    public double[,] TotalSamplingError { get; }

    /// <summary>Standard error from the surrogate: [factor, target]; twice the standard deviation over particles.</summary>
    public double[,] FirstSurrogateError { get; }

    /// <summary>Standard error from the surrogate: [factor, target]; twice the standard deviation over particles.</summary>
    public double[,] TotalSurrogateError { get; }

    /// <summary>[target]: of the mean over particles, raw units squared.</summary>
    public double[] Variance { get; }

    /// <summary>[target]: share of noise in the variance of a new value, noise included: what the surrogate does not put down to any input.</summary>
    public double[] NoiseShare { get; }

    /// <summary>Share of points with an input outside the range of the training rows, where the surrogate guesses.</summary>
    public double ShareOutside { get; private init; }

    /// <summary>Half of an interval that holds the true index in about 90 of 100 cases.</summary>
    /// <param name="total">Of the total index; otherwise of the first-order index.</param>
    public double HalfWidth(int factor, int target, bool total)
    {
        double sampling = (total ? TotalSamplingError : FirstSamplingError)[factor, target], surrogate = (total ? TotalSurrogateError : FirstSurrogateError)[factor, target];
        return Quantile95 * Math.Sqrt((sampling * sampling) + (surrogate * surrogate));
    }

    /// <summary>Computes the indices.</summary>
    /// <param name="inputs">Default: uniform over the training range.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="group">Processes that do the scramblings together, all with the same arguments: the same bits. Default: this one alone.</param>
    /// <exception cref="ArgumentException">An option is out of range, a group has an unknown input or one that another group has, or nothing varies.</exception>
    public static SensitivityAnalysis Of(
        BayesianNetwork model, InputDistributions? inputs = null, SensitivityOptions? options = null, Device? device = null, IProcessGroup? group = null)
    {
        inputs ??= InputDistributions.OfTraining(model);
        return Of(Surrogate.Of(model, inputs, device ?? DeviceCatalog.Default), options ?? new SensitivityOptions(), group);
    }

    internal static SensitivityAnalysis Of(Surrogate surrogate, SensitivityOptions options, IProcessGroup? group = null)
    {
        if (options.BasePoints < 1024 || !int.IsPow2(options.BasePoints))
        {
            throw new ArgumentException($"BasePoints is {options.BasePoints}; it must be a power of two, at least 1024.");
        }

        (string Name, IReadOnlyList<int> Inputs)[] factors = Factors(surrogate.Inputs, options);
        SobolIndices[] all = group.Runs(
            Scramblings, k => SobolIndices.Of(surrogate, [.. factors.Select(own => own.Inputs)], options.BasePoints / Scramblings, options.Seed, k), own => own.Numbers(),
            numbers => SobolIndices.Of(numbers, factors.Length, surrogate.OutputNames.Count));
        double[,] points = SobolSequence.Points(NoisePoints, surrogate.Inputs.Names.Count, options.Seed);
        var result = new SensitivityAnalysis([.. factors.Select(own => own.Name)], surrogate.OutputNames) { ShareOutside = surrogate.ShareOutside(points) };
        int particles = all[0].First.GetLength(0) - 1;
        double[,] noise = surrogate.NoiseAt(points);
        for (int o = 0; o < surrogate.OutputNames.Count; o++)
        {
            result.Variance[o] = all.Average(own => own.Variance[particles, o]);
            double ofNoise = Enumerable.Range(0, noise.GetLength(0)).Average(row => noise[row, o]);
            result.NoiseShare[o] = ofNoise == 0 ? 0 : ofNoise / (result.Variance[o] + ofNoise);
            for (int f = 0; f < factors.Length; f++)
            {
                (result.First[f, o], result.FirstSamplingError[f, o], result.FirstSurrogateError[f, o]) = Summary(own => own.First[particles, f, o], (own, s) => own.First[s, f, o]);
                (result.Total[f, o], result.TotalSamplingError[f, o], result.TotalSurrogateError[f, o]) = Summary(own => own.Total[particles, f, o], (own, s) => own.Total[s, f, o]);
            }
        }

        return result;

        (double Mean, double Sampling, double Surrogate) Summary(Func<SobolIndices, double> ofMean, Func<SobolIndices, int, double> ofParticle)
        {
            double[] values = [.. all.Select(ofMean)];
            double[] perParticle = [.. Enumerable.Range(0, particles).Select(s => all.Average(own => ofParticle(own, s)))];
            return (values.Average(), values.StandardDeviation() / Math.Sqrt(Scramblings), particles > 1 ? SharedErrors * perParticle.StandardDeviation() : 0);
        }
    }

    private static (string Name, IReadOnlyList<int> Inputs)[] Factors(InputDistributions inputs, SensitivityOptions options)
    {
        var taken = new HashSet<string>();
        foreach ((string group, IReadOnlyList<string> names) in options.Groups)
        {
            foreach (string name in names)
            {
                if (!inputs.Names.Contains(name) || !taken.Add(name))
                {
                    throw new ArgumentException($"The group \"{group}\" names \"{name}\", which is {(inputs.Names.Contains(name) ? "in another group already" : "no input")}.");
                }
            }
        }

        // What is known has no share in any variance.
        int[] vary = [.. Enumerable.Range(0, inputs.Names.Count).Where(i => inputs.Distributions[i] is not Fixed)];
        (string Name, IReadOnlyList<int> Inputs)[] factors =
        [
            .. vary.Where(i => !taken.Contains(inputs.Names[i])).Select(i => (inputs.Names[i], (IReadOnlyList<int>)[i])),
            .. options.Groups.Select(own => (own.Key, (IReadOnlyList<int>)[.. vary.Where(i => own.Value.Contains(inputs.Names[i]))])),
        ];
        return vary.Length > 0 ? factors : throw new ArgumentException("Every input is fixed: there is nothing to be sensitive to.");
    }
}
