using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Prediction;
using IlgpuBnn.Priors;
using IlgpuBnn.Samples;
using IlgpuBnn.Training;
using MathNet.Numerics.Statistics;

namespace UciBenchmark;

/// <summary>Trains on one part of a split and scores the other: a result for each target.</summary>
internal delegate SplitResult[] Protocol(Dataset train, Dataset test, int split, Device device);

internal static class Protocols
{
    /// <summary>The library's defaults, or one change to them.</summary>
    public static Protocol Ours(string variant) => (train, test, split, device) =>
    {
        BayesianNetwork model = BayesianNetwork.Fit(train, Variants.Options(variant, split), device);
        return
        [
            .. Scores.Evaluate(model.Predict(test, device), test.Targets).PerTarget.Select(
                scores => new SplitResult(scores.Rmse, scores.LogScore, scores.Crps, scores.Coverage95, model.Report.Elapsed.TotalSeconds)),
        ];
    };

    /// <summary>
    /// Settings of Liu and Wang's code (2016): one layer of 50 ReLU units (100 for more than 20,000 rows: protein), 20 particles, batches of 100, 2,000
    /// steps of 0.001, and each particle's noise re-estimated on a tenth of the training rows, at most 500. Their AdaGrad with a decay of 0.9 is Adam
    /// without a first moment, except for the first steps.
    /// </summary>
    public static Protocol LiuWang(int iterations) => (train, test, split, device) =>
    {
        if (train.TargetCount != 1)
        {
            throw new ArgumentException($"Liu and Wang's protocol has one target, and there are {train.TargetCount}: {string.Join(", ", train.TargetNames)}.");
        }

        int estimation = Math.Min((int)Math.Round(0.1 * train.RowCount), 500);
        // They shuffle the table before splitting it.
        (Dataset fitted, Dataset noiseRows) = train.SplitRandom(estimation, split);
        BayesianNetwork model = BayesianNetwork.Fit(fitted, new TrainingOptions
        {
            Method = new Svgd
            {
                Particles = 20,
                Bandwidth = BandwidthRule.LiuWang,
                Prior = new HierarchicalPrior { WeightPrecision = WeightPrecision.Shared },
                Initialisation = Initialisation.LiuWang,
                EarlyStopping = new EarlyStopping(0),
            },
            Likelihood = new GaussianLikelihood(NoisePrecision.Shared),
            HiddenUnits = [train.RowCount > 20_000 ? 100 : 50],
            Activation = Activation.Relu,
            Adam = new AdamOptions(StepSize: 1e-3, Beta1: 0, Beta2: 0.9, Epsilon: 1e-6, DecayFraction: 0),
            MaxIterations = iterations,
            BatchSize = 100,
            Seed = split,
        }, device);
        double[] deviations = NoiseDeviations(model.Predict(noiseRows, device), noiseRows);
        PredictiveDistribution prediction = model.Predict(test, device);
        double squares = 0, logScore = 0, crps = 0;
        int covered = 0;
        var means = new double[deviations.Length];
        for (int n = 0; n < test.RowCount; n++)
        {
            for (int s = 0; s < means.Length; s++)
            {
                means[s] = prediction.ParticleOutputs[s, n, 0];
            }

            double y = test.Targets[n, 0];
            var mixture = new GaussianMixture(means, deviations);
            squares += (y - prediction.Mean[n, 0]) * (y - prediction.Mean[n, 0]);
            logScore += mixture.LogDensity(y);
            crps += mixture.Crps(y);
            covered += mixture.Cdf(y) is > 0.025 and < 0.975 ? 1 : 0;
        }

        return
        [
            new SplitResult(
                Math.Sqrt(squares / test.RowCount), logScore / test.RowCount, crps / test.RowCount, covered / (double)test.RowCount,
                model.Report.Elapsed.TotalSeconds),
        ];
    };

    /// <summary>Root mean square residual of each particle, the maximum likelihood estimate of its noise.</summary>
    private static double[] NoiseDeviations(PredictiveDistribution prediction, Dataset rows) => [.. Enumerable.Range(0, prediction.ParticleCount).Select(s =>
        Enumerable.Range(0, rows.RowCount).Select(n => rows.Targets[n, 0] - prediction.ParticleOutputs[s, n, 0]).RootMeanSquare())];
}
