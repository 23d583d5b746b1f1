using IlgpuBnn.Training;

namespace IlgpuBnn;

/// <summary>A training was cancelled; what it had reached is kept.</summary>
public sealed class TrainingCancelledException : OperationCanceledException
{
    internal TrainingCancelledException(BayesianNetwork model, CancellationToken token)
        : base(
            model.Report.StopReason == StopReason.Cancelled
                ? $"Training was cancelled after iteration {model.Report.Iterations}."
                : "Training was cancelled while another last activation was tried; the first model is complete.",
            token) => Model = model;

    /// <summary>
    /// The best state so far (on validation rows, else the last); while another last activation was tried, the whole first model,
    /// whose <see cref="TrainingReport.StopReason"/> is then not <see cref="StopReason.Cancelled"/>.
    /// </summary>
    public BayesianNetwork Model { get; }
}

/// <summary>A particle's gradient was infinite or undefined; the last good state is kept.</summary>
public sealed class TrainingDivergedException : Exception
{
    internal TrainingDivergedException(int iteration, int particle, BayesianNetwork? lastGood)
        : base($"Training diverged: the gradient of particle {particle} was not finite in iteration {iteration}. "
            + (lastGood is null ? "No good state was reached. " : $"The state after iteration {lastGood.Report.KeptIteration} is kept. ")
            + "Lower the step size, or scale down inputs or targets with extreme values.")
    {
        (Iteration, Particle, LastGoodModel) = (iteration, particle, lastGood);
    }

    /// <summary>1-based.</summary>
    public int Iteration { get; }

    /// <summary>0-based; the first of those that failed in that iteration.</summary>
    public int Particle { get; }

    /// <summary>The best state that was checked before; null where it failed before the first check.</summary>
    public BayesianNetwork? LastGoodModel { get; }
}
