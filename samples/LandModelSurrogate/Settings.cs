using IlgpuBnn;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Priors;
using IlgpuBnn.Training;

namespace LandModelSurrogate;

/// <summary>How the networks are trained: a column of every figure.</summary>
/// <param name="Name">In files.</param>
/// <param name="Title">In figures and text.</param>
/// <param name="Options">Of the Bayesian network, except for the seed.</param>
internal sealed record Settings(string Name, string Title, TrainingOptions Options)
{
    /// <summary>The main options, in a line.</summary>
    public string Description
    {
        get
        {
            var method = (Svgd)Options.Method;
            string noise = Options.Likelihood is GaussianLikelihood { Noise: NoisePrecision.Shared } ? "one noise precision for all outputs" : "a noise precision per output";
            string start = method.Initialisation == Initialisation.Prior ? "weights drawn from the prior" : "weights scaled by fan-in";
            double fraction = method.EarlyStopping.ValidationFraction;
            string stopping = fraction == 0 ? "no rows held out" : $"{fraction:P0} of the rows held out to tell when to stop";
            return $"{method.Particles} particles, hidden layers of {string.Join(", ", Options.HiddenUnits)} {Options.Activation} units, {noise}, start with {start}, "
                + $"Adam with step {Options.Adam.StepSize}, at most {Options.MaxIterations} epochs, {stopping}";
        }
    }

    /// <summary>
    /// The paper's settings, independent of the library's defaults. The paper does not state the activation, the number of particles of its Fig. 1 to 4, or
    /// its iterations (its Fig. 4 shows over 2000 epochs).
    /// </summary>
    public static readonly Settings Paper = new("paper", "paper's settings", new TrainingOptions
    {
        HiddenUnits = [50],
        Activation = Activation.Relu,
        SkipConnection = false,
        Likelihood = new GaussianLikelihood(NoisePrecision.Shared),
        Method = new Svgd
        {
            Particles = 20,
            Bandwidth = BandwidthRule.MedianDistance,
            Prior = new HierarchicalPrior { WeightPrecision = WeightPrecision.Shared },
            Initialisation = Initialisation.Prior,
            EarlyStopping = new EarlyStopping(0),
        },
        Adam = new AdamOptions(StepSize: 0.01, DecayFraction: 0),
        MaxIterations = 4000,
    });

    /// <summary>The same with initial weights scaled by fan-in, as in the code of SVGD's authors; draws from the prior start far from the data.</summary>
    public static readonly Settings PaperFanIn = new(
        "paper-fan-in", "paper, fan-in start", Change(Paper.Options, method => method with { Initialisation = Initialisation.FanIn }));

    /// <summary>In addition, a noise precision per output, and early stopping on a tenth of the rows.</summary>
    public static readonly Settings StoppedEarly = new(
        "stopped-early", "SVGD, stopped early",
        Change(PaperFanIn.Options, method => method with { EarlyStopping = new EarlyStopping(0.1) }) with
        {
            Likelihood = new GaussianLikelihood(NoisePrecision.PerOutput),
        });

    /// <summary>Changes the options of SVGD.</summary>
    public static TrainingOptions Change(TrainingOptions options, Func<Svgd, Svgd> change) => options with { Method = change((IlgpuBnn.Inference.Svgd)options.Method) };
}

/// <summary>Names of the methods.</summary>
internal static class Methods
{
    public const string Svgd = "svgd", Independent = "independent", Deterministic = "deterministic";

    public static readonly string[] All = [Svgd, Independent, Deterministic];

    /// <summary>The options of SVGD for another method: as many particles without interaction, or one network.</summary>
    public static TrainingOptions Apply(string method, TrainingOptions options)
    {
        var svgd = (IlgpuBnn.Inference.Svgd)options.Method;
        return method switch
        {
            Independent => options with
            {
                Method = new IndependentParticles
                {
                    Particles = svgd.Particles,
                    Prior = svgd.Prior,
                    Initialisation = svgd.Initialisation,
                    EarlyStopping = svgd.EarlyStopping,
                },
            },
            Deterministic => options with
            {
                Method = new IlgpuBnn.Inference.Deterministic { EarlyStopping = svgd.EarlyStopping },
                Likelihood = null,
            },
            _ => options,
        };
    }

    public static string Title(string method) => method switch
    {
        Independent => "independent particles",
        Deterministic => "deterministic network",
        _ => "Bayesian network (SVGD)",
    };
}
