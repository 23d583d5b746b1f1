using IlgpuBnn.Inference;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Samples;

/// <summary>The library's defaults, and the same with one thing changed: what each of them is worth.</summary>
internal static class Variants
{
    public const string Defaults = "defaults";

    private static readonly Dictionary<string, Func<TrainingOptions, TrainingOptions>> All = new()
    {
        [Defaults] = options => options,
        ["20-folds"] = options => options with { Folds = 20 },
        ["no-folds"] = options => options with { Folds = 0 },
        ["linear-path"] = options => options with { LinearPath = true },
        ["no-input-scales"] = options => options with { Anchors = options.Anchors with { InputScaleSpread = 1e-3 } },
        ["input-scales-1"] = options => options with { Anchors = options.Anchors with { InputScaleSpread = 1 } },
        ["relu"] = options => options with { Activation = Activation.Relu },
        ["tanh"] = options => options with { Activation = Activation.Tanh },
        ["tanh-last"] = options => options with { LastActivation = Activation.Tanh },
        ["no-sharper-networks"] = options => options with { SharperNetworks = false },
        ["one-layer"] = options => options with { Hidden = [50] },
        ["wider"] = options => options with { Hidden = [50, 50] },
        ["20-particles"] = options => options with { Particles = 20 },
        ["no-step-decay"] = options => options with { Adam = options.Adam with { DecayShare = 0 } },
        ["one-round-of-1200"] = options => options with { Iterations = 1200, Adam = options.Adam with { StepSize = 0.01 } },
        ["one-round-of-4800"] = options => options with { Iterations = 4800 },
        ["weight-scale-0.7"] = options => options with { Anchors = options.Anchors with { WeightScale = 0.7 } },
        ["weight-scale-2"] = options => options with { Anchors = options.Anchors with { WeightScale = 2 } },
        ["target-noise-0.02"] = options => options with { Anchors = options.Anchors with { TargetNoise = 0.02 } },
        ["target-noise-0.1"] = options => options with { Anchors = options.Anchors with { TargetNoise = 0.1 } },
        ["constant-noise"] = options => options with { HeteroscedasticNoise = false },
        ["no-limits"] = options => options with { LearnLimits = false },
        ["student-t-4"] = options => options with { DegreesOfFreedom = 4 },
        ["svgd"] = options => options with { Method = InferenceMethod.Svgd, Particles = 20 },
        ["svgd-inverse-multiquadric"] = options => options with { Method = InferenceMethod.Svgd, Particles = 20, SteinKernel = SteinKernel.InverseMultiquadric },
        ["svgd-annealed"] = options => options with { Method = InferenceMethod.Svgd, Particles = 20, Annealing = new AnnealingOptions(5) },
        ["independent"] = options => options with { Method = InferenceMethod.IndependentParticles, Particles = 20 },
        ["deterministic"] = options => options with { Method = InferenceMethod.Deterministic, Particles = 1 },
    };

    public static IEnumerable<string> Names => All.Keys;

    public static TrainingOptions Options(string name, int seed) => All[name](new TrainingOptions { Seed = seed });
}
