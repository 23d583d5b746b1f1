using System.Diagnostics;
using IlgpuBnn.Data;

namespace IlgpuBnn.Training;

/// <summary>What a training that was stopped needs to go on and end with the same bits.</summary>
/// <param name="Encoding">As chosen before the first iteration.</param>
/// <param name="Notes">On that choice.</param>
/// <param name="Elapsed">Since the training began.</param>
/// <param name="First">The complete first model, once the candidate beside it is trained; null before.</param>
/// <param name="Trainer">Of the model that is being trained.</param>
/// <param name="Search">The trainings of a search before this one; null without a search.</param>
internal sealed record Checkpoint(
    TableEncoding Encoding, IReadOnlyList<string> Notes, TimeSpan Elapsed, TrainedModel? First, TrainerState Trainer, SearchState? Search);

/// <summary>State of a trainer between two iterations.</summary>
/// <param name="Sampler">Contents of <see cref="Inference.ISampler.State"/>.</param>
/// <param name="Best">Particles of the best iteration, [S, stride].</param>
internal sealed record TrainerState(
    int Iteration, IReadOnlyList<float[]> Sampler, float[] Best, double BestScore, int BestIteration, IReadOnlyList<StepInfo> History, TimeSpan Elapsed);

/// <param name="Trainings">In order.</param>
/// <param name="Best">The best of them.</param>
/// <param name="Elapsed">Since the search began.</param>
internal sealed record SearchState(IReadOnlyList<SearchedTraining> Trainings, TrainedModel Best, TimeSpan Elapsed);

/// <param name="Change">From the best options before, in words.</param>
/// <param name="Score">NaN if it diverged.</param>
/// <param name="Elapsed">Since the search began.</param>
internal sealed record SearchedTraining(string Change, double Score, TimeSpan Elapsed);

/// <summary>Writes checkpoints now and then, and has the one to go on from.</summary>
/// <param name="name">Where they are kept, for messages.</param>
/// <param name="interval">From one to the next, at least.</param>
/// <param name="share">Times that writing one takes, to wait until the next, at least.</param>
internal sealed class Checkpointing(string name, Checkpoint? found, TimeSpan interval, int share, Action<Checkpoint> write)
{
    private Checkpoint? _found = found;
    private Func<TrainerState, Checkpoint>? _complete;
    private long _last = Stopwatch.GetTimestamp();
    private TimeSpan _writing;

    /// <summary>Where they are kept, for messages.</summary>
    public string Name => name;

    /// <summary>The trainings of a search before the present one.</summary>
    public SearchState? Search { get; set; } = found?.Search;

    public bool IsDue => Stopwatch.GetElapsedTime(_last) is var since && since >= interval && since >= share * _writing;

    /// <summary>The checkpoint to go on from, for the first training that asks.</summary>
    public Checkpoint? Take()
    {
        (Checkpoint? taken, _found) = (_found, null);
        return taken;
    }

    /// <summary>From now on trainers' states belong to this training.</summary>
    /// <param name="complete">Adds what a trainer does not know.</param>
    public void Begin(Func<TrainerState, Checkpoint> complete) => _complete = complete;

    public void Write(TrainerState trainer)
    {
        long before = Stopwatch.GetTimestamp();
        write(_complete!(trainer));
        _last = Stopwatch.GetTimestamp();
        _writing = Stopwatch.GetElapsedTime(before, _last);
    }
}
