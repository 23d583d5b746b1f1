namespace IlgpuBnn.Training;

/// <summary>The trials of one choice of encodings: each depends on those before it only, so that a killed training need not repeat what it finished.</summary>
/// <param name="targets">Number of them.</param>
/// <param name="found">Trials in a checkpoint.</param>
/// <param name="checkpoints">Keeps them; null for none.</param>
internal sealed class EncodingTrials(int targets, IReadOnlyList<EncodingTrial> found, Checkpointing? checkpoints)
{
    private readonly List<EncodingTrial> _finished = [];
    private bool _written = true;

    /// <exception cref="InvalidDataException">A trial that was found has not one score per target.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the trials before are kept.</exception>
    public EncodingTrial Next(Func<EncodingTrial> run)
    {
        bool known = _finished.Count < found.Count;
        try
        {
            _finished.Add(known ? found[_finished.Count] : run());
        }
        catch (OperationCanceledException) when (!_written)
        {
            checkpoints!.Write(_finished, must: true);
            throw;
        }

        if (_finished[^1].LogScores.Length != targets || _finished[^1].SquaredErrors.Length != targets)
        {
            throw new InvalidDataException("its trials of encodings are not those of this training");
        }

        _written = known || checkpoints is null || checkpoints.Write(_finished, must: false);
        return _finished[^1];
    }
}
