namespace IlgpuBnn.Prediction;

/// <summary>What turns networks' outputs into predictions of a target: found on out-of-fold rows, or neutral.</summary>
/// <param name="EpistemicScales">[target]: what the particles' deviations from their mean are multiplied by.</param>
/// <param name="LogSdSlopes">[target]: what ln of the noise's standard deviation rises by where the mean rises by a standard deviation of the target.</param>
/// <param name="Bounds">[target]: between which values single networks' outputs are kept.</param>
/// <param name="NoiseLogPrecisions">[particle, target], of standardised targets: the noise that each particle predicts with; null for none.</param>
internal sealed record OutputCalibration(
    IReadOnlyList<double> EpistemicScales, IReadOnlyList<double> LogSdSlopes, IReadOnlyList<OutputBounds> Bounds, float[,]? NoiseLogPrecisions)
{
    /// <summary>Outputs and noise as particles have them.</summary>
    public static OutputCalibration None(Ensemble ensemble)
    {
        int targets = ensemble.TargetNames.Count;
        return new OutputCalibration(
            [.. Enumerable.Repeat(1.0, targets)], new double[targets], [.. Enumerable.Repeat(OutputBounds.None, targets)], ensemble.NoiseLogPrecisions());
    }
}
