using System.Numerics;

namespace IlgpuBnn.Analysis;

/// <summary>Settings of history matching.</summary>
public sealed record HistoryMatchingOptions
{
    /// <summary>Implausibility above which inputs are ruled out. Default 3, which holds 95 % of any error with one mode (Pukelsheim 1994).</summary>
    public double Threshold { get; init; } = 3;

    /// <summary>Which largest implausibility over the observations counts: 1 the largest (default), 2 the second largest, so that one may be wrong, or 3.</summary>
    public int Rank { get; init; } = 1;

    /// <summary>Whether inputs are also ruled out where all observations together lie beyond the 99.5 % point of their joint distance. Default false.</summary>
    public bool JointTest { get; init; }

    /// <summary>Points of the inputs' distributions, a power of two of at least 1024. Default 65,536.</summary>
    public int Points { get; init; } = 1 << 16;

    /// <summary>Runs of the next wave's design. Null (default) for ten for each input that varies.</summary>
    public int? NextRuns { get; init; }

    /// <summary>Seed of the points. Default 0.</summary>
    public int Seed { get; init; }

    internal void Validate() => Networks.OptionChecks.Require(
        (Networks.OptionChecks.IsPositive(Threshold), $"Threshold is {Threshold}; it must be above 0."),
        (Rank is >= 1 and <= 3, $"Rank is {Rank}; it must be 1, 2 or 3."),
        (Points >= 1024 && BitOperations.IsPow2(Points), $"Points is {Points}; it must be a power of two, at least 1024."),
        (NextRuns is null or >= 1, $"NextRuns is {NextRuns}; it must be at least 1."));
}
