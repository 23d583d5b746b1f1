using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;

namespace LandModelSurrogate;

/// <summary>One of the columns of every figure: how the networks are trained.</summary>
/// <param name="Name">In files.</param>
/// <param name="Title">In figures and text.</param>
/// <param name="Options">Of the Bayesian network; the seed is set later.</param>
internal sealed record Settings(string Name, string Title, TrainingOptions Options)
{
    /// <summary>The options that matter, in a line.</summary>
    public string Description
    {
        get
        {
            string noise = Options.Noise == NoisePrecision.Shared ? "one noise precision for all outputs" : "a noise precision per output";
            string start = Options.Initialisation == Initialisation.Prior ? "weights drawn from the prior" : "weights scaled by fan-in";
            string stopping = Options.HeldOutShare == 0 ? "no rows held out" : $"{Options.HeldOutShare:P0} of the rows held out to tell when to stop";
            return $"{Options.Particles} particles, hidden layers of {string.Join(", ", Options.Hidden)} {Options.Activation} units, {noise}, start with {start}, "
                + $"Adam with step {Options.Adam.StepSize}, at most {Options.Iterations} epochs, {stopping}";
        }
    }

    /// <summary>
    /// What the paper says, every option written out, so that it stays the same when the library's defaults change. The paper does not say
    /// the activation, the number of particles of its Fig. 1 to 4, or its iterations (its Fig. 4 shows over 2000 epochs).
    /// </summary>
    public static readonly Settings Paper = new("paper", "paper's settings", new TrainingOptions
    {
        Hidden = [50],
        Activation = Activation.Relu,
        LinearPath = false,
        Particles = 20,
        Method = InferenceMethod.Svgd,
        Bandwidth = BandwidthRule.MedianDistance,
        Noise = NoisePrecision.Shared,
        WeightPrecision = WeightPrecision.Shared,
        Initialisation = Initialisation.Prior,
        Priors = new GammaPriors(),
        Adam = new AdamOptions(StepSize: 0.01, DecayShare: 0),
        Iterations = 4000,
        HeldOutShare = 0,
    });

    /// <summary>
    /// The same, but the weights start smaller, scaled by fan-in, as in the code of SVGD's authors: from the prior as the paper words it, the
    /// networks start far outside the data.
    /// </summary>
    public static readonly Settings PaperFanIn = new(
        "paper-fan-in", "paper, fan-in start", Paper.Options with { Initialisation = Initialisation.FanIn });

    /// <summary>Besides, a noise precision for each output, and a tenth of the rows held out to tell when to stop.</summary>
    public static readonly Settings StoppedEarly = new(
        "stopped-early", "SVGD, stopped early",
        PaperFanIn.Options with { Noise = NoisePrecision.PerOutput, HeldOutShare = 0.1 });
}

/// <summary>What is trained with them.</summary>
internal static class Methods
{
    public const string Svgd = "svgd", Independent = "independent", Deterministic = "deterministic";

    public static readonly string[] All = [Svgd, Independent, Deterministic];

    /// <summary>The same network, rows and seed, otherwise trained: as many particles without interaction, or one plain network.</summary>
    public static TrainingOptions Apply(string method, TrainingOptions options) => method switch
    {
        Independent => options with { Method = InferenceMethod.IndependentParticles },
        Deterministic => options with { Method = InferenceMethod.Deterministic, Particles = 1 },
        _ => options,
    };

    public static string Title(string method) => method switch
    {
        Independent => "independent particles",
        Deterministic => "deterministic network",
        _ => "Bayesian network (SVGD)",
    };
}
