namespace IlgpuBnn.Tests.Inference;

/// <summary>Logistic regression with two parameters, whose posterior a grid gives exactly.</summary>
public sealed class LogisticPosteriorTests
{
    private const int Rows = 200;
    private const double PriorSd = 1.5;

    private static readonly (double[,] Inputs, double[,] Targets) _table = Table();

    /// <summary>With anchors alone, their standard deviations are a fifth of the posterior's.</summary>
    [Fact]
    public void Anchored_particles_with_weighted_rows_have_the_posteriors_mean_and_spread()
    {
        const int Particles = 400, Iterations = 800;
        Device device = DeviceCatalog.Default;
        var method = new AnchoredEnsemble { Particles = Particles, Folds = 0, Prior = new AnchoredPrior(PriorSd, RelevanceSd: 0.003) };
        var options = new TrainingOptions { HiddenUnits = [], Method = method, Likelihood = new BernoulliLikelihood() };
        Network network = options.BuildNetwork(1, 1);
        ParameterLayout layout = options.LayoutOf(network, training: true), model = options.LayoutOf(network, training: false);
        float[] drawn = method.DrawAll(layout, seed: 0);
        using DeviceRows rows = method.Upload(device, options.UsedLikelihood, _table.Inputs, _table.Targets, new Folds([Rows], 0, Particles, seed: 0), seed: 0);
        var target = new LogPosterior(device, layout, options.UsedLikelihood, method.GradientOfPrior(device, layout, drawn), null, Particles, rows.Stride);
        using ISampler sampler = method.Start(target, device, drawn, options.Adam);
        for (int iteration = 1; iteration <= Iterations; iteration++)
        {
            sampler.Step(Case.All(rows), 0.02 * options.Adam.StepFactor(iteration, Iterations), 1);
        }

        // 400 draws tell a mean to 0.05 standard deviations and a standard deviation to 4 %; random weights of rows are a posterior's in the limit of many.
        double[][] particles = Case.Unpack(method.Finish(layout, model, sampler.Particles.ToArray()), 2, model.Stride);
        (double[] means, double[] deviations) = Exact();
        for (int p = 0; p < 2; p++)
        {
            double mean = particles.Average(theta => theta[p]), deviation = Math.Sqrt(particles.Average(theta => (theta[p] - mean) * (theta[p] - mean)));
            Assert.InRange((mean - means[p]) / deviations[p], -0.25, 0.25);
            Assert.InRange(deviation / deviations[p], 0.85, 1.15);
        }
    }

    /// <summary>Of weight and bias, by sums over a grid.</summary>
    private static (double[] Means, double[] Deviations) Exact()
    {
        const int Steps = 120;
        const double Width = 4;
        double total = 0, highest = double.NegativeInfinity;
        double[] sums = new double[2], squares = new double[2];
        var log = new double[Steps, Steps];
        for (int i = 0; i < Steps; i++)
        {
            for (int j = 0; j < Steps; j++)
            {
                double weight = At(i), bias = At(j);
                log[i, j] = -0.5 * ((weight * weight) + (bias * bias)) / (PriorSd * PriorSd);
                for (int n = 0; n < Rows; n++)
                {
                    log[i, j] -= Math.Log(1 + Math.Exp(-_table.Targets[n, 0] * ((weight * _table.Inputs[n, 0]) + bias)));
                }

                highest = Math.Max(highest, log[i, j]);
            }
        }

        for (int i = 0; i < Steps; i++)
        {
            for (int j = 0; j < Steps; j++)
            {
                double density = Math.Exp(log[i, j] - highest);
                total += density;
                foreach ((int p, double value) in new[] { (0, At(i)), (1, At(j)) })
                {
                    sums[p] += density * value;
                    squares[p] += density * value * value;
                }
            }
        }

        double[] means = [.. sums.Select(sum => sum / total)];
        return (means, [.. squares.Select((square, p) => Math.Sqrt((square / total) - (means[p] * means[p])))]);

        static double At(int step) => Width * (((step + 0.5) / Steps * 2) - 1);
    }

    /// <summary>Labels of 1 and -1, with log odds of 1.2 x - 0.4.</summary>
    private static (double[,] Inputs, double[,] Targets) Table()
    {
        var random = new Random(2);
        double[,] inputs = new double[Rows, 1], targets = new double[Rows, 1];
        for (int n = 0; n < Rows; n++)
        {
            inputs[n, 0] = Case.Gaussian(random);
            targets[n, 0] = random.NextDouble() < 1 / (1 + Math.Exp(0.4 - (1.2 * inputs[n, 0]))) ? 1 : -1;
        }

        return (inputs, targets);
    }
}
