using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
    // Fewer components are not worth another thread.
    private const int ParallelComponents = 10_000;

    // [target][particle].
    private readonly double[][] _noiseStandardDeviations;

    // Factors of the noise, [row, target]; null for 1 everywhere.
    private readonly double[,]? _noiseFactors;

    /// <summary>Takes ownership of the arrays.</summary>
    /// <param name="targetNames">One per target.</param>
    /// <param name="particleOutputs">[particle, row, target], raw units.</param>
    /// <param name="noiseVariances">[particle, target], raw units squared; 0 for a network without noise.</param>
    /// <param name="epistemicScales">[target]: factor of the outputs' deviations from their mean. Default 1.</param>
    /// <param name="varianceFunctions">[target]: how the noise depends on the mean. Default: not at all.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, an output is not finite, or a variance is negative or not finite.</exception>
    internal PredictiveDistribution(
        IReadOnlyList<string> targetNames, double[,,] particleOutputs, double[,] noiseVariances, IReadOnlyList<double>? epistemicScales = null,
        IReadOnlyList<VarianceFunction>? varianceFunctions = null)
    {
        TargetNames = targetNames;
        ParticleOutputs = particleOutputs;
        ParticleCount = particleOutputs.GetLength(0);
        RowCount = particleOutputs.GetLength(1);
        RequireShapes(targetNames, particleOutputs, noiseVariances);
        RequireFinite(particleOutputs);

        _noiseStandardDeviations = NoiseStandardDeviations(targetNames, noiseVariances);
        Mean = new double[RowCount, TargetNames.Count];
        AleatoricVariance = new double[RowCount, TargetNames.Count];
        EpistemicVariance = new double[RowCount, TargetNames.Count];
        Variance = new double[RowCount, TargetNames.Count];
        if (varianceFunctions is not null && varianceFunctions.Any(function => function.Slope != 0))
        {
            _noiseFactors = new double[RowCount, TargetNames.Count];
        }

        SetMoments(noiseVariances, epistemicScales ?? [.. targetNames.Select(_ => 1.0)], varianceFunctions);
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
        var quantiles = new MixtureQuantiles(this, _noiseStandardDeviations, _noiseFactors);
        return (quantiles.At(lower), quantiles.At(upper));
    }

    /// <summary>Quantiles of new measurements.</summary>
    /// <param name="probability">Between 0 and 1, exclusive; 0.5 for the median.</param>
    /// <returns>[row, target], raw units.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="probability"/> is not between 0 and 1.</exception>
    public double[,] Quantile(double probability)
    {
        Probabilities.RequireOfQuantile(probability);
        return new MixtureQuantiles(this, _noiseStandardDeviations, _noiseFactors).At(probability);
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
        for (int draw = 0; draw < count; draw++)
        {
            Random random = RandomStreams.Open(seed, RandomStreams.Purpose.Draws, draw);
            int particle = random.Next(ParticleCount);
            for (int row = 0; row < RowCount; row++)
                for (int target = 0; target < TargetNames.Count; target++)
                    draws[draw, row, target] = ParticleOutputs[particle, row, target]
                        + ((_noiseFactors?[row, target] ?? 1) * _noiseStandardDeviations[target][particle] * Normal.Sample(random, 0, 1));
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
            pit[row, target] = IsSinglePoint(target) ? double.NaN : mixture.Cdf(targets[row, target]));
        return pit;
    }

    /// <summary>
    /// Effective number of particles: 1 + (sum of l)^2 / sum of l^2, with l the eigenvalues of the covariance between particles of their standardised
    /// deviations from the mean. 1 if all agree, 2 if all deviate along one line, at most <see cref="ParticleCount"/>.
    /// </summary>
    public double EffectiveParticles() => ParticleCovariance.EffectiveParticles(this);

    /// <summary>Receives the mixture of one row and target.</summary>
    internal delegate void MixtureVisitor(int row, int target, GaussianMixture mixture);

    /// <summary>Visits every mixture once, in parallel if there are many; a visitor may write only to its own row and target.</summary>
    internal void ForEachMixture(MixtureVisitor visit) =>
        Pieces.ForEach(Mean.Length, Math.Max(ParallelComponents / ParticleCount, 1), (first, count) =>
        {
            double[] scratch = new double[2 * ParticleCount];
            for (int cell = first; cell < first + count; cell++)
            {
                (int row, int target) = Math.DivRem(cell, TargetNames.Count);
                visit(row, target, MixtureOf(row, target, scratch));
            }
        });

    /// <summary>The mixture of one row and target.</summary>
    /// <param name="scratch">Two values per particle, which the mixture views.</param>
    internal GaussianMixture MixtureOf(int row, int target, Span<double> scratch)
    {
        Span<double> means = scratch[..ParticleCount], deviations = scratch[ParticleCount..];
        double factor = _noiseFactors?[row, target] ?? 1;
        for (int particle = 0; particle < means.Length; particle++)
        {
            means[particle] = ParticleOutputs[particle, row, target];
            deviations[particle] = factor * _noiseStandardDeviations[target][particle];
        }

        return new GaussianMixture(means, deviations);
    }

    /// <exception cref="ArgumentException"><paramref name="targets"/> is not [row, target].</exception>
    internal void RequireTargets(double[,] targets)
    {
        if (targets.GetLength(0) != RowCount || targets.GetLength(1) != TargetNames.Count)
            throw new ArgumentException(
                $"The observed targets are [{targets.GetLength(0)}, {targets.GetLength(1)}] "
                + $"and the prediction is [{RowCount}, {TargetNames.Count}]. "
                + "Give one value per row and target, NaN where it is missing.", nameof(targets));
    }

    private bool IsSinglePoint(int target) => ParticleCount == 1 && _noiseStandardDeviations[target][0] == 0;

    private void SetMoments(double[,] noiseVariances, IReadOnlyList<double> epistemicScales, IReadOnlyList<VarianceFunction>? varianceFunctions)
    {
        int targets = TargetNames.Count, cells = RowCount * targets;
        double[] noise = [.. Enumerable.Range(0, targets).Select(target =>
            Enumerable.Range(0, ParticleCount).Sum(particle => noiseVariances[particle, target]) / ParticleCount)];
        // Pieces are whole rows, so one array of factors fits them all.
        int pieceSize = Math.Max(Pieces.Cells / targets, 1) * targets;
        double[]? factors = epistemicScales.All(factor => factor == 1) ? null : [.. Enumerable.Range(0, pieceSize).Select(k => epistemicScales[k % targets])];
        Pieces.ForEach(cells, pieceSize, (first, count) =>
        {
            SetMoments(first, count, factors);
            for (int k = first; k < first + count; k++)
            {
                int row = k / targets, target = k % targets;
                double factor = 1;
                if (_noiseFactors is not null)
                {
                    factor = varianceFunctions![target].FactorAt(Mean[row, target]);
                    _noiseFactors[row, target] = factor;
                }

                AleatoricVariance[row, target] = factor * factor * noise[target];
                Variance[row, target] = AleatoricVariance[row, target] + EpistemicVariance[row, target];
            }
        });
    }

    /// <summary>Moments of adjacent cells, particle by particle: a particle's cells are contiguous.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetMoments(int first, int count, double[]? factors)
    {
        Span<double> mean = Flat(Mean).Slice(first, count), epistemic = Flat(EpistemicVariance).Slice(first, count);
        for (int particle = 0; particle < ParticleCount; particle++)
        {
            ReadOnlySpan<double> outputs = OutputsOf(particle).Slice(first, count);
            for (int k = 0; k < outputs.Length; k++) mean[k] += outputs[k];
        }

        for (int k = 0; k < mean.Length; k++) mean[k] /= ParticleCount;

        // Two passes: mean square minus squared mean cancels where the offset is large.
        for (int particle = 0; particle < ParticleCount; particle++)
        {
            Span<double> outputs = OutputsOf(particle).Slice(first, count);
            for (int k = 0; k < outputs.Length; k++)
            {
                double deviation = outputs[k] - mean[k];
                if (factors is not null)
                {
                    deviation *= factors[k];
                    outputs[k] = mean[k] + deviation;
                }

                epistemic[k] += deviation * deviation;
            }
        }

        for (int k = 0; k < epistemic.Length; k++) epistemic[k] /= ParticleCount;
    }

    private Span<double> OutputsOf(int particle) => RowCount == 0 ? default
        : MemoryMarshal.CreateSpan(ref ParticleOutputs[particle, 0, 0], RowCount * TargetNames.Count);

    private static Span<double> Flat(double[,] values) => values.Length == 0 ? default : MemoryMarshal.CreateSpan(ref values[0, 0], values.Length);

    private static double[][] NoiseStandardDeviations(IReadOnlyList<string> targetNames, double[,] noiseVariances)
    {
        double[][] standardDeviations = new double[targetNames.Count][];
        for (int target = 0; target < targetNames.Count; target++)
        {
            standardDeviations[target] = new double[noiseVariances.GetLength(0)];
            for (int particle = 0; particle < noiseVariances.GetLength(0); particle++)
            {
                double variance = noiseVariances[particle, target];
                if (!(variance >= 0 && double.IsFinite(variance)))
                    throw new ArgumentException(
                        $"Particle {particle} has the noise variance {variance} for target \"{targetNames[target]}\". "
                        + "Give finite ones, 0 or more.",
                        nameof(noiseVariances));
                standardDeviations[target][particle] = Math.Sqrt(variance);
            }
        }

        return standardDeviations;
    }

    private static void RequireShapes(IReadOnlyList<string> targetNames, double[,,] particleOutputs, double[,] noiseVariances)
    {
        int particles = particleOutputs.GetLength(0), targets = particleOutputs.GetLength(2);
        if (particles == 0 || targets == 0 || targetNames.Count != targets
            || noiseVariances.GetLength(0) != particles || noiseVariances.GetLength(1) != targets)
            throw new ArgumentException(
                $"A prediction has outputs of [particles {particles}, rows {particleOutputs.GetLength(1)}, targets {targets}], "
                + $"noise variances of [particles {noiseVariances.GetLength(0)}, targets {noiseVariances.GetLength(1)}] "
                + $"and {targetNames.Count} target names. "
                + "Give at least one particle and one target, and the same numbers in all three.", nameof(particleOutputs));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RequireFinite(double[,,] particleOutputs)
    {
        for (int particle = 0; particle < ParticleCount; particle++)
        {
            ReadOnlySpan<double> outputs = OutputsOf(particle);
            for (int k = 0; k < outputs.Length; k++)
            {
                if (!double.IsFinite(outputs[k]))
                    throw new ArgumentException(
                        $"Row {k / TargetNames.Count}, target \"{TargetNames[k % TargetNames.Count]}\": particle {particle} predicts {outputs[k]}. "
                        + "Look for inputs far outside the training data, or train again with a smaller step.", nameof(particleOutputs));
            }
        }
    }
}
