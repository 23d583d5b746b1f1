using System.Diagnostics;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;

namespace IlgpuBnn.Training;

/// <summary>What a training that was stopped needs to go on and end with the same bits.</summary>
/// <param name="Elapsed">Since the training began.</param>
/// <param name="Device">What it was written on, in words; null if unknown. Another one computes other bits.</param>
/// <param name="Notes">So far: on the choice of encodings, and on going on.</param>
/// <param name="Trials">Of encodings, in order; empty once there is a <paramref name="Stage"/>.</param>
/// <param name="Stage">Null while encodings are tried, and until the first checkpoint after that.</param>
/// <param name="Search">The trainings of a search before this one; null without a search.</param>
internal sealed record Checkpoint(
    TimeSpan Elapsed, string? Device, IReadOnlyList<string> Notes, IReadOnlyList<EncodingTrial> Trials, TrainingStage? Stage, SearchState? Search)
{
    /// <summary>How the note begins of a training that goes on elsewhere.</summary>
    public const string OtherDevice = "Goes on from a checkpoint";

    /// <summary>Equal for devices that compute the same bits.</summary>
    public static string NameOf(DeviceDescription device) => $"{device.Name} ({device.Backend})";

    /// <summary>For a training that goes on elsewhere; null if it does not.</summary>
    public static string? DeviceNote(string? writtenOn, DeviceDescription here) => writtenOn is null || writtenOn == NameOf(here) ? null
        : $"{OtherDevice} that was written on {ShownText.Of(writtenOn)}; this is {NameOf(here)}, which rounds differently: the model will not have the bits of an "
            + "undisturbed training.";
}

/// <summary>Where a training is once its encodings are chosen.</summary>
/// <param name="Encoding">As chosen before the first iteration.</param>
/// <param name="Kappa">As chosen before; null where there was nothing to choose.</param>
/// <param name="ApartTargets">As chosen before; null where there was nothing to choose.</param>
/// <param name="Prior">As chosen before.</param>
/// <param name="First">The complete first model, once the candidate beside it is trained; null before.</param>
/// <param name="Trainer">Of the model that is being trained.</param>
internal sealed record TrainingStage(TableEncoding Encoding, double? Kappa, IReadOnlyList<string>? ApartTargets, PriorChoice Prior, TrainedModel? First, TrainerState Trainer);

/// <summary>What the short training with one encoding said of out-of-fold rows, in raw units.</summary>
/// <param name="LogScores">[target]: mean log score.</param>
/// <param name="SquaredErrors">[target]: mean square of the error of the mean.</param>
internal sealed record EncodingTrial(double[] LogScores, double[] SquaredErrors)
{
    /// <summary>Mean over targets of what its log scores are above another's; minus infinity where none can be compared.</summary>
    public double GainOver(EncodingTrial other) =>
        LogScores.Zip(other.LogScores, (own, before) => own - before).Where(double.IsFinite).DefaultIfEmpty(double.NegativeInfinity).Average();
}

/// <summary>State of a trainer between two iterations.</summary>
/// <param name="Sampler">Contents of <see cref="Inference.ISampler.State"/>.</param>
/// <param name="Best">Particles of the best iteration, [S, stride].</param>
/// <param name="Pending">Of the last iteration, if the evaluation after it was interrupted.</param>
/// <param name="ParticleHistory">Of a shard: for each entry of the history log density and squared gradient of each of its particles; otherwise empty.</param>
internal sealed record TrainerState(
    int Iteration, IReadOnlyList<float[]> Sampler, float[] Best, double BestScore, int BestIteration, IReadOnlyList<StepInfo> History, TimeSpan Elapsed,
    StepStatistics? Pending, IReadOnlyList<double[]> ParticleHistory);

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
    private Func<IReadOnlyList<EncodingTrial>, TrainingStage?, Checkpoint>? _complete;
    private Func<TrainerState, TrainingStage>? _stage;
    private long _last = Stopwatch.GetTimestamp();
    private TimeSpan _writing;

    /// <summary>Where they are kept, for messages.</summary>
    public string Name => name;

    /// <summary>The trainings of a search before the present one.</summary>
    public SearchState? Search { get; set; } = found?.Search;

    public bool IsDue => Stopwatch.GetElapsedTime(_last) >= interval && IsCheap;

    private bool IsCheap => Stopwatch.GetElapsedTime(_last) >= share * _writing;

    /// <summary>The checkpoint to go on from, for the first training that asks.</summary>
    public Checkpoint? Take()
    {
        (Checkpoint? taken, _found) = (_found, null);
        return taken;
    }

    /// <summary>From now on trials and stages belong to this training.</summary>
    /// <param name="complete">Adds what they do not know.</param>
    public void Begin(Func<IReadOnlyList<EncodingTrial>, TrainingStage?, Checkpoint> complete) => _complete = complete;

    /// <summary>From now on trainers' states belong to this stage.</summary>
    /// <param name="stage">Adds what a trainer does not know.</param>
    public void Begin(Func<TrainerState, TrainingStage> stage) => _stage = stage;

    public void Write(TrainerState trainer) => Write(_complete!([], _stage!(trainer)));

    /// <summary>Trials are few numbers: written whenever that is cheap, however short a time ago the last were.</summary>
    /// <param name="must">Whether to write even if it is not.</param>
    /// <returns>Whether they were written.</returns>
    public bool Write(IReadOnlyList<EncodingTrial> trials, bool must)
    {
        bool writes = must || IsCheap;
        if (writes)
        {
            Write(_complete!(trials, null));
        }

        return writes;
    }

    private void Write(Checkpoint checkpoint)
    {
        long before = Stopwatch.GetTimestamp();
        write(checkpoint);
        _last = Stopwatch.GetTimestamp();
        _writing = Stopwatch.GetElapsedTime(before, _last);
    }
}
