using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Prediction;
using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Calibration;

/// <summary>Out-of-fold outputs: each row predicted by the particles not fitted to it.</summary>
/// <param name="outputs">[particle, row, target], raw units; as many particles for every row.</param>
/// <param name="ends">[row, target]: bounds that the outputs were clamped to; null for none.</param>
internal sealed class OutOfFold(double[,,] outputs, OutputBounds[,]? ends = null)
{
    // Twice the number of distinct noise widths.
    private const int MaxComponents = 2 * StudentsT.MaxWidths;

    private readonly int _leftOutBy = outputs.GetLength(0);

    private readonly Lazy<ModeratedVariances[]> _moderation = new(() => ModerationOf(outputs));

    /// <summary>[target].</summary>
    public IReadOnlyList<ModeratedVariances> Moderation => _moderation.Value;

    /// <summary>m: particles not fitted to a row.</summary>
    public int Particles => _leftOutBy;

    /// <summary>Selects the outputs of the particles not fitted to each row.</summary>
    /// <param name="inputs">[row, input], raw units.</param>
    /// <param name="rows">For each row its index among the training rows.</param>
    public static OutOfFold Of(
        Ensemble ensemble, double[,] inputs, OutputCalibration calibration, Device device, int[] rows, Folds folds, CancellationToken cancellation = default) => new(
        ensemble.SelectOutputs(
            inputs, calibration.Bounds, calibration.Shrinkages, device, ensemble.ParticleCount / folds.Count, (k, n) => folds.ParticleWithout(rows[n], k), cancellation));

    /// <summary>Selects the outputs of the particles not fitted to one fold, for every row.</summary>
    /// <param name="all">Outputs of all particles, [particle, row, target].</param>
    public static OutOfFold OfFold(double[,,] all, int fold, int folds) => Select(all, folds, (k, _) => fold + (k * folds));

    /// <param name="particle">The k-th particle for a row.</param>
    private static OutOfFold Select(double[,,] all, int folds, Func<int, int, int> particle)
    {
        var own = new double[all.GetLength(0) / folds, all.GetLength(1), all.GetLength(2)];
        for (int k = 0; k < own.GetLength(0); k++)
        {
            for (int n = 0; n < own.GetLength(1); n++)
            {
                int s = particle(k, n);
                for (int o = 0; o < own.GetLength(2); o++)
                {
                    own[k, n, o] = all[s, n, o];
                }
            }
        }

        return new OutOfFold(own);
    }

    /// <inheritdoc cref="BoundSearch.Find"/>
    public OutputBounds[] FindBounds(double[,] targets, TargetExtremes extremes, int[] foldOfRow) => BoundSearch.Find(outputs, targets, extremes, foldOfRow);

    /// <summary>Clamps outputs to the extremes of the rows that each row's particles were fitted to.</summary>
    /// <param name="bounds">[target]: which bounds there are.</param>
    /// <param name="extremes">Of all training rows.</param>
    /// <param name="foldOfRow">Fold of each of these rows.</param>
    public OutOfFold Bounded(IReadOnlyList<OutputBounds> bounds, TargetExtremes extremes, int[] foldOfRow)
    {
        var bounded = (double[,,])outputs.Clone();
        var ends = new OutputBounds[foldOfRow.Length, bounds.Count];
        for (int o = 0; o < bounds.Count; o++)
        {
            (bool lower, bool upper) = (double.IsFinite(bounds[o].Lower), double.IsFinite(bounds[o].Upper));
            for (int n = 0; n < foldOfRow.Length; n++)
            {
                ends[n, o] = extremes.Without(foldOfRow[n], o).Keep(lower, upper);
                for (int k = 0; k < _leftOutBy; k++)
                {
                    bounded[k, n, o] = ends[n, o].Clamp(bounded[k, n, o]);
                }
            }
        }

        return new OutOfFold(bounded, ends);
    }

    /// <summary>The same with outputs drawn to the training rows' mean.</summary>
    /// <param name="shrinkages">[target]: factor of their deviations from it.</param>
    public OutOfFold Shrunk(IReadOnlyList<double> shrinkages, Standardisation scaling)
    {
        if (shrinkages.All(own => own == 1))
        {
            return this;
        }

        var shrunk = (double[,,])outputs.Clone();
        for (int k = 0; k < shrunk.GetLength(0); k++)
        {
            for (int n = 0; n < shrunk.GetLength(1); n++)
            {
                for (int o = 0; o < shrinkages.Count; o++)
                {
                    shrunk[k, n, o] = scaling.Mean[o] + (shrinkages[o] * (shrunk[k, n, o] - scaling.Mean[o]));
                }
            }
        }

        return new OutOfFold(shrunk);
    }

    /// <summary>Fits one calibration per target.</summary>
    /// <param name="targets">[row, target], raw units, NaN where missing.</param>
    /// <param name="scaling">Mean and standard deviation of each target.</param>
    /// <param name="shared">Whether all targets have one noise, and so one calibration.</param>
    /// <param name="method">Number of particles, and the noise they were trained with.</param>
    /// <param name="transforms">[target].</param>
    /// <returns>[target], standardised; null for a target without a value.</returns>
    public SpreadFit?[] Calibrate(
        double[,] targets, Standardisation scaling, bool shared, IReadOnlyList<TargetTransform> transforms, AnchoredEnsemble method,
        CancellationToken cancellation = default)
    {
        var result = new SpreadFit?[targets.GetLength(1)];
        if (shared)
        {
            Array.Fill(result, Calibrate(targets, scaling, [.. Enumerable.Range(0, result.Length)], transforms.All(own => own.MayHaveTails), method, cancellation));
            return result;
        }

        var parallel = new ParallelOptions { CancellationToken = cancellation };
        Parallel.For(0, result.Length, parallel, o => result[o] = Calibrate(targets, scaling, [o], transforms[o].MayHaveTails, method, cancellation));
        return result;
    }

    /// <summary>The calibrated predictive distribution of every row and target, as equally weighted quantiles, each with its noise.</summary>
    /// <remarks>Not the few out-of-fold particles themselves: their mixture has another shape than the whole ensemble's.</remarks>
    /// <param name="noiseVariances">Of the whole ensemble, [particle, target].</param>
    /// <param name="varianceFunctions">Of the whole ensemble, [target].</param>
    /// <param name="moderation">[target]: of all rows that calibrate, so that a piece of them is predicted as among the others.</param>
    /// <param name="transforms">[target]; null for none.</param>
    public PredictiveDistribution Predict(
        IReadOnlyList<string> targetNames, OutputCalibration calibration, double[,] noiseVariances, IReadOnlyList<VarianceFunction> varianceFunctions,
        IReadOnlyList<ModeratedVariances> moderation, IReadOnlyList<TargetTransform>? transforms = null)
    {
        int rows = outputs.GetLength(1);
        IReadOnlyList<double> epistemicScales = calibration.EpistemicScales;
        double[] quantiles = StandardQuantiles(noiseVariances.GetLength(0)), smoothings = new double[epistemicScales.Count];
        var points = new double[quantiles.Length, rows, epistemicScales.Count];
        for (int o = 0; o < epistemicScales.Count; o++)
        {
            // The common error is that of the whole ensemble, and has its tails; that of a mean of few is a Gaussian's.
            double own = CommonVariance(1, epistemicScales[o], quantiles.Length);
            smoothings[o] = calibration.Smoothings[o] * Math.Sqrt(own / (own + (1.0 / _leftOutBy)));
            for (int n = 0; n < rows; n++)
            {
                (double mean, double variance) = Moments(n, o);
                double deviation = Math.Sqrt(ErrorVariance(moderation[o].Of(variance), epistemicScales[o], quantiles.Length));
                for (int k = 0; k < quantiles.Length; k++)
                {
                    points[k, n, o] = mean + (deviation * quantiles[k]);
                }
            }
        }

        return new PredictiveDistribution(
            targetNames, points, noiseVariances, null, varianceFunctions, smoothings, transforms);
    }

    /// <summary>Mean CRPS of these distributions over targets, in standard deviations of each target.</summary>
    /// <remarks>Uses at most <see cref="MaxComponents"/> components, each with the particles' spread: the closed form is quadratic in their number.</remarks>
    /// <param name="targets">[row, target], raw units, NaN where missing.</param>
    /// <param name="scaling">Mean and standard deviation of each target.</param>
    /// <returns>NaN where no target has a value.</returns>
    public double Crps(
        double[,] targets, Standardisation scaling, IReadOnlyList<double> epistemicScales, double[,] noiseVariances, IReadOnlyList<VarianceFunction> varianceFunctions,
        CancellationToken cancellation = default)
    {
        int particles = noiseVariances.GetLength(0), components = Math.Min(particles, MaxComponents);
        var perTarget = new double[epistemicScales.Count];
        Parallel.For(0, perTarget.Length, new ParallelOptions { CancellationToken = cancellation }, o =>
        {
            double sum = 0, meanNoise = Enumerable.Range(0, particles).Average(s => noiseVariances[s, o]);
            double[] means = new double[components], deviations = new double[components];
            int count = 0;
            for (int n = 0; n < targets.GetLength(0); n++)
            {
                if (double.IsNaN(targets[n, o]))
                {
                    continue;
                }

                cancellation.ThrowIfCancellationRequested();
                (double mean, double variance) = Moments(n, o);
                variance = _moderation.Value[o].Of(variance);
                (double times, double plus) = MixtureTable.Widening(varianceFunctions[o].FactorAt(mean), CommonVariance(variance, epistemicScales[o], particles), meanNoise);
                Array.Fill(means, mean);
                for (int k = 0; k < components; k++)
                {
                    // Particles are sorted by noise.
                    double noise = noiseVariances[(int)(((2L * k) + 1) * particles / (2 * components)), o];
                    deviations[k] = Math.Sqrt((times * noise) + plus + (variance / _leftOutBy));
                }

                sum += new GaussianMixture(means, deviations).Crps(targets[n, o]);
                count++;
            }

            perTarget[o] = sum / count / scaling.Scale[o];
        });
        return perTarget.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
    }

    /// <summary>Standard normal quantiles at midpoints of equal probability, scaled to variance 1, in an order unrelated to the particles' noise.</summary>
    private static double[] StandardQuantiles(int count)
    {
        double[] quantiles = [.. Enumerable.Range(0, count).Select(k => Normal.InvCDF(0, 1, (k + 0.5) / count))];
        double deviation = Math.Sqrt(quantiles.Average(z => z * z));
        double[] order = [.. Enumerable.Range(0, count).Select(k => k * Constants.GoldenRatio % 1)];
        Array.Sort(order, quantiles);
        return [.. quantiles.Select(z => z / deviation)];
    }

    private SpreadFit? Calibrate(
        double[,] targets, Standardisation scaling, ReadOnlySpan<int> columns, bool mayHaveTails, AnchoredEnsemble method, CancellationToken cancellation)
    {
        var seen = new List<OutOfFoldRow>();
        var places = new List<int>();
        foreach (int o in columns)
        {
            double scale = scaling.Scale[o];
            for (int n = 0; n < targets.GetLength(0); n++)
            {
                if (!double.IsNaN(targets[n, o]))
                {
                    (double mean, double variance) = Moments(n, o);
                    double residual = (targets[n, o] - mean) / scale;
                    places.Add(n);
                    seen.Add(new OutOfFoldRow(
                        residual, variance / (scale * scale), VarianceFunction.Position(mean, scaling.Mean[o], scale), IsAtBound(n, o, residual)));
                }
            }
        }

        if (seen.Count == 0)
        {
            return null;
        }

        var moderation = ModeratedVariances.Fit(seen.Select(row => row.Variance), _leftOutBy - 1);
        SpreadFit fit = SpreadCalibration.Fit([.. seen.Select(row => row with { Variance = moderation.Of(row.Variance) })], _leftOutBy, method, mayHaveTails, moderation.DegreesOfFreedom, cancellation);
        return fit with { LogDensities = MeansOfRows(fit.LogDensities, places, targets.GetLength(0)) };
    }

    /// <summary>Mean of the values of each row; NaN where it has none.</summary>
    private static double[] MeansOfRows(double[] values, List<int> places, int rows)
    {
        var sums = new double[rows];
        var counts = new int[rows];
        foreach ((int place, double value) in places.Zip(values))
        {
            sums[place] += value;
            counts[place]++;
        }

        return [.. sums.Zip(counts, (sum, count) => sum / count)];
    }

    /// <summary>Whether the residual is within the smallest noise tried and at least half of the outputs were clamped.</summary>
    private bool IsAtBound(int row, int target, double residual)
    {
        if (ends is null || Math.Abs(residual) >= SpreadCalibration.SmallestNoise)
        {
            return false;
        }

        int cutOff = 0;
        for (int k = 0; k < _leftOutBy; k++)
        {
            double value = outputs[k, row, target];
            cutOff += value == ends[row, target].Lower || value == ends[row, target].Upper ? 1 : 0;
        }

        return 2 * cutOff >= _leftOutBy;
    }

    /// <summary>(c^2 + 1/m) v, tails included in c.</summary>
    private double ErrorVariance(double variance, double epistemicScale, int particles) =>
        CommonVariance(variance, epistemicScale, particles) + (variance / _leftOutBy);

    /// <summary>Of the common error: from the epistemic scale, whose square is that of v and 1/S more (<see cref="SpreadCalibration"/>).</summary>
    private static double CommonVariance(double variance, double epistemicScale, int particles) =>
        variance * Math.Max(0, (epistemicScale * epistemicScale) - (1.0 / particles));

    /// <summary>Mean and standard deviation of the prediction of a row, noise and disagreement together.</summary>
    /// <param name="noise">Mean variance of the whole ensemble's noise.</param>
    /// <param name="particles">Of the whole ensemble.</param>
    public (double Mean, double Deviation) Predicted(int row, int target, double epistemicScale, double noise, int particles, VarianceFunction varianceFunction)
    {
        (double mean, double variance) = Moments(row, target);
        variance = _moderation.Value[target].Of(variance);
        double factor = varianceFunction.FactorAt(mean);
        return (mean, Math.Sqrt(ErrorVariance(variance, epistemicScale, particles) + (factor * factor * noise)));
    }

    /// <summary>[target]: mean over particles.</summary>
    /// <param name="noiseVariances">[particle, target].</param>
    public static double[] MeanNoise(double[,] noiseVariances)
    {
        var means = new double[noiseVariances.GetLength(1)];
        for (int s = 0; s < noiseVariances.GetLength(0); s++)
        {
            for (int o = 0; o < means.Length; o++)
            {
                means[o] += noiseVariances[s, o] / noiseVariances.GetLength(0);
            }
        }

        return means;
    }

    private static ModeratedVariances[] ModerationOf(double[,,] outputs)
    {
        var all = new OutOfFold(outputs);
        return
        [
            .. Enumerable.Range(0, outputs.GetLength(2)).Select(target =>
                ModeratedVariances.Fit(Enumerable.Range(0, outputs.GetLength(1)).Select(row => all.Moments(row, target).Variance), outputs.GetLength(0) - 1)),
        ];
    }

    /// <summary>Of the k-th particle not fitted to a row.</summary>
    public double Output(int k, int row, int target) => outputs[k, row, target];

    /// <summary>Mean, and variance with divisor m - 1, of the particles not fitted to a row.</summary>
    public (double Mean, double Variance) Moments(int row, int target)
    {
        double mean = 0, squares = 0;
        for (int k = 0; k < _leftOutBy; k++)
        {
            mean += outputs[k, row, target] / _leftOutBy;
        }

        for (int k = 0; k < _leftOutBy; k++)
        {
            squares += (outputs[k, row, target] - mean) * (outputs[k, row, target] - mean);
        }

        return (mean, squares / (_leftOutBy - 1));
    }
}
