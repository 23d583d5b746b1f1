namespace IlgpuBnn.Prediction;

/// <summary>Calibration of networks' outputs, from out-of-fold rows.</summary>
/// <param name="EpistemicScales">[target]: factor of the particles' deviations from their mean.</param>
/// <param name="LogSdSlopes">[target]: slope of <see cref="VarianceFunction"/>.</param>
/// <param name="Bounds">[target]: bounds to which networks' outputs are clamped.</param>
/// <param name="NoiseLogPrecisions">[particle, target], standardised targets: predicted noise; null for none.</param>
internal sealed record OutputCalibration(
    IReadOnlyList<double> EpistemicScales, IReadOnlyList<double> LogSdSlopes, IReadOnlyList<OutputBounds> Bounds, float[,]? NoiseLogPrecisions)
{
    /// <summary>No calibration: outputs and noise as trained.</summary>
    public static OutputCalibration None(Ensemble ensemble)
    {
        int targets = ensemble.TargetNames.Count;
        return new OutputCalibration(
            [.. Enumerable.Repeat(1.0, targets)], new double[targets], [.. Enumerable.Repeat(OutputBounds.None, targets)], ensemble.NoiseLogPrecisions());
    }
}
