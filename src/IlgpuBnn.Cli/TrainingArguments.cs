using System.CommandLine;
using System.CommandLine.Parsing;
using IlgpuBnn.Data;
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

    private readonly Option<string[]> _transforms = CommonOptions.Columns(
        "--transform",
        "Targets to learn on another scale, as name:scale, where the scale is log, sqrt, logit, yeo-johnson or none; predictions stay in the target's own unit. "
            + "Of other targets, see --select-encodings.");

    private readonly Option<string[]> _logInputs = CommonOptions.Columns("--log-inputs", "Inputs whose logarithm is used: positive ones, over decades.");

    private readonly Option<string[]> _categories = CommonOptions.Columns(
        "--categories", "Inputs whose numbers only name a category, such as a climate model from 0 to 3.");

    private readonly TextOption<bool> _selectEncodings = TextOption.YesNo(
        "--select-encodings",
        "Whether out-of-fold rows may choose a transform for a skewed target, a logarithm for an input over decades, and levels for an input of few whole numbers.",
        Defaults.SelectEncodings);

    private static readonly (string Word, TransformKind Kind)[] _transformKinds =
    [
        ("none", TransformKind.None), ("log", TransformKind.Log), ("sqrt", TransformKind.SquareRoot), ("logit", TransformKind.Logit),
        ("yeo-johnson", TransformKind.YeoJohnson),
    ];

    private static (string Word, Activation Value)[] ActivationWords =>
        [.. Enum.GetValues<Activation>().Select(value => (value.ToString().ToLowerInvariant(), value))];

    public static TextOption<Activation> Activations(string description, Activation defaultValue) =>
        TextOption.Choice("--activation", description, defaultValue, ActivationWords);

    /// <summary>Those that people use first.</summary>
    public IEnumerable<Option> Common => [_method.Method, _hiddenUnits, _activation, _method.Particles, _maxIterations, _seed];

    /// <summary>All others, by what they belong to.</summary>
    public IEnumerable<(string Title, IReadOnlyList<Option> Options)> Groups =>
    [
        ("Columns", [_transforms, _logInputs, _categories, _selectEncodings]),
        ("Network and noise", [_lastActivation, _skipConnection, _noisePrecision, _degreesOfFreedom]),
        ("Optimiser", [_batchSize, _stepSize]),
        .. _method.Groups,
    ];

    public void AddChecks(Command command, Option search)
    {
        command.Validators.Add(_method.RefuseForeign);
        command.Validators.Add(result => _method.RefuseSelectionBeside(result, _maxIterations, _lastActivation, search));
        command.Validators.Add(RefuseNoiseOfDeterministic);
        command.Validators.Add(result =>
        {
            foreach (string text in result.GetValue(_transforms) ?? [])
            {
                if (KindOf(text) is null)
                {
                    result.AddError($"--transform is \"{text}\"; it must be a target and its scale, such as {text.Split(':')[0]}:log. The scales are "
                        + $"{string.Join(", ", _transformKinds.Select(own => own.Word))}.");
                }
            }
        });
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
            Transforms = (parse.GetValue(_transforms) ?? []).ToDictionary(text => text[..text.LastIndexOf(':')], text => KindOf(text)!.Value),
            LogInputs = parse.GetValue(_logInputs) ?? [],
            Categories = parse.GetValue(_categories) ?? [],
            SelectEncodings = _selectEncodings.Of(parse),
            Adam = Defaults.Adam with { StepSize = _stepSize.OrNull(parse) },
            Seed = _seed.Of(parse),
        };
    }

    /// <summary>Null where the text is not a name and a scale.</summary>
    private static TransformKind? KindOf(string text) => _transformKinds.Where(own => text.Length > own.Word.Length + 1 && text.EndsWith($":{own.Word}", StringComparison.Ordinal))
        .Select(own => (TransformKind?)own.Kind).FirstOrDefault();

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
