using IlgpuBnn.Training;

namespace IlgpuBnn;

/// <summary>A training was cancelled; its best state is kept.</summary>
public sealed class TrainingCancelledException : OperationCanceledException
{
    internal TrainingCancelledException(BayesianNetwork? model, CancellationToken token)
        : base(
            model is null ? "Training was cancelled before its first iteration."
            : model.Report.StopReason == StopReason.Cancelled
                ? $"Training was cancelled after iteration {model.Report.Iterations}."
                : "Training of the candidate for the last activation was cancelled; the first model is complete.",
            token) => Model = model;

    /// <summary>
    /// The best state so far (without scores, the last); null if it was cancelled before its first iteration. If a candidate for the last activation was being trained, the complete first model, whose
    /// <see cref="TrainingReport.StopReason"/> is not <see cref="StopReason.Cancelled"/>.
    /// </summary>
    public BayesianNetwork? Model { get; }
}

/// <summary>A particle's gradient was infinite or NaN; the best earlier state is kept.</summary>
public sealed class TrainingDivergedException : Exception
{
    internal TrainingDivergedException(int iteration, int particle, BayesianNetwork? lastGood)
        : base($"Training diverged: the gradient of particle {particle} was not finite in iteration {iteration}. "
            + (lastGood is null ? "No good state was reached. " : $"The state after iteration {lastGood.Report.KeptIteration} is kept. ")
            + "Lower the step size, or scale down inputs or targets with extreme values.") =>
        (Iteration, Particle, LastGoodModel) = (iteration, particle, lastGood);

    /// <summary>1-based.</summary>
    public int Iteration { get; }

    /// <summary>0-based; the first that failed in that iteration.</summary>
    public int Particle { get; }

    /// <summary>The best state evaluated before; null if it failed before the first evaluation.</summary>
    public BayesianNetwork? LastGoodModel { get; }
}
