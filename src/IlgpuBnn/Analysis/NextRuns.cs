using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Analysis;

/// <summary>How a batch of runs is chosen.</summary>
public sealed record NextRunsOptions
{
    internal const int MaxCandidates = 1 << 16;

    /// <summary>Runs of the batch. Default 20.</summary>
    public int Runs { get; init; } = 20;

    /// <summary>Names of the targets that count. Null (default) for all.</summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>
    /// Points that can be run, [row, input], raw units, 65,536 at most. Null (default) for 4,096 points of a Sobol sequence through the inputs' distributions, and as many
    /// of <see cref="Posterior"/>.
    /// </summary>
    public double[,]? Candidates { get; init; }

    /// <summary>Runs under way, whose outputs are not known yet: [row, input], raw units. The batch is chosen as if they were in. Null (default) for none.</summary>
    public double[,]? Pending { get; init; }

    /// <summary>
    /// Draws of the inputs, such as <see cref="ParameterCalibration.Draws"/>, at which the surrogate is to become better: [row, input], raw units. Null (default) for
    /// 1,024 points through the inputs' distributions.
    /// </summary>
    public double[,]? Posterior { get; init; }

    /// <summary>Seed of the points. Default 0.</summary>
    public int Seed { get; init; }

    /// <exception cref="ArgumentException">Options are out of range; the message names every one.</exception>
    public void Validate() => OptionChecks.Require(Problems());

    private IEnumerable<string> Problems()
    {
        if (Runs < 1)
        {
            yield return $"Runs is {Runs}; it must be at least 1.";
        }

        if (Targets is { Count: 0 })
        {
            yield return "Targets names no target. Name one, or leave it out for all.";
        }

        if (Candidates is { } candidates && (candidates.GetLength(0) < Runs || candidates.GetLength(0) > MaxCandidates))
        {
            yield return $"There are {candidates.GetLength(0)} candidates for {Runs} runs. Give at least as many as runs, and {MaxCandidates} at most.";
        }
        else if (Candidates is null && Runs > NextRuns.Points)
        {
            yield return $"Runs is {Runs}; without candidates of your own it must be at most {NextRuns.Points}.";
        }

        if (Posterior?.GetLength(0) == 0)
        {
            yield return "Posterior has no draws. Give some, or leave it out.";
        }
    }
}

/// <summary>What a batch is expected to do for a target.</summary>
/// <param name="Target">Its name.</param>
/// <param name="Before">What the surrogate does not know: root of the mean over the reference points of the particles' variance, raw units.</param>
/// <param name="After">The same with the batch.</param>
/// <param name="ShareRemoved">Of that variance.</param>
public sealed record ExpectedGain(string Target, double Before, double After, double ShareRemoved);

/// <summary>
/// The next runs of a simulator: those that are expected to take most off what the surrogate does not know, as an average over the inputs' distributions or a posterior
/// (active learning Cohn; Cohn 1996), each given those before it, so that the batch spreads by itself.
/// </summary>
public sealed class NextRuns
{
    internal const int Points = 4096;
    internal const int MaxTargets = 32;
    private const int ReferencePoints = 1024, Block = 128;

    private NextRuns()
    {
    }

    /// <summary>The runs, best first: [run, input], raw units.</summary>
    public required double[,] Inputs { get; init; }

    /// <summary>[run]: which candidate it is.</summary>
    public required IReadOnlyList<int> Candidates { get; init; }

    /// <summary>[run]: share of the surrogate's variance that it is expected to take off, after those before it; targets in units of their standard deviation.</summary>
    public required IReadOnlyList<double> Gains { get; init; }

    /// <summary>[target]: what the whole batch is expected to do.</summary>
    public required IReadOnlyList<ExpectedGain> Targets { get; init; }

    /// <summary>Share of the surrogate's variance that the batch is expected to remove, over all targets: the sum of <see cref="Gains"/>.</summary>
    public double ShareRemoved => Gains.Sum();

    /// <summary>Share of the candidates with an input outside the range of the training rows, where the surrogate guesses.</summary>
    public required double ShareOutside { get; init; }

    /// <summary>Chooses a batch.</summary>
    /// <param name="inputs">Default: uniform over the training range.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a target is unknown, a table has not a column per input, or the model cannot say how sure it is: a single network, or networks that all agree.
    /// </exception>
    public static NextRuns Of(BayesianNetwork model, InputDistributions? inputs = null, NextRunsOptions? options = null, Device? device = null) =>
        Of(Surrogate.Of(model, inputs ?? InputDistributions.OfTraining(model), device ?? DeviceCatalog.Default), options ?? new NextRunsOptions());

    internal static NextRuns Of(Surrogate surrogate, NextRunsOptions options)
    {
        options.Validate();
        RequireWidths(surrogate, options);
        if (!surrogate.HasUncertainty)
        {
            throw new ArgumentException(
                "The model is a single network, which cannot say where it is unsure: no runs can be chosen by it. Train an ensemble, or spread runs evenly with a design without a model.");
        }

        int[] targets = [.. (options.Targets ?? surrogate.OutputNames).Select(name => IndexOf(surrogate, name))];
        double[,] candidates = options.Candidates ?? DefaultCandidates(surrogate, options);
        double[,] pending = options.Pending ?? new double[0, surrogate.Inputs.Names.Count];
        int count = candidates.GetLength(0);
        double[,] prior = surrogate.Inputs.At(SobolSequence.Points(ReferencePoints, surrogate.Inputs.Names.Count, options.Seed, scrambling: 1));
        var table = new GainTable(surrogate, EvenSample(targets, MaxTargets), prior);
        TargetGain[] gains = table.Create(ParameterCalibration.Stacked([candidates, pending]), options.Posterior);
        for (int row = 0; row < pending.GetLength(0); row++)
        {
            int at = count + row;
            Parallel.ForEach(gains, own => own.Condition(at));
        }

        double[] before = [.. gains.Select(own => own.Variance)];
        double whole = before.Sum();
        if (whole <= 0)
        {
            throw new ArgumentException("The networks agree everywhere: no run is better than another. Spread runs evenly with a design without a model.");
        }

        (int[] chosen, double[] shares) = Choose(gains, count, options.Runs, whole);
        return new NextRuns
        {
            Inputs = Dataset.CopyRows(candidates, chosen),
            Candidates = chosen,
            Gains = shares,
            Targets = [.. gains.Select((own, k) => table.Expected(k, before[k], own.Variance))],
            ShareOutside = surrogate.ShareOfRowsOutside(candidates),
        };
    }

    /// <summary>The best point, then the best given that, and so on.</summary>
    private static (int[] Chosen, double[] Shares) Choose(TargetGain[] targets, int candidates, int runs, double whole)
    {
        var chosen = new int[runs];
        var shares = new double[runs];
        var taken = new HashSet<int>();
        var gains = new double[candidates];
        double left = whole;
        for (int run = 0; run < runs; run++)
        {
            Parallel.For(0, (candidates + Block - 1) / Block, block =>
            {
                Span<double> own = gains.AsSpan(block * Block, Math.Min(Block, candidates - (block * Block)));
                own.Clear();
                foreach (TargetGain target in targets)
                {
                    target.Add(block * Block, own);
                }
            });
            int best = Enumerable.Range(0, candidates).Where(k => !taken.Contains(k)).MaxBy(k => gains[k]);
            Parallel.ForEach(targets, own => own.Condition(best));
            taken.Add(chosen[run] = best);
            double now = targets.Sum(own => own.Variance);
            (shares[run], left) = ((left - now) / whole, now);
        }

        return (chosen, shares);
    }

    private static double[,] DefaultCandidates(Surrogate surrogate, NextRunsOptions options)
    {
        double[,] prior = surrogate.Inputs.At(SobolSequence.Points(Points, surrogate.Inputs.Names.Count, options.Seed));
        return options.Posterior is not { } draws ? prior : ParameterCalibration.Stacked(
            [prior, Dataset.CopyRows(draws, EvenSample([.. Enumerable.Range(0, draws.GetLength(0))], Points))]);
    }

    private static int IndexOf(Surrogate surrogate, string name) => ColumnSelection.IndexOf(surrogate.OutputNames, name) is >= 0 and int found ? found
        : throw new ArgumentException($"\"{name}\" is no target of the model: {ColumnSelection.List(surrogate.OutputNames)}.");

    private static void RequireWidths(Surrogate surrogate, NextRunsOptions options)
    {
        int width = surrogate.Inputs.Names.Count;
        foreach ((string name, double[,]? table) in new[] { (nameof(options.Candidates), options.Candidates), (nameof(options.Pending), options.Pending), (nameof(options.Posterior), options.Posterior) })
        {
            if (table is not null && (table.GetLength(1) != width || table.Cast<double>().Any(value => !double.IsFinite(value))))
            {
                throw new ArgumentException($"{name} must have a finite number in each of {width} columns, the model's inputs.");
            }
        }
    }

    /// <summary>All, or of many as many as wanted.</summary>
    internal static int[] EvenSample(int[] all, int wanted) =>
        all.Length <= wanted ? all : [.. Enumerable.Range(0, wanted).Select(k => all[(int)((long)k * all.Length / wanted)])];
}
