using IlgpuBnn.Devices;

namespace IlgpuBnn.Training;

/// <summary>Which particles a process trains, and how it hears of the others.</summary>
/// <param name="share">Its own.</param>
/// <param name="group">Those that train the rest, if they are in touch.</param>
/// <param name="asked">Whether this process has been asked to stop.</param>
/// <param name="isShard">Whether the rest is trained out of reach.</param>
internal sealed class TrainingTeam(ParticleShare share, IProcessGroup? group, CancellationToken asked, bool isShard = false) : IDisposable
{
    private readonly CancellationTokenSource _agreed = new();

    /// <summary>One process that trains all.</summary>
    public static TrainingTeam Alone(CancellationToken cancellation) => new(ParticleShare.Whole, null, cancellation);

    public ParticleShare Share => share;

    /// <summary>Those that train the rest, if they are in touch.</summary>
    public IProcessGroup? Group => group;

    /// <summary>Whether the particles of others are out of reach.</summary>
    public bool IsShard => isShard;

    /// <summary>Whether other processes must do the same at the same time.</summary>
    public bool IsGroup => group is not null;

    /// <summary>In a group it comes in the same iteration for all.</summary>
    public CancellationToken Cancellation => IsGroup ? _agreed.Token : asked;

    /// <summary>Lets all of a group stop if one of them was asked to.</summary>
    public void HearCancellation()
    {
        if (IsGroup && Any(asked.IsCancellationRequested))
        {
            _agreed.Cancel();
        }
    }

    /// <summary>Whether it holds for any of the processes.</summary>
    public bool Any(bool own) => group is null ? own : Exchange([(byte)(own ? 1 : 0)]).Contains((byte)1);

    /// <summary>The same number of values from each process: [process, value].</summary>
    public T[] Exchange<T>(T[] own)
        where T : unmanaged => group is null ? own : group.Exchange(own);

    /// <summary>Values of all particles, in their order, from those of the own; a shard has only these.</summary>
    /// <param name="own">[particle of the share, stride].</param>
    /// <param name="particles">S.</param>
    public T[] Gather<T>(T[] own, int stride, int particles)
        where T : unmanaged
    {
        if (group is null)
        {
            return own;
        }

        var all = new T[particles * stride];
        new ParticleExchange<T>(group, particles, stride).Run((piece, at) => own.AsSpan((int)at, piece.Length).CopyTo(piece), (piece, at) => piece.CopyTo(all.AsSpan((int)at)));
        return all;
    }

    public void Dispose() => _agreed.Dispose();
}
