using System.CommandLine;
using System.CommandLine.Parsing;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary>The options of <c>ilgpubnn train</c> that become <see cref="TrainingOptions"/>, with its defaults.</summary>
internal sealed class TrainingArguments
{
    private static readonly TrainingOptions Defaults = new();

    private readonly MethodArguments _method = new();

    private readonly TextOption<int[]> _hiddenUnits =
        TextOption.Layers("--hidden-units", "Units of the hidden layers, separated by commas; none for a linear model.", Defaults.HiddenUnits);

    private readonly TextOption<Activation> _activation = Activations("Activation of the hidden layers.", Defaults.Activation);

    private readonly TextOption<Activation?> _lastActivation = TextOption.Choice(
        "--last-activation", "Activation of the last hidden layer, if another; tanh allows abrupt changes.", Defaults.LastActivation,
        [("same", null), .. ActivationWords.Select(choice => (choice.Word, (Activation?)choice.Value))]);

    private readonly TextOption<bool> _skipConnection = TextOption.YesNo(
        "--skip-connection", "Whether inputs also connect linearly to the outputs, so that hidden layers only learn the rest.", Defaults.SkipConnection);

    private readonly TextOption<int> _maxIterations = TextOption.Whole(
        "--max-iterations",
        "Maximum number of iterations, one batch each. Default: as long as the out-of-fold score improves (anchored), 4000 (others).", null);

    private readonly TextOption<int> _batchSize = TextOption.Whole(
        "--batch-size", "Approximate rows per batch. Default: all rows up to 320, otherwise 256 (anchored); all up to 1000, otherwise 750 (others).", null);

    private readonly TextOption<double> _stepSize = TextOption.Positive(
        "--step-size", "Step size of Adam; lower it if training diverges. Default: 0.02 (anchored), 0.01 (others).", null);

    private readonly TextOption<NoisePrecision> _noisePrecision = TextOption.Choice(
        "--noise-precision", "One noise precision for all targets, or one per target.", NoisePrecision.PerOutput,
        ("shared", NoisePrecision.Shared), ("per-output", NoisePrecision.PerOutput));

    private readonly TextOption<int> _degreesOfFreedom = TextOption.Whole(
        "--degrees-of-freedom",
        "Train with Student's t noise with this many degrees of freedom, such as 4, where there are outliers. Default: Gaussian noise.", null);

    private readonly TextOption<int> _seed = TextOption.Whole(
        "--seed", "Seed of folds, validation rows, batches and initial networks. The same seed on the same device gives the same model.",
        Defaults.Seed, int.MinValue);

    private static (string Word, Activation Value)[] ActivationWords =>
        [.. Enum.GetValues<Activation>().Select(value => (value.ToString().ToLowerInvariant(), value))];

    public static TextOption<Activation> Activations(string description, Activation defaultValue) =>
        TextOption.Choice("--activation", description, defaultValue, ActivationWords);

    /// <summary>The most common options.</summary>
    public IEnumerable<Option> Common => [_method.Method, _hiddenUnits, _activation, _method.Particles, _maxIterations, _seed];

    /// <summary>All others, by subject.</summary>
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
                command.AddError($"{option.Name} has no effect with --method deterministic, which has no noise. Leave it out, or change the method.");
            }
        }
    }
}
