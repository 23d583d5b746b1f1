using System.Text.Json.Serialization;

namespace IlgpuBnn.Training;

/// <summary>The state of a training after an iteration.</summary>
/// <param name="Iteration">Iterations done.</param>
/// <param name="Bandwidth">h of the Stein kernel in parameter units; NaN without interaction.</param>
/// <param name="MeanLogDensity">Mean over particles of log p(theta | D) up to a constant, before the iteration's step (docs/maths.md, "Posterior").</param>
/// <param name="GradientNorm">Root mean square over particles of the length of grad log p.</param>
/// <param name="Spread">Root mean square distance of the particles from their mean; of an anchored ensemble at the end of each budget, otherwise NaN.</param>
/// <param name="SteinIdentityRatio">
/// Minus the mean of (theta - mean) . grad log p over particles and parameters: 1 for a sample of the posterior, near 0 or far above 1 if the
/// particles' spread is not the posterior's. NaN for an anchored ensemble and a single particle.
/// </param>
/// <param name="ValidationScore">
/// Mean log score on validation rows, standardised targets (for a deterministic network, minus the mean squared error); higher is better. For an
/// anchored ensemble that of the out-of-fold rows, at the end of each <see cref="TrainingOptions.BudgetsFor">budget</see>. Otherwise NaN.
/// </param>
/// <param name="BestValidationScore">Best so far; NaN before there is one.</param>
/// <param name="Elapsed">Since the training began.</param>
public sealed record StepInfo(
    int Iteration, double Bandwidth, double MeanLogDensity, double GradientNorm, double Spread, double SteinIdentityRatio, double ValidationScore,
    double BestValidationScore, TimeSpan Elapsed);

/// <summary>Progress of a training.</summary>
/// <param name="Step">The last iteration evaluated.</param>
/// <param name="Stage">1, or 2 for the candidate of <see cref="Inference.AnchoredEnsemble.SelectLastActivation"/>.</param>
/// <param name="Completed">Iterations done or skipped, over both stages; never decreases.</param>
/// <param name="Total">Maximum number of iterations over both stages, constant.</param>
public sealed record TrainingProgress(StepInfo Step, int Stage, int Completed, int Total);

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>The maximum number of iterations was reached.</summary>
    IterationLimit,

    /// <summary>The score had not improved for <see cref="Inference.EarlyStopping.Patience"/> iterations, or over a budget of an anchored ensemble.</summary>
    ValidationScore,

    /// <summary>The caller cancelled it.</summary>
    Cancelled,

    /// <summary>A particle's gradient was not finite.</summary>
    NotFinite,
}

/// <summary>How a training went; if a candidate for the last activation was trained too, how that of the model kept went.</summary>
/// <param name="Iterations">Iterations done.</param>
/// <param name="KeptIteration">The iteration whose particles the model has: the best on validation or out-of-fold rows, otherwise the last.</param>
/// <param name="StopReason">Why it stopped.</param>
/// <param name="TrainingRows">Rows that the particles were fitted to.</param>
/// <param name="ValidationRows">Rows held out for early stopping.</param>
/// <param name="Folds">Cross-validation folds; 0 for none.</param>
/// <param name="Elapsed">Wall-clock time, a candidate's included.</param>
/// <param name="History">Every <see cref="TrainingOptions.EvaluationInterval"/> iterations.</param>
/// <param name="Notes">Remarks for the user: constant columns, skipped rows, no validation rows.</param>
public sealed record TrainingReport(
    int Iterations, int KeptIteration, StopReason StopReason, int TrainingRows, int ValidationRows, int Folds, TimeSpan Elapsed,
    IReadOnlyList<StepInfo> History, IReadOnlyList<string> Notes)
{
    /// <summary>
    /// Rows of the table in each earlier training (<see cref="BayesianNetwork.Resume"/>), rising; empty for the first.
    /// </summary>
    public IReadOnlyList<int> EarlierRowCounts { get; init => field = value ?? []; } = [];

    /// <summary>The columns that told groups of rows apart (<see cref="Data.Dataset.Groups"/>); empty where rows were not grouped.</summary>
    public IReadOnlyList<string> GroupNames { get; init => field = value ?? []; } = [];

    /// <summary>How well constraints hold, in the order of <see cref="Priors.ConstraintPrior.Constraints"/>; empty without.</summary>
    [JsonIgnore]
    public IReadOnlyList<ConstraintCheck> Constraints { get => Checks ?? []; init => Checks = value.Count == 0 ? null : value; }

    /// <summary>Null for none, which libraries that know no constraints can read.</summary>
    [JsonInclude]
    [JsonPropertyName("constraints")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal IReadOnlyList<ConstraintCheck>? Checks { get; init; }

    /// <summary>Rows of the table in each training, this one last.</summary>
    internal IReadOnlyList<int> RowCounts => [.. EarlierRowCounts, TrainingRows + ValidationRows];
}
