namespace IlgpuBnn.Tests.Inference;

/// <summary>Trainings of anchored ensembles: folds that are left out, and noise and spread that are calibrated on them.</summary>
public sealed class AnchoredEnsembleTests
{
    private static readonly AnchoredEnsemble _method = new() { Particles = 12, Folds = 4 };
    private static readonly TrainingOptions _quick = new() { HiddenUnits = [12], MaxIterations = 400, Seed = 3, Method = _method };

    [Fact]
    public void Intervals_cover_new_rows_as_they_promise_and_the_mean_is_right()
    {
        // Noise of a tenth of the target's standard deviation.
        Dataset training = Noisy(80, 1), test = Noisy(400, 2);
        Scores scores = Scores.Evaluate(BayesianNetwork.Fit(training).Predict(test), test.Targets);

        // Of 400 rows, 95 % has a standard error of 1.1 %; the calibration rests on 80.
        Assert.InRange(scores.PerTarget[0].Coverage95, 0.9, 0.99);
        Assert.InRange(scores.PerTarget[0].R2, 0.97, 0.995);
    }

    [Fact]
    public void Rows_are_predicted_by_particles_that_have_not_seen_them()
    {
        // Targets that have nothing to do with the inputs: only who has seen a row can know it.
        Dataset data = Runs.Of(60, 3, 5, (random, _) => [random.NextDouble()]);
        BayesianNetwork model = BayesianNetwork.Fit(data, _quick with { HiddenUnits = [50], MaxIterations = 1200, Method = _method with { Shrinkage = false } });
        Scores seen = Scores.Evaluate(model.Predict(data), data.Targets), unseen = Scores.Evaluate(model.PredictOutOfFold(data), data.Targets);
        Assert.InRange(seen.PerTarget[0].R2, 0.6, 1);
        Assert.InRange(unseen.PerTarget[0].R2, -3, 0.1);

        // Of 60 rows, 95 % has a standard error of 2.8 %.
        Assert.InRange(unseen.PerTarget[0].Coverage95, 0.9, 1);
    }

    [Fact]
    public void Out_of_fold_predictions_are_refused_where_there_are_none()
    {
        Dataset data = Runs.Smooth(20);
        BayesianNetwork folded = BayesianNetwork.Fit(data, _quick), svgd = BayesianNetwork.Fit(data, _quick with { Method = new Svgd { Particles = 12 } });
        Assert.Contains("only an anchored ensemble", Assert.Throws<InvalidOperationException>(() => svgd.PredictOutOfFold(data)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "data has 19 rows; the model was trained on 20.",
            Assert.Throws<ArgumentException>(() => folded.PredictOutOfFold(Runs.Smooth(19))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_noise_for_all_targets_is_calibrated_on_all_of_them()
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(40), _quick with
        {
            Likelihood = new GaussianLikelihood(NoisePrecision.Shared),
            Method = _method with { HeteroscedasticNoise = false },
        });
        Assert.Equal(model.EpistemicScales[0], model.EpistemicScales[1]);
        PredictiveDistribution prediction = model.Predict(Runs.Smooth(3));
        double scale = model.Model.Ensemble.TargetScaling.Scale[1] / model.Model.Ensemble.TargetScaling.Scale[0];
        Assert.Equal(prediction.AleatoricVariance[0, 0] * scale * scale, prediction.AleatoricVariance[0, 1], 1e-6 * prediction.AleatoricVariance[0, 1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Too_few_particles_for_folds_are_noted(int particles)
    {
        BayesianNetwork model = BayesianNetwork.Fit(Runs.Smooth(20), _quick with { Method = _method with { Particles = particles } });
        Assert.Equal(0, model.Report.Folds);
        Assert.Equal([1.0, 1.0], model.EpistemicScales);
        Assert.Contains("Use at least 4.", Assert.Single(model.Report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_of_a_particle_are_moved_by_its_own_noise_and_miss_its_fold()
    {
        var method = new AnchoredEnsemble { Particles = 40, Folds = 4, Prior = new AnchoredPrior(NoiseSd: 0.2) };
        double[,] inputs = new double[100, 1], targets = new double[100, 1];
        for (int n = 0; n < 100; n++)
        {
            targets[n, 0] = n == 7 ? double.NaN : 0.01 * n;
        }

        var folds = new Folds([100], method.Folds, method.Particles, seed: 0);
        using DeviceRows rows = method.Upload(DeviceCatalog.Default, new GaussianLikelihood(), inputs, targets, folds, seed: 0);
        float[] all = rows.Targets.ToArray();
        var noise = new List<double>();
        for (int s = 0; s < 40; s++)
        {
            for (int n = 0; n < 100; n++)
            {
                float own = all[(s * rows.TargetParticleStride) + n];
                Assert.Equal(n == 7 || folds.LeavesOut(s, n), float.IsNaN(own));
                if (!float.IsNaN(own))
                {
                    noise.Add(own - (0.01 * n));
                }
            }
        }

        Assert.InRange(noise.Average(), -0.015, 0.015);
        Assert.InRange(Math.Sqrt(noise.Average(e => e * e)), 0.19, 0.21);
        Assert.Equal(noise.Count, noise.Distinct().Count(), 100.0);
    }

    private static Dataset Noisy(int rows, int seed) =>
        Runs.Of(rows, 2, seed, (random, x) => [Math.Sin(2 * x[0]) + x[1] + (0.13 * Case.Gaussian(random))], from: -2, to: 2);
}
