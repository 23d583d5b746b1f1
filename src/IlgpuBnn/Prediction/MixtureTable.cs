using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using IlgpuBnn.Data;

namespace IlgpuBnn.Prediction;

/// <summary>For every row and target a mixture of one Gaussian per particle, on the scale that networks predict on.</summary>
/// <remarks>
/// Tens of particles are few: where noise is small beside their disagreement, a bare mixture is a row of spikes. So each particle's Gaussian stands for its
/// neighbourhood, too: it is wider by a fraction h^2 of the variance between particles, and particles lie closer to their mean by sqrt(1 - h^2), which keeps mean
/// and variance (the kernel with shrinkage of West, "Mixture models, Monte Carlo, Bayesian updating and dynamic models", 1993). h = 0 is the bare mixture;
/// with h = 1 all Gaussians lie at the mean. Where particles differ in their noise, which draws tails, they share that variance in proportion to their noise's:
/// a row that networks know little of may lie as far out, in predicted standard deviations, as a noisy one.
/// </remarks>
internal sealed class MixtureTable
{
    /// <summary>Fewer component Gaussians are not worth another thread.</summary>
    private const int ParallelComponents = 10_000;

    /// <summary>[target][particle]</summary>
    private readonly double[][] _noiseStandardDeviations;

    private readonly double[] _meanNoiseVariances;

    /// <summary>What noise standard deviations are multiplied by, [row, target]; null for 1 everywhere.</summary>
    private readonly double[,]? _noiseFactors;

    private readonly IReadOnlyList<double> _smoothing;

    /// <summary>Keeps the arrays: the caller hands them over.</summary>
    /// <param name="targetNames">For messages.</param>
    /// <param name="outputs">[particle, row, target]; their deviations from the mean are multiplied by the epistemic scales.</param>
    /// <param name="noiseVariances">[particle, target]; 0 for a network without noise.</param>
    /// <param name="epistemicScales">[target]; 1 if left out.</param>
    /// <param name="varianceFunctions">[target]: how the noise changes with the mean; not at all if left out.</param>
    /// <param name="smoothing">[target]: h, in [0, 1]; 0 if left out.</param>
    /// <exception cref="ArgumentException">
    /// The shapes do not fit, an output is not finite, or a variance is negative or not finite.
    /// </exception>
    public MixtureTable(
        IReadOnlyList<string> targetNames, double[,,] outputs, double[,] noiseVariances, IReadOnlyList<double>? epistemicScales,
        IReadOnlyList<VarianceFunction>? varianceFunctions, IReadOnlyList<double>? smoothing)
    {
        Outputs = outputs;
        (ParticleCount, RowCount, TargetCount) = (outputs.GetLength(0), outputs.GetLength(1), outputs.GetLength(2));
        RequireShapes(targetNames, outputs, noiseVariances);
        RequireFinite(targetNames, outputs);

        _noiseStandardDeviations = NoiseStandardDeviations(targetNames, noiseVariances);
        _meanNoiseVariances = [.. Enumerable.Range(0, TargetCount).Select(target =>
            Enumerable.Range(0, ParticleCount).Sum(particle => noiseVariances[particle, target]) / ParticleCount)];
        _smoothing = smoothing ?? new double[TargetCount];
        Mean = new double[RowCount, TargetCount];
        AleatoricVariance = new double[RowCount, TargetCount];
        EpistemicVariance = new double[RowCount, TargetCount];
        Variance = new double[RowCount, TargetCount];
        if (varianceFunctions is not null && varianceFunctions.Any(function => function.Slope != 0))
        {
            _noiseFactors = new double[RowCount, TargetCount];
        }

        SetMoments(epistemicScales ?? [.. targetNames.Select(_ => 1.0)], varianceFunctions);
    }

    public int ParticleCount { get; }

    public int RowCount { get; }

    public int TargetCount { get; }

    /// <summary>[particle, row, target], with calibrated deviations from the mean.</summary>
    public double[,,] Outputs { get; }

    /// <summary>[row, target].</summary>
    public double[,] Mean { get; }

    /// <summary>[row, target].</summary>
    public double[,] AleatoricVariance { get; }

    /// <summary>[row, target].</summary>
    public double[,] EpistemicVariance { get; }

    /// <summary>The sum of both, [row, target].</summary>
    public double[,] Variance { get; }

    /// <summary>Receives the mixture of one row and target.</summary>
    internal delegate void Visitor(int row, int target, GaussianMixture mixture);

    /// <summary>Visits every mixture once, in parallel if there are many; a visitor writes only to its own row and target.</summary>
    /// <param name="transforms">[target]: from the targets' own units; null for none.</param>
    public void ForEach(Visitor visit, IReadOnlyList<TargetTransform>? transforms) =>
        Pieces.ForEach(Mean.Length, Math.Max(ParallelComponents / ParticleCount, 1), (first, count) =>
        {
            double[] scratch = new double[2 * ParticleCount];
            for (int cell = first; cell < first + count; cell++)
            {
                (int row, int target) = Math.DivRem(cell, TargetCount);
                visit(row, target, Of(row, target, scratch, transforms?[target]));
            }
        });

    /// <summary>The mixture of one row and target.</summary>
    /// <param name="scratch">Two numbers per particle, which the mixture views.</param>
    public GaussianMixture Of(int row, int target, Span<double> scratch, TargetTransform? transform = null)
    {
        Span<double> means = scratch[..ParticleCount], deviations = scratch[ParticleCount..];
        double factor = NoiseFactor(row, target), centre = Mean[row, target], shrink = Shrink(target);
        bool bare = KernelVariance(row, target) == 0;
        (double times, double kernel) = Widening(row, target);
        for (int particle = 0; particle < means.Length; particle++)
        {
            double noise = _noiseStandardDeviations[target][particle];
            means[particle] = bare ? Outputs[particle, row, target] : centre + (shrink * (Outputs[particle, row, target] - centre));
            deviations[particle] = bare ? factor * noise : Math.Sqrt((times * noise * noise) + kernel);
        }

        return new GaussianMixture(means, deviations, transform);
    }

    /// <summary>To find quantiles with.</summary>
    public MixtureQuantiles Quantiles() => new(this, _noiseStandardDeviations);

    /// <summary>What the noise's standard deviation is multiplied by.</summary>
    public double NoiseFactor(int row, int target) => _noiseFactors?[row, target] ?? 1;

    /// <summary>What a particle's noise variance is multiplied by to make its Gaussian's, and what is added to it.</summary>
    public (double Times, double Plus) Widening(int row, int target) => Widening(NoiseFactor(row, target), KernelVariance(row, target), _meanNoiseVariances[target]);

    /// <param name="factor">Of the noise's standard deviation.</param>
    /// <param name="kernel">What the Gaussians' variances have beside noise, on average.</param>
    /// <param name="meanNoise">Mean of the particles' noise variances, without the factor.</param>
    public static (double Times, double Plus) Widening(double factor, double kernel, double meanNoise)
    {
        double times = (factor * factor) + (kernel / meanNoise);
        return double.IsFinite(times) ? (times, 0) : (factor * factor, kernel);
    }

    /// <summary>What the particles' deviations from the mean are multiplied by in the mixture.</summary>
    public double Shrink(int target) => Math.Sqrt(1 - (_smoothing[target] * _smoothing[target]));

    /// <summary>Standard deviation of a particle's noise.</summary>
    public double Noise(int particle, int row, int target) => NoiseFactor(row, target) * _noiseStandardDeviations[target][particle];

    public bool IsSinglePoint(int row, int target) => EpistemicVariance[row, target] == 0 && AleatoricVariance[row, target] == 0;

    private double KernelVariance(int row, int target) => _smoothing[target] * _smoothing[target] * EpistemicVariance[row, target];

    private void SetMoments(IReadOnlyList<double> epistemicScales, IReadOnlyList<VarianceFunction>? varianceFunctions)
    {
        int targets = TargetCount, cells = RowCount * targets;
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

                AleatoricVariance[row, target] = factor * factor * _meanNoiseVariances[target];
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

        // A sum of equal values is not quite their multiple.
        ReadOnlySpan<double> only = OutputsOf(0).Slice(first, count), last = OutputsOf(ParticleCount - 1).Slice(first, count);
        for (int k = 0; k < mean.Length; k++)
        {
            if (only[k] == last[k] && AllAre(only[k], first + k)) (mean[k], epistemic[k]) = (only[k], 0);
        }
    }

    private bool AllAre(double value, int cell)
    {
        for (int particle = 0; particle < ParticleCount; particle++)
        {
            if (OutputsOf(particle)[cell] != value) return false;
        }

        return true;
    }

    private Span<double> OutputsOf(int particle) => RowCount == 0 ? default
        : MemoryMarshal.CreateSpan(ref Outputs[particle, 0, 0], RowCount * TargetCount);

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
    private void RequireFinite(IReadOnlyList<string> targetNames, double[,,] particleOutputs)
    {
        for (int particle = 0; particle < ParticleCount; particle++)
        {
            ReadOnlySpan<double> outputs = OutputsOf(particle);
            for (int k = 0; k < outputs.Length; k++)
            {
                if (!double.IsFinite(outputs[k]))
                    throw new ArgumentException(
                        $"Row {k / TargetCount}, target \"{targetNames[k % TargetCount]}\": particle {particle} predicts {outputs[k]}. "
                        + "Look for inputs far outside the training data, or train again with a smaller step.", nameof(particleOutputs));
            }
        }
    }
}
