namespace IlgpuBnn.Prediction;

/// <summary>What turns networks' outputs into predictions of a target: found on out-of-fold rows, or neutral.</summary>
/// <param name="EpistemicScales">[target]: factor of the particles' deviations from their mean.</param>
/// <param name="LogSdSlopes">[target]: what ln of the noise's standard deviation rises by where the mean rises by a standard deviation of the target.</param>
/// <param name="Bounds">[target]: between which values single networks' outputs are kept.</param>
/// <param name="NoiseLogPrecisions">[particle, target], of standardised targets: the noise that each particle predicts with; null for none.</param>
/// <param name="Shrinkages">[target]: factor of outputs' deviations from the training rows' mean, in [0, 1].</param>
/// <param name="Smoothings">[target]: h of <see cref="MixtureTable"/>, in [0, 1].</param>
internal sealed record OutputCalibration(
    IReadOnlyList<double> EpistemicScales, IReadOnlyList<double> LogSdSlopes, IReadOnlyList<OutputBounds> Bounds, float[,]? NoiseLogPrecisions,
    IReadOnlyList<double> Shrinkages, IReadOnlyList<double> Smoothings)
{
    /// <summary>What logits of classes are divided by; 1 for none, and of numbers.</summary>
    public double Temperature { get; init; } = 1;

    // exp(-x) is 0.
    private const float NoNoise = float.MaxValue;

    /// <summary>Outputs and noise as particles have them.</summary>
    public static OutputCalibration None(Ensemble ensemble)
    {
        int targets = ensemble.TargetNames.Count;
        double[] ones = [.. Enumerable.Repeat(1.0, targets)];
        return new OutputCalibration(
            ones, new double[targets], [.. Enumerable.Repeat(OutputBounds.None, targets)], ensemble.NoiseLogPrecisions(), ones, new double[targets]);
    }

    /// <summary>That of some of the targets.</summary>
    public OutputCalibration Select(int[] targets)
    {
        float[,]? noise = NoiseLogPrecisions is null ? null : new float[NoiseLogPrecisions.GetLength(0), targets.Length];
        for (int k = 0; k < noise?.Length; k++)
        {
            (int s, int o) = Math.DivRem(k, targets.Length);
            noise![s, o] = NoiseLogPrecisions![s, targets[o]];
        }

        return this with
        {
            EpistemicScales = [.. targets.Select(o => EpistemicScales[o])],
            LogSdSlopes = [.. targets.Select(o => LogSdSlopes[o])],
            Bounds = [.. targets.Select(o => Bounds[o])],
            NoiseLogPrecisions = noise,
            Shrinkages = [.. targets.Select(o => Shrinkages[o])],
            Smoothings = [.. targets.Select(o => Smoothings[o])],
        };
    }

    /// <summary>The same, with some targets predicted as their training rows' mean without any doubt.</summary>
    /// <param name="constant">[target]: those that never vary.</param>
    public OutputCalibration WithConstants(IReadOnlyList<bool> constant)
    {
        var noise = (float[,]?)NoiseLogPrecisions?.Clone();
        for (int k = 0; k < noise?.Length; k++)
        {
            (int s, int o) = Math.DivRem(k, constant.Count);
            noise![s, o] = constant[o] ? NoNoise : noise[s, o];
        }

        return this with
        {
            NoiseLogPrecisions = noise,
            LogSdSlopes = [.. LogSdSlopes.Select((own, o) => constant[o] ? 0 : own)],
            Shrinkages = [.. Shrinkages.Select((own, o) => constant[o] ? 0 : own)],
        };
    }
}
