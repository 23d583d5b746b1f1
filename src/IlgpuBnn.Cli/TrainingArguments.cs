using System.CommandLine;
using System.CommandLine.Parsing;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary>The options of <c>ilgpubnn train</c> that become <see cref="TrainingOptions"/>, whose defaults they show.</summary>
internal sealed class TrainingArguments
{
    private static readonly TrainingOptions Defaults = new();

    private readonly MethodArguments _method = new();

    private readonly TextOption<int[]> _hiddenUnits =
        TextOption.Layers("--hidden-units", "Units of the hidden layers, with commas between them; none for a linear model.", Defaults.HiddenUnits);

    private readonly TextOption<Activation> _activation = Activations("Activation of the hidden layers.", Defaults.Activation);

    private readonly TextOption<Activation?> _lastActivation = TextOption.Choice(
        "--last-activation", "Activation of the last hidden layer, if not the same; tanh lets predictions change abruptly.", Defaults.LastActivation,
        [("same", null), .. ActivationWords.Select(choice => (choice.Word, (Activation?)choice.Value))]);

    private readonly TextOption<bool> _skipConnection = TextOption.YesNo(
        "--skip-connection", "Whether outputs also read the inputs directly: hidden layers then only learn what is not linear.", Defaults.SkipConnection);

    private readonly TextOption<int> _maxIterations = TextOption.Whole("--max-iterations",
        "Most iterations, each over one batch. Without it as many as help an anchored ensemble's out-of-fold rows, and 4000 of the other methods.", null);

    private readonly TextOption<int> _batchSize = TextOption.Whole(
        "--batch-size",
        "About how many rows a batch has. Without it all up to 320 and 256 of more of an anchored ensemble; up to 1000 and 750 of the other methods.", null);

    private readonly TextOption<double> _stepSize = TextOption.Positive(
        "--step-size", "Step size of Adam; lower it where training diverges. Without it 0.02 of an anchored ensemble, and 0.01 of the other methods.", null);

    private readonly TextOption<NoisePrecision> _noisePrecision = TextOption.Choice(
        "--noise-precision", "Noise: one for all targets, or one per target.", NoisePrecision.PerOutput,
        ("shared", NoisePrecision.Shared), ("per-output", NoisePrecision.PerOutput));

    private readonly TextOption<int> _degreesOfFreedom = TextOption.Whole(
        "--degrees-of-freedom",
        "Train with Student's t noise of so many degrees of freedom, such as 4: a few measurements may then lie far off. Without it Gaussian noise.", null);

    private readonly TextOption<int> _seed = TextOption.Whole(
        "--seed", "Decides folds and validation rows, batches and where networks start. The same seed on the same device gives the same model.",
        Defaults.Seed, int.MinValue);

    private static (string Word, Activation Value)[] ActivationWords =>
        [.. Enum.GetValues<Activation>().Select(value => (value.ToString().ToLowerInvariant(), value))];

    public static TextOption<Activation> Activations(string description, Activation defaultValue) =>
        TextOption.Choice("--activation", description, defaultValue, ActivationWords);

    /// <summary>Those that people use first.</summary>
    public IEnumerable<Option> Common => [_method.Method, _hiddenUnits, _activation, _method.Particles, _maxIterations, _seed];

    /// <summary>All others, by what they belong to.</summary>
    public IEnumerable<(string Title, IReadOnlyList<Option> Options)> Groups =>
    [
        ("Network and noise", [_lastActivation, _skipConnection, _noisePrecision, _degreesOfFreedom]),
        ("Optimiser", [_batchSize, _stepSize]),
        .. _method.Groups,
    ];

    public void AddChecks(Command command, Option search)
    {
        command.Validators.Add(_method.RefuseForeign);
        command.Validators.Add(result => _method.RefuseSelectionBeside(result, _maxIterations, _lastActivation, search));
        command.Validators.Add(RefuseNoiseOfDeterministic);
    }

    public TrainingOptions Read(ParseResult parse)
    {
        NoisePrecision noise = _noisePrecision.Of(parse);
        return new TrainingOptions
        {
            HiddenUnits = _hiddenUnits.Of(parse)!,
            Activation = _activation.Of(parse),
            LastActivation = _lastActivation.Of(parse),
            SkipConnection = _skipConnection.Of(parse),
            Likelihood = _degreesOfFreedom.OrNull(parse) is { } degrees ? new StudentTLikelihood(degrees, noise) : noise == NoisePrecision.Shared ? new GaussianLikelihood(noise) : null,
            Method = _method.Read(parse),
            MaxIterations = _maxIterations.OrNull(parse),
            BatchSize = _batchSize.OrNull(parse),
            Adam = Defaults.Adam with { StepSize = _stepSize.OrNull(parse) },
            Seed = _seed.Of(parse),
        };
    }

    private void RefuseNoiseOfDeterministic(CommandResult command)
    {
        foreach (Option option in new Option[] { _noisePrecision, _degreesOfFreedom })
        {
            if (_method.Method.TextOf(command) == "deterministic" && TextOption.IsGiven(command, option))
            {
                command.AddError($"{option.Name} has no effect with --method deterministic, which knows no noise. Leave it out, or change the method.");
            }
        }
    }
}
