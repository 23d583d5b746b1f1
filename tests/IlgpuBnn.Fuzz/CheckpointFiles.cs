using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Persistence;
using IlgpuBnn.Training;

namespace IlgpuBnn.Fuzz;

/// <summary>Checkpoints: refused with a <see cref="ModelFileException"/>, or gone on from, to a model or to numbers that diverge.</summary>
internal sealed class CheckpointFiles : SafetensorsFiles
{
    private static readonly Dataset _data = ModelFiles.MakeData();

    private static readonly TrainingOptions[] _all =
    [
        new TrainingOptions { MaxIterations = 40, HiddenUnits = [3], Method = new AnchoredEnsemble { Particles = 4, Folds = 2 }, SelectEncodings = false },
        new TrainingOptions { MaxIterations = 40, HiddenUnits = [3], Method = new Svgd { Particles = 2 }, BatchSize = 15 },

        // Stopped while encodings are tried.
        new TrainingOptions { MaxIterations = 30, HiddenUnits = [2], Method = new AnchoredEnsemble { Particles = 4, Folds = 2 } },
    ];

    public override string Name => "checkpoints";

    public override IReadOnlyList<byte[]> Seeds => field ??= [.. _all.Select(MakeSeed)];

    public override string? Read(string path)
    {
        string[] refusals = [.. _all.Select(options => GoOn(path, options)).OfType<string>()];

        // Of these trainings it can be one's only.
        return refusals.Length == _all.Length ? refusals.MaxBy(message => message.Length) : null;
    }

    private static string? GoOn(string path, TrainingOptions options)
    {
        try
        {
            BayesianNetwork.Fit(_data, options, checkpoints: new Checkpoints(new CheckpointFile(path)) { Interval = TimeSpan.FromDays(1) });
            return null;
        }
        catch (ModelFileException exception)
        {
            return exception.Message;
        }
        catch (TrainingDivergedException)
        {
            return null;
        }
    }

    private static byte[] MakeSeed(TrainingOptions options)
    {
        string path = Path.GetTempFileName();
        File.Delete(path);
        using var source = new CancellationTokenSource();
        try
        {
            BayesianNetwork.Fit(
                _data, options, progress: new Relay<TrainingProgress>(_ => source.Cancel()),
                checkpoints: new Checkpoints(new LastStore(new CheckpointFile(path), source)), cancellation: source.Token);
        }
        catch (TrainingCancelledException)
        {
            // After 25 iterations or the first trial, with a checkpoint.
        }

        byte[] checkpoint = File.ReadAllBytes(path);
        File.Delete(path);
        return checkpoint;
    }

    /// <summary>Ends a training with its first checkpoint.</summary>
    private sealed class LastStore(CheckpointFile file, CancellationTokenSource source) : ICheckpointStore
    {
        public string Name => file.Name;

        public Stream? OpenRead() => file.OpenRead();

        public void Write(Action<Stream> write)
        {
            file.Write(write);
            source.Cancel();
        }

        public void Delete() => file.Delete();
    }

    private sealed class Relay<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
