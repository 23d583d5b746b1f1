using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Training;

namespace IlgpuBnn.Samples;

/// <summary>The library's defaults, and variants with one change each (an ablation).</summary>
internal static class Variants
{
    public const string Defaults = "defaults";

    private static readonly Dictionary<string, Func<TrainingOptions, TrainingOptions>> All = new()
    {
        [Defaults] = options => options,
        ["20-folds"] = Anchored(method => method with { Folds = 20 }),
        ["no-folds"] = Anchored(method => method with { Folds = 0 }),
        ["skip-connection"] = options => options with { SkipConnection = true },
        ["no-relevances"] = Anchored(method => method with { Prior = method.Prior with { RelevanceSd = 1e-3 } }),
        ["relevance-sd-1"] = Anchored(method => method with { Prior = method.Prior with { RelevanceSd = 1 } }),
        ["relu"] = options => options with { Activation = Activation.Relu },
        ["tanh"] = options => options with { Activation = Activation.Tanh },
        ["tanh-last"] = options => options with { LastActivation = Activation.Tanh },
        ["no-selection"] = Anchored(method => method with { SelectLastActivation = false }),
        ["trained-output-layer"] = Anchored(method => method with { SolveOutputLayer = false }),
        ["one-layer"] = options => options with { HiddenUnits = [50] },
        ["wider"] = options => options with { HiddenUnits = [50, 50] },
        ["20-particles"] = Anchored(method => method with { Particles = 20 }),
        ["no-step-decay"] = options => options with { Adam = options.Adam with { DecayFraction = 0 } },
        ["1200-iterations"] = options => options with { MaxIterations = 1200, Adam = options.Adam with { StepSize = 0.01 } },
        ["4800-iterations"] = options => options with { MaxIterations = 4800 },
        ["weight-scale-0.7"] = Anchored(method => method with { Prior = method.Prior with { WeightScale = 0.7 } }),
        ["weight-scale-2"] = Anchored(method => method with { Prior = method.Prior with { WeightScale = 2 } }),
        ["noise-sd-0.005"] = Anchored(method => method with { Prior = method.Prior with { NoiseSd = 0.005 } }),
        ["noise-sd-0.01"] = Anchored(method => method with { Prior = method.Prior with { NoiseSd = 0.01 } }),
        ["noise-sd-0.02"] = Anchored(method => method with { Prior = method.Prior with { NoiseSd = 0.02 } }),
        ["noise-sd-0.1"] = Anchored(method => method with { Prior = method.Prior with { NoiseSd = 0.1 } }),
        ["constant-noise"] = Anchored(method => method with { HeteroscedasticNoise = false }),
        ["no-bounds"] = Anchored(method => method with { OutputBounds = false }),
        ["student-t-4"] = options => options with { Likelihood = new StudentTLikelihood(4) },
        ["svgd"] = options => options with { Method = new Svgd { Particles = 20 } },
        ["svgd-inverse-multiquadric"] = options => options with { Method = new Svgd { Particles = 20, Kernel = SteinKernel.InverseMultiquadric } },
        ["svgd-annealed"] = options => options with { Method = new Svgd { Particles = 20, Annealing = new AnnealingOptions(5) } },
        ["independent"] = options => options with { Method = new IndependentParticles { Particles = 20 } },
        ["deterministic"] = options => options with { Method = new Deterministic() },
    };

    public static IEnumerable<string> Names => All.Keys;

    public static TrainingOptions Options(string name, int seed) => All[name](new TrainingOptions { Seed = seed });

    private static Func<TrainingOptions, TrainingOptions> Anchored(Func<AnchoredEnsemble, AnchoredEnsemble> change) =>
        options => options with { Method = change((AnchoredEnsemble)options.Method) };
}
