using IlgpuBnn.Data;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Prediction;

/// <summary>
/// An ensemble's prediction for a table of rows: for every row and target an equally weighted mixture of one Gaussian per particle, raw units.
/// </summary>
/// <remarks>
/// A deterministic network has one particle and no noise: variances are 0, intervals are a point, and probability integral transforms are NaN.
/// </remarks>
public sealed class PredictiveDistribution
{
    private readonly MixtureTable _mixtures;

    // [target]; null where no target is transformed.
    private readonly IReadOnlyList<TargetTransform>? _transforms;

    /// <summary>Takes ownership of the arrays.</summary>
    /// <param name="targetNames">One per target.</param>
    /// <param name="particleOutputs">[particle, row, target], raw units.</param>
    /// <param name="noiseVariances">[particle, target], raw units squared; 0 for a network without noise.</param>
    /// <param name="epistemicScales">[target]: factor of the outputs' deviations from their mean. Default 1.</param>
    /// <param name="varianceFunctions">[target]: how the noise depends on the mean. Default: not at all.</param>
    /// <param name="smoothing">[target]: h of <see cref="MixtureTable"/>. Default 0.</param>
    /// <param name="transforms">[target]: all values above are on their scale. Default: none.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, an output is not finite, or a variance is negative or not finite.</exception>
    internal PredictiveDistribution(
        IReadOnlyList<string> targetNames, double[,,] particleOutputs, double[,] noiseVariances, IReadOnlyList<double>? epistemicScales = null,
        IReadOnlyList<VarianceFunction>? varianceFunctions = null, IReadOnlyList<double>? smoothing = null, IReadOnlyList<TargetTransform>? transforms = null)
    {
        TargetNames = targetNames;
        _mixtures = new MixtureTable(targetNames, particleOutputs, noiseVariances, epistemicScales, varianceFunctions, smoothing);
        (ParticleCount, RowCount) = (_mixtures.ParticleCount, _mixtures.RowCount);
        (ParticleOutputs, Mean) = (_mixtures.Outputs, _mixtures.Mean);
        (AleatoricVariance, EpistemicVariance, Variance) = (_mixtures.AleatoricVariance, _mixtures.EpistemicVariance, _mixtures.Variance);
        if (transforms is not null && transforms.Any(own => !own.IsIdentity))
        {
            _transforms = transforms;
            ParticleOutputs = (double[,,])ParticleOutputs.Clone();
            (Mean, Variance) = ((double[,])Mean.Clone(), (double[,])Variance.Clone());
            (AleatoricVariance, EpistemicVariance) = ((double[,])AleatoricVariance.Clone(), (double[,])EpistemicVariance.Clone());
            Restore(_transforms);
        }
    }

    /// <summary>Rows predicted.</summary>
    public int RowCount { get; }

    /// <summary>Networks in the ensemble; every mixture has as many components.</summary>
    public int ParticleCount { get; }

    /// <summary>[target]: column names.</summary>
    public IReadOnlyList<string> TargetNames { get; }

    /// <summary>
    /// Each network's output without noise: [particle, row, target], raw units. In a calibrated ensemble deviations from the mean are multiplied
    /// by <see cref="BayesianNetwork.EpistemicScales"/>.
    /// </summary>
    public double[,,] ParticleOutputs { get; }

    /// <summary>Average of the particles' outputs: [row, target], raw units.</summary>
    public double[,] Mean { get; }

    /// <summary>Variance from noise in the data, the mean of the particles' noise variances: [row, target], raw units squared.</summary>
    /// <remarks>
    /// A calibrated model also counts as noise the error that its networks have in common, such as a simulator's change too abrupt for the rows at hand.
    /// </remarks>
    public double[,] AleatoricVariance { get; }

    /// <summary>Variance from too little data, that of the particles' outputs (divisor <see cref="ParticleCount"/>): [row, target], raw units squared.</summary>
    public double[,] EpistemicVariance { get; }

    /// <summary><see cref="AleatoricVariance"/> + <see cref="EpistemicVariance"/>: [row, target], raw units squared.</summary>
    public double[,] Variance { get; }

    /// <summary>The central interval that contains a new measurement with probability <paramref name="level"/>.</summary>
    /// <param name="level">Between 0 and 1; 0.95 leaves 2.5 % on either side.</param>
    /// <returns>Quantiles of the mixtures: [row, target], raw units.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="level"/> is not between 0 and 1.</exception>
    public (double[,] Lower, double[,] Upper) Interval(double level)
    {
        (double lower, double upper) = Probabilities.OfInterval(level);
        MixtureQuantiles quantiles = _mixtures.Quantiles();
        return (Restored(quantiles.At(lower)), Restored(quantiles.At(upper)));
    }

    /// <summary>Quantiles of new measurements.</summary>
    /// <param name="probability">Between 0 and 1, exclusive; 0.5 for the median.</param>
    /// <returns>[row, target], raw units.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is not between 0 and 1.</exception>
    public double[,] Quantile(double probability)
    {
        Probabilities.RequireOfQuantile(probability);
        return Restored(_mixtures.Quantiles().At(probability));
    }

    /// <summary>Probability that a new measurement exceeds a threshold, the same for all targets.</summary>
    /// <returns>[row, target]; accurate in the far tail too.</returns>
    /// <exception cref="ArgumentException"><paramref name="threshold"/> is NaN.</exception>
    public double[,] ProbabilityAbove(double threshold) => ProbabilityAbove([.. Enumerable.Repeat(threshold, TargetNames.Count)]);

    /// <summary>Probability that a new measurement exceeds its target's threshold.</summary>
    /// <param name="thresholds">One per target, raw units.</param>
    /// <returns>[row, target]; accurate in the far tail too.</returns>
    /// <exception cref="ArgumentException">There is not one threshold per target, or one is NaN.</exception>
    public double[,] ProbabilityAbove(IReadOnlyList<double> thresholds)
    {
        if (thresholds.Count != TargetNames.Count || thresholds.Any(double.IsNaN))
            throw new ArgumentException($"{thresholds.Count} thresholds ({string.Join(", ", thresholds)}) for {TargetNames.Count} targets. Give one number per target.", nameof(thresholds));
        double[,] probabilities = new double[RowCount, TargetNames.Count];
        ForEachMixture((row, target, mixture) => probabilities[row, target] = mixture.ProbabilityAbove(thresholds[target]));
        return probabilities;
    }

    /// <summary>Draws from the predictive distribution.</summary>
    /// <remarks>Each draw is one particle's function for all rows and targets, plus independent noise per row and target.</remarks>
    /// <param name="count">At least 1.</param>
    /// <param name="seed">The same seed gives the same draws.</param>
    /// <returns>[draw, row, target], raw units.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    public double[,,] Sample(int count, int seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double[,,] draws = new double[count, RowCount, TargetNames.Count];
        for (int k = 0; k < count; k++)
        {
            Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Draws, k);
            int particle = random.Next(ParticleCount);
            for (int row = 0; row < RowCount; row++)
                for (int target = 0; target < TargetNames.Count; target++)
                {
                    double draw = _mixtures.Outputs[particle, row, target] + (_mixtures.Noise(particle, row, target) * Normal.Sample(random, 0, 1));
                    draws[k, row, target] = _transforms is null ? draw : _transforms[target].Invert(draw);
                }
        }

        return draws;
    }

    /// <summary>Probability integral transforms: the predictive CDF at the observed value, uniform on [0, 1] for a calibrated prediction.</summary>
    /// <param name="targets">Observed values, [row, target], raw units; NaN is missing.</param>
    /// <returns>[row, target]; NaN where the observation is missing or the prediction is a single point.</returns>
    /// <exception cref="ArgumentException"><paramref name="targets"/> is not [row, target].</exception>
    public double[,] Pit(double[,] targets)
    {
        RequireTargets(targets);
        double[,] pit = new double[RowCount, TargetNames.Count];
        ForEachMixture((row, target, mixture) =>
            pit[row, target] = _mixtures.IsSinglePoint(row, target) ? double.NaN : mixture.Cdf(targets[row, target]));
        return pit;
    }

    /// <summary>
    /// Effective number of particles: 1 + (sum of l)^2 / sum of l^2, with l the eigenvalues of the covariance between particles of their standardised
    /// deviations from the mean. 1 if all agree, 2 if all deviate along one line, at most <see cref="ParticleCount"/>.
    /// </summary>
    public double EffectiveParticles() => ParticleCovariance.EffectiveParticles(this);

    /// <summary>Visits every mixture once, in parallel if there are many; a visitor may write only to its own row and target.</summary>
    internal void ForEachMixture(MixtureTable.Visitor visit) => _mixtures.ForEach(visit, _transforms);

    /// <summary>Whether an ensemble predicts a target without any doubt, as one that was the same in every training row.</summary>
    internal bool IsConstant(int target) => ParticleCount > 1 && Enumerable.Range(0, RowCount).All(row => _mixtures.IsSinglePoint(row, target));

    /// <exception cref="ArgumentException"><paramref name="targets"/> is not [row, target].</exception>
    internal void RequireTargets(double[,] targets)
    {
        if (targets.GetLength(0) != RowCount || targets.GetLength(1) != TargetNames.Count)
            throw new ArgumentException(
                $"The observed targets are [{targets.GetLength(0)}, {targets.GetLength(1)}] "
                + $"and the prediction is [{RowCount}, {TargetNames.Count}]. "
                + "Give one value per row and target, NaN where it is missing.", nameof(targets));
    }

    /// <summary>Values on the scale of the transforms, in raw units; changed in place.</summary>
    private double[,] Restored(double[,] values)
    {
        for (int row = 0; row < RowCount && _transforms is not null; row++)
            for (int target = 0; target < TargetNames.Count; target++)
                values[row, target] = _transforms[target].Invert(values[row, target]);
        return values;
    }

    /// <summary>Outputs and moments in raw units. Variance is divided between noise and networks as on the scale of the transform.</summary>
    private void Restore(IReadOnlyList<TargetTransform> transforms)
    {
        for (int particle = 0; particle < ParticleCount; particle++)
            for (int row = 0; row < RowCount; row++)
                for (int target = 0; target < TargetNames.Count; target++)
                    ParticleOutputs[particle, row, target] = transforms[target].Invert(ParticleOutputs[particle, row, target]);
        ForEachMixture((row, target, mixture) =>
        {
            if (transforms[target].IsIdentity) return;
            (Mean[row, target], EpistemicVariance[row, target], AleatoricVariance[row, target]) =
                mixture.Moments(EpistemicVariance[row, target], AleatoricVariance[row, target]);
            Variance[row, target] = EpistemicVariance[row, target] + AleatoricVariance[row, target];
        });
    }
}
