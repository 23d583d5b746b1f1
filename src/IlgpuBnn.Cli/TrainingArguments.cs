using System.CommandLine;
using System.CommandLine.Parsing;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Cli;

/// <summary>The options of <c>ilgpubnn train</c> that become <see cref="TrainingOptions"/>, whose defaults they show.</summary>
internal sealed class TrainingArguments
{
    private static readonly TrainingOptions Defaults = new();

    private readonly TextOption<int[]> _hidden =
        TextOption.Layers("--hidden", "Units of the hidden layers, with commas between them; none for a linear model.", Defaults.Hidden);

    private readonly TextOption<Activation> _activation = Activations("What a hidden unit does to its weighted sum.", Defaults.Activation);

    private readonly TextOption<int> _particles = TextOption.Whole(
        "--particles", "Networks in the ensemble: more say better how unsure they are, and take as much longer. A deterministic model has 1.",
        Defaults.Particles);

    private readonly TextOption<int> _iterations = TextOption.Whole("--iterations", "Most iterations, each over one batch.", Defaults.Iterations);

    private readonly TextOption<int> _batch =
        TextOption.Whole("--batch", "About how many rows a batch has. Without it every iteration takes all rows.", Defaults.BatchRows);

    private readonly TextOption<double> _heldOut = TextOption.Real(
        "--holdout", $"Share of the rows that is held out to tell when to stop; fewer than {TrainingOptions.SmallestHeldOut} rows are not.",
        Defaults.HeldOutShare, "of at least 0 and below 1", value => value is >= 0 and < 1);

    private readonly TextOption<int> _patience = TextOption.Whole(
        "--patience", "Iterations without a better held-out score after which training stops.", Defaults.Patience);

    private readonly TextOption<double> _step = TextOption.Real(
        "--step", "Step size of the Adam optimiser; lower it where training diverges.", Defaults.Adam.StepSize, "above 0",
        value => value > 0 && double.IsFinite(value));

    private readonly TextOption<NoisePrecision> _noise = TextOption.Choice(
        "--noise", "Noise that is learned: one for all targets, or one per target.", Defaults.Noise,
        ("shared", NoisePrecision.Shared), ("per-output", NoisePrecision.PerOutput));

    private readonly TextOption<WeightPrecision> _weightPrecision = TextOption.Choice(
        "--weight-precision", "Precision of the weights' prior that is learned: one for all, or one per layer.", Defaults.WeightPrecision,
        ("shared", WeightPrecision.Shared), ("per-layer", WeightPrecision.PerLayer));

    private readonly TextOption<Initialisation> _initialisation = TextOption.Choice(
        "--init", "Where the networks start: scaled by a unit's number of inputs, or drawn from the prior.", Defaults.Initialisation,
        ("fan-in", Initialisation.FanIn), ("prior", Initialisation.Prior));

    private readonly TextOption<InferenceMethod> _method = TextOption.Choice(
        "--method", "Stein variational gradient descent; the same networks without interaction; or one plain network that knows no uncertainty.",
        Defaults.Method, ("svgd", InferenceMethod.Svgd), ("independent", InferenceMethod.IndependentParticles),
        ("deterministic", InferenceMethod.Deterministic));

    private readonly TextOption<BandwidthRule> _bandwidth = TextOption.Choice(
        "--bandwidth", "How the width of the Stein kernel follows from the networks' distances: squared median distance, or Liu and Wang's code.",
        Defaults.Bandwidth, ("median", BandwidthRule.MedianDistance), ("liu-wang", BandwidthRule.LiuWang));

    private readonly TextOption<int> _seed = TextOption.Whole(
        "--seed", "Decides the held-out rows, the batches and where the networks start: the same seed gives the same model.", Defaults.Seed, int.MinValue);

    public static TextOption<Activation> Activations(string description, Activation defaultValue) => TextOption.Choice(
        "--activation", description, defaultValue, [.. Enum.GetValues<Activation>().Select(value => (value.ToString().ToLowerInvariant(), value))]);

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
        {
            _hidden, _activation, _particles, _iterations, _batch, _heldOut, _patience, _step, _noise, _weightPrecision, _initialisation, _method,
            _bandwidth, _seed,
        })
        {
            command.Add(option);
        }

        command.Validators.Add(RequireOneDeterministicParticle);
    }

    public TrainingOptions Read(ParseResult parse)
    {
        InferenceMethod method = _method.Of(parse);
        int batch = _batch.Of(parse);
        return new TrainingOptions
        {
            Hidden = _hidden.Of(parse)!,
            Activation = _activation.Of(parse),
            Particles = method == InferenceMethod.Deterministic ? 1 : _particles.Of(parse),
            Iterations = _iterations.Of(parse),
            BatchRows = batch == 0 ? null : batch,
            HeldOutShare = _heldOut.Of(parse),
            Patience = _patience.Of(parse),
            Adam = Defaults.Adam with { StepSize = _step.Of(parse) },
            Noise = _noise.Of(parse),
            WeightPrecision = _weightPrecision.Of(parse),
            Initialisation = _initialisation.Of(parse),
            Method = method,
            Bandwidth = _bandwidth.Of(parse),
            Seed = _seed.Of(parse),
        };
    }

    private void RequireOneDeterministicParticle(CommandResult command)
    {
        string? particles = command.GetValue(_particles);
        if (command.GetResult(_particles) is { Implicit: false } && particles != "1" && command.GetValue(_method) == "deterministic")
        {
            command.AddError($"--particles is \"{particles}\"; with --method deterministic it must be 1, or be left out.");
        }
    }
}
