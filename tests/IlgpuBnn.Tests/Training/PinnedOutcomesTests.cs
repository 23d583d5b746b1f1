using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using IlgpuBnn.Devices.Simd;

namespace IlgpuBnn.Tests.Training;

/// <summary>What every method made of a small table on one vector width, to the last bit: a change of structure must not change results.</summary>
/// <remarks>
/// Each pin is the first predicted mean and a hash of means, variances, intervals and history. A change that is meant to change results says so in
/// CHANGELOG.md and pins the new ones.
/// </remarks>
public class PinnedOutcomesTests
{
    private static readonly Dictionary<string, (string Pin, TrainingOptions Options)> _cases = new()
    {
        ["anchored ensemble, budgets and candidates"] = ("-0.9668300652383375 4800 609602AB0272CA06", new TrainingOptions
        {
            HiddenUnits = [5, 4],
            Method = new AnchoredEnsemble { Particles = 8, Folds = 4 },
            Seed = 3,
        }),
        ["anchored ensemble, skip connection, Student's t, one noise for all targets"] = ("-0.8505517543260757 200 F58DB57464594DA5", new TrainingOptions
        {
            HiddenUnits = [6],
            Activation = Activation.Relu,
            SkipConnection = true,
            Likelihood = new StudentTLikelihood(4, NoisePrecision.Shared),
            Method = new AnchoredEnsemble { Particles = 6, Folds = 3, Prior = new AnchoredPrior(1.1, 0.8, 0.1) },
            MaxIterations = 200,
            BatchSize = 20,
            Seed = 4,
        }),
        ["SVGD, Student's t, minibatches"] = ("-0.9639237952742301 300 25FB26874B636D28", new TrainingOptions
        {
            HiddenUnits = [7],
            Activation = Activation.Tanh,
            Likelihood = new StudentTLikelihood(5),
            Method = new Svgd { Particles = 9, EarlyStopping = new EarlyStopping(Patience: 100) },
            MaxIterations = 300,
            BatchSize = 16,
            Seed = 5,
        }),
        ["SVGD, annealed, inverse multiquadric, a precision per layer"] = ("-1.1893853230012863 200 C67F5BD223B35F5F", new TrainingOptions
        {
            Layers = [new Dense(4, Activation.Sin), new Dense(3, Activation.Sigmoid)],
            Likelihood = new GaussianLikelihood(NoisePrecision.Shared),
            Method = new Svgd
            {
                Particles = 7,
                Kernel = SteinKernel.InverseMultiquadric,
                Bandwidth = BandwidthRule.LiuWang,
                Annealing = new AnnealingOptions(3),
                Prior = new HierarchicalPrior(WeightPrecision: WeightPrecision.PerLayer),
                Initialisation = Initialisation.LiuWang,
            },
            MaxIterations = 200,
            Seed = 6,
        }),
        ["independent particles"] = ("-0.8265504284544983 250 B7396972DC9898F6", new TrainingOptions
        {
            HiddenUnits = [5],
            SkipConnection = true,
            Method = new IndependentParticles
            {
                Particles = 5,
                Initialisation = Initialisation.Prior,
                Prior = new HierarchicalPrior(2, 0.5, 3, 0.2),
                EarlyStopping = new EarlyStopping(0.2),
            },
            MaxIterations = 250,
            Seed = 7,
        }),
        ["deterministic"] = ("-0.8470151164846558 200 454249263A1A7F79", new TrainingOptions
        {
            HiddenUnits = [6],
            Method = new Deterministic(),
            MaxIterations = 200,
            Seed = 8,
        }),
    };

    public static TheoryData<string> Cases => [.. _cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_gives_the_same_bits(string name)
    {
        (string pin, TrainingOptions options) = _cases[name];
        using Device device = new SimdDevice<Simd128, Vector128<float>>(new DeviceDescription("cpu", "under test", "test", 2, 0));
        (Dataset train, Dataset test) = Table().SplitLast(10);

        BayesianNetwork model = BayesianNetwork.Fit(train, options, device);

        Assert.Equal(pin, Describe(model, model.Predict(test, device)));
    }

    private static string Describe(BayesianNetwork model, PredictiveDistribution prediction)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        (double[,] lower, double[,] upper) = prediction.Interval(0.9);
        foreach (double[,] values in new[] { prediction.Mean, prediction.EpistemicVariance, prediction.AleatoricVariance, lower, upper })
        {
            hash.AppendData(MemoryMarshal.AsBytes(values.Cast<double>().ToArray().AsSpan()));
        }

        foreach (StepInfo step in model.Report.History)
        {
            double[] numbers = [step.Iteration, step.Bandwidth, step.MeanLogDensity, step.GradientNorm, step.Spread, step.SteinIdentityRatio, step.ValidationScore];
            hash.AppendData(MemoryMarshal.AsBytes(numbers.AsSpan()));
        }

        string bits = Convert.ToHexString(hash.GetHashAndReset())[..16];
        return string.Create(CultureInfo.InvariantCulture, $"{prediction.Mean[0, 0]:R} {model.Report.Iterations} {bits}");
    }

    /// <summary>3 inputs, 2 targets, one in ten missing, and one that never falls below 0.</summary>
    private static Dataset Table() => Runs.Of(
        80, 3, 11,
        (random, x) =>
        [
            random.NextDouble() < 0.1 ? double.NaN : Math.Sin(x[0]) + (0.5 * x[1]) + (0.05 * random.NextDouble()),
            Math.Max(0, (10 * x[1]) + (3 * x[2] * x[0])),
        ],
        from: -2, to: 2);
}
