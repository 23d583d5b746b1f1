namespace IlgpuBnn.Inference;

/// <summary>The state of a training after an iteration.</summary>
/// <param name="Iteration">Iterations done.</param>
/// <param name="Bandwidth">h of the Stein kernel in scaled parameter units; NaN without interaction.</param>
/// <param name="MeanLogDensity">Mean over particles of log p(theta | D) as MATHS writes it, constants left out, before the iteration's step.</param>
/// <param name="GradientNorm">Root mean square over particles of the length of grad log p.</param>
/// <param name="Spread">Root mean square distance of the particles from their mean.</param>
/// <param name="CollapseRatio">
/// Of particles that share a posterior, minus the mean of (theta - mean) . grad log p over particles and parameters: 1 for a faithful sample, near 0
/// or far above 1 where the particles' spread is not the posterior's. NaN for an anchored ensemble and a single particle.
/// </param>
/// <param name="HeldOutScore">
/// On the held-out rows, scaled targets: mean log score (for a deterministic network, minus the mean squared error); higher is better. Of an
/// anchored ensemble, at the end of each <see cref="TrainingOptions.RoundsFor">round</see>, that of the rows that networks left out, as the whole
/// ensemble would predict them. Else NaN.
/// </param>
/// <param name="BestHeldOutScore">Best so far; NaN before there is one.</param>
/// <param name="Elapsed">Since the training began.</param>
public sealed record StepInfo(
    int Iteration, double Bandwidth, double MeanLogDensity, double GradientNorm, double Spread, double CollapseRatio, double HeldOutScore,
    double BestHeldOutScore, TimeSpan Elapsed);

/// <summary>Why a training ended.</summary>
public enum StopReason
{
    /// <summary>All iterations were done.</summary>
    IterationLimit,

    /// <summary>The held-out score had not improved for <see cref="TrainingOptions.Patience"/> iterations, or for a round of an anchored ensemble.</summary>
    HeldOutScore,

    /// <summary>The caller asked for it.</summary>
    Cancelled,

    /// <summary>A particle's gradient was not finite.</summary>
    NotFinite,
}

/// <summary>How a training went.</summary>
/// <param name="Iterations">Iterations done, in the training that was kept if there were two (<see cref="TrainingOptions.SharperNetworks"/>).</param>
/// <param name="KeptIteration">The iteration whose particles the model has: the best on rows held out or left out, else the last.</param>
/// <param name="StopReason">Why it ended.</param>
/// <param name="TrainingRows">Rows that the particles were fitted to.</param>
/// <param name="HeldOutRows">Rows that only told when to stop.</param>
/// <param name="Elapsed">Wall-clock time, of both trainings if there were two.</param>
/// <param name="Folds">Folds that the rows were divided into, each particle leaving one out; 0 for none.</param>
/// <param name="History">Every <see cref="TrainingOptions.CheckEvery"/> iterations.</param>
/// <param name="Notes">What a user should know: constant columns, rows left out, no rows held out.</param>
public sealed record TrainingReport(
    int Iterations, int KeptIteration, StopReason StopReason, int TrainingRows, int HeldOutRows, int Folds, TimeSpan Elapsed,
    IReadOnlyList<StepInfo> History, IReadOnlyList<string> Notes);
