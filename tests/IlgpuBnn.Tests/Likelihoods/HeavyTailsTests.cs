namespace IlgpuBnn.Tests.Likelihoods;

/// <summary>Student's t noise on data that it is made for: one measurement in ten is far off.</summary>
public sealed class HeavyTailsTests
{
    private const int Rows = 120;

    private static readonly EarlyStopping _never = new(ValidationFraction: 0);

    public static TheoryData<InferenceMethod> Methods() =>
    [
        new AnchoredEnsemble { Particles = 20, Prior = new AnchoredPrior(NoiseSd: 0.1) },
        new Svgd { Particles = 20, EarlyStopping = _never },
        new IndependentParticles { Particles = 20, EarlyStopping = _never },
    ];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Far_measurements_pull_the_fit_less_than_with_Gaussian_noise(InferenceMethod method)
    {
        TrainingOptions options = Options(method);
        double gaussian = Error(options), student = Error(options with { Likelihood = new StudentTLikelihood(3) });
        Assert.InRange(student, 0, 0.6 * gaussian);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Noise_of_an_uncalibrated_model_has_the_tails_it_was_trained_with(InferenceMethod method)
    {
        InferenceMethod uncalibrated = method is AnchoredEnsemble anchored ? anchored with { Folds = 0 } : method;
        TrainingOptions options = Options(uncalibrated) with { Likelihood = new StudentTLikelihood(3), MaxIterations = 200 };
        (Dataset data, double[,] inputs, _) = Measurements();
        PredictiveDistribution prediction = BayesianNetwork.Fit(data, options).Predict(inputs);

        // Were particles of one mind, the mixture of their ten noises would be Student's t: far wider at 99 % than a Gaussian as wide at 50 %.
        (double[,] low, double[,] high) = prediction.Interval(0.99);
        (double[,] lower, double[,] upper) = prediction.Interval(0.5);
        double ratio = Enumerable.Range(0, Rows).Average(n => (high[n, 0] - low[n, 0]) / (upper[n, 0] - lower[n, 0]));
        Assert.InRange(ratio, 4.3, 8);
    }

    private static TrainingOptions Options(InferenceMethod method) => new() { Method = method, HiddenUnits = [12], MaxIterations = 1000 };

    /// <summary>Root mean square error of the mean against the function without noise.</summary>
    private static double Error(TrainingOptions options)
    {
        (Dataset data, double[,] inputs, double[] truth) = Measurements();
        double[,] mean = BayesianNetwork.Fit(data, options).Predict(inputs).Mean;
        return Math.Sqrt(Enumerable.Range(0, Rows).Average(n => Math.Pow(mean[n, 0] - truth[n], 2)));
    }

    private static (Dataset Data, double[,] Inputs, double[] Truth) Measurements()
    {
        var random = new Random(7);
        double[,] inputs = new double[Rows, 1], targets = new double[Rows, 1];
        var truth = new double[Rows];
        for (int n = 0; n < Rows; n++)
        {
            inputs[n, 0] = (6.0 * n / (Rows - 1)) - 3;
            truth[n] = Math.Sin(inputs[n, 0]);
            targets[n, 0] = truth[n] + (0.1 * Case.Gaussian(random)) + (n % 10 == 3 ? 5 : 0);
        }

        return (new Dataset(inputs, targets), inputs, truth);
    }
}
