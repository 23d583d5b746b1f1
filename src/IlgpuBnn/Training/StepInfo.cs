namespace IlgpuBnn.Training;

/// <summary>The state of a training after an iteration.</summary>
/// <param name="Iteration">Iterations done.</param>
/// <param name="Bandwidth">h of the Stein kernel in parameter units; NaN without interaction.</param>
/// <param name="MeanLogDensity">Mean over particles of log p(theta | D), constants left out, before the iteration's step (docs/maths.md, "Posterior").</param>
/// <param name="GradientNorm">Root mean square over particles of the length of grad log p.</param>
/// <param name="Spread">Root mean square distance of the particles from their mean.</param>
/// <param name="SteinIdentityRatio">
/// Of particles that share a posterior, minus the mean of (theta - mean) . grad log p over particles and parameters: 1 for a faithful sample, near 0
/// or far above 1 where the particles' spread is not the posterior's. NaN for an anchored ensemble and a single particle.
/// </param>
/// <param name="ValidationScore">
/// On the validation rows, standardised targets: mean log score (for a deterministic network, minus the mean squared error); higher is better. Of an
/// anchored ensemble, at the end of each <see cref="TrainingOptions.BudgetsFor">budget</see>, that of the out-of-fold rows, as the whole
/// ensemble would predict them. Else NaN.
/// </param>
/// <param name="BestValidationScore">Best so far; NaN before there is one.</param>
/// <param name="Elapsed">Since the training began.</param>
public sealed record StepInfo(
    int Iteration, double Bandwidth, double MeanLogDensity, double GradientNorm, double Spread, double SteinIdentityRatio, double ValidationScore,
    double BestValidationScore, TimeSpan Elapsed);

/// <summary>How far a training has come; its total is known from the start.</summary>
/// <param name="Step">The last iteration that was looked at.</param>
/// <param name="Stage">Which training this is, 1-based: the second selects the last activation (<see cref="Inference.AnchoredEnsemble.SelectLastActivation"/>).</param>
/// <param name="Completed">Iterations done or no longer needed, of all trainings; never falls.</param>
/// <param name="Total">Iterations that all trainings take at most.</param>
public sealed record TrainingProgress(StepInfo Step, int Stage, int Completed, int Total);

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>All iterations were done.</summary>
    IterationLimit,

    /// <summary>The validation score had not improved for <see cref="Inference.EarlyStopping.Patience"/> iterations, or for a budget of an anchored ensemble.</summary>
    ValidationScore,

    /// <summary>The caller asked for it.</summary>
    Cancelled,

    /// <summary>A particle's gradient was not finite.</summary>
    NotFinite,
}

/// <summary>How a training went.</summary>
/// <param name="Iterations">Iterations done, in the training that was kept if there were two.</param>
/// <param name="KeptIteration">The iteration whose particles the model has: the best on validation or out-of-fold rows, else the last.</param>
/// <param name="StopReason">Why it ended.</param>
/// <param name="TrainingRows">Rows that the particles were fitted to.</param>
/// <param name="ValidationRows">Rows that only told when to stop.</param>
/// <param name="Folds">Folds that the rows were divided into, each particle leaving one out; 0 for none.</param>
/// <param name="Elapsed">Wall-clock time, of both trainings if there were two.</param>
/// <param name="History">Every <see cref="TrainingOptions.EvaluationInterval"/> iterations.</param>
/// <param name="Notes">What a user should know: constant columns, rows left out, no validation rows.</param>
public sealed record TrainingReport(
    int Iterations, int KeptIteration, StopReason StopReason, int TrainingRows, int ValidationRows, int Folds, TimeSpan Elapsed,
    IReadOnlyList<StepInfo> History, IReadOnlyList<string> Notes)
{
    /// <summary>
    /// Rows of the table in each training that this one went on from (<see cref="BayesianNetwork.Resume"/>), rising; empty for a training from the start.
    /// </summary>
    public IReadOnlyList<int> EarlierRowCounts { get; init; } = [];

    /// <summary>The columns that told groups of rows apart (<see cref="Data.Dataset.Groups"/>); empty where rows were not grouped.</summary>
    public IReadOnlyList<string> GroupNames { get; init; } = [];

    /// <summary>Rows of the table in each training, this one last.</summary>
    internal IReadOnlyList<int> RowCounts => [.. EarlierRowCounts, TrainingRows + ValidationRows];
}
