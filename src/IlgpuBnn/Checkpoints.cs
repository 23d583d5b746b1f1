using IlgpuBnn.Persistence;
using IlgpuBnn.Training;

namespace IlgpuBnn;

/// <summary>Checkpoints of a training: its state, written now and then, from which another process goes on and ends with the same model, bit for bit.</summary>
/// <remarks>
/// A training that is given them goes on from the store's checkpoint if there is one. It does not delete the last one, as the model is not saved yet:
/// call <see cref="ICheckpointStore.Delete"/> then. On another device, or a processor with other vector instructions, a training goes on too, but with other bits.
/// </remarks>
/// <param name="Store">Where they are kept.</param>
public sealed record Checkpoints(ICheckpointStore Store)
{
    /// <summary>Time from one checkpoint to the next; longer where writing takes more than a hundredth of the time. Default 30 seconds.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    internal int Share { get; init; } = 100;

    /// <summary>The same, with nothing written: another process does it.</summary>
    internal Checkpoints ReadOnly() => this with { Store = new ReadOnlyStore(Store) };

    /// <exception cref="ModelFileException">The store's checkpoint is damaged, of a newer version, or of another training.</exception>
    internal Checkpointing Open(TrainingIdentity identity)
    {
        Checkpoint? found = null;
        if (Store.OpenRead() is { } stream)
        {
            using (stream)
            {
                found = CheckpointFormat.Read(stream, Store.Name, identity);
            }
        }

        return new Checkpointing(Store.Name, found, Interval, Share, checkpoint => Store.Write(stream => CheckpointFormat.Write(stream, checkpoint, identity)));
    }
}

/// <summary>Keeps the last checkpoint of one training.</summary>
public interface ICheckpointStore
{
    /// <summary>For messages: the file, or whatever its owner knows it by.</summary>
    string Name { get; }

    /// <summary>The last checkpoint, seekable; null if there is none.</summary>
    Stream? OpenRead();

    /// <summary>Replaces the checkpoint, completely or not at all.</summary>
    void Write(Action<Stream> write);

    /// <summary>Deletes the checkpoint if there is one.</summary>
    void Delete();
}

/// <summary>A checkpoint in a file, replaced atomically.</summary>
/// <param name="path">The file.</param>
public sealed class CheckpointFile(string path) : ICheckpointStore
{
    /// <inheritdoc/>
    public string Name => path;

    /// <summary>Whether there is a checkpoint.</summary>
    public bool Exists => File.Exists(path);

    /// <summary>The device, in words; null if unknown.</summary>
    internal string? WrittenOn
    {
        get
        {
            using Stream? stream = OpenRead();
            return stream is null ? null : CheckpointFormat.DeviceOf(stream, path);
        }
    }

    /// <inheritdoc/>
    public Stream? OpenRead() => Exists ? new FileStream(path, FileMode.Open, FileAccess.Read) : null;

    /// <inheritdoc/>
    public void Write(Action<Stream> write) => AtomicFile.Write(path, write);

    /// <inheritdoc/>
    public void Delete() => File.Delete(path);
}

internal sealed class ReadOnlyStore(ICheckpointStore store) : ICheckpointStore
{
    public string Name => store.Name;

    public Stream? OpenRead() => store.OpenRead();

    public void Write(Action<Stream> write)
    {
    }

    public void Delete()
    {
    }
}
