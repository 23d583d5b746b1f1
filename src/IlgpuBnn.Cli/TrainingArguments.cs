using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary>The options of <c>ilgpubnn train</c> that become <see cref="TrainingOptions"/>, with its defaults.</summary>
/// <param name="classes">The option that gives labels in place of numbers; null where the command has none.</param>
/// <param name="window">The option that makes inputs windows of series.</param>
internal sealed class TrainingArguments(Option? classes, TextOption<int> window)
{
    private static readonly TrainingOptions Defaults = new();

    private readonly MethodArguments _method = new();

    private readonly ConstraintArguments _constraints = new();

    private readonly TextOption<int[]> _hiddenUnits =
        TextOption.Layers("--hidden-units", "Units of the hidden layers, separated by commas; none for a linear model. Where it is not given and output layers are solved for, the last one has a unit for every 10 rows, 10 to 50.", Defaults.HiddenUnits);

    private readonly TextOption<Activation> _activation = Activations("Activation of the hidden layers.", Defaults.Activation);

    private readonly TextOption<Activation?> _lastActivation = TextOption.Choice(
        "--last-activation", "Activation of the last hidden layer, if another; tanh allows abrupt changes.", Defaults.LastActivation,
        [("same", null), .. ActivationWords.Select(choice => (choice.Word, (Activation?)choice.Value))]);

    private readonly TextOption<bool> _skipConnection = TextOption.YesNo(
        "--skip-connection", "Whether inputs also connect linearly to the outputs, so that hidden layers only learn the rest.", Defaults.SkipConnection);

    private readonly Option<string> _network = new("--network")
    {
        Description = "The hidden layers, in quotes, for what the four options above cannot say: \"dense(20,silu) dense(50,tanh) skip\", or linear. Layers: dense(units,activation); "
            + "skip, a linear connection of the inputs to the next layer; first, where targets vary fast, fourier(frequencies,kappa=1), fixed random sines and cosines of the inputs, or "
            + "sine(units,kappa=1), trained ones; kappa=auto lets out-of-fold rows choose. Series: lstm(units) or gru(units), with --window. Images: field(channels,rows,columns) says that inputs, or last, targets are one; between "
            + "them conv2d(filters,size,padding,activation), pool(size), resize(times); field(channels,positions) and conv1d for lines.",
        HelpName = "layers",
    };

    private readonly TextOption<int> _maxIterations = TextOption.Whole(
        "--max-iterations",
        "Maximum number of iterations, one batch each. Default: as long as the out-of-fold score improves (anchored), 4000 (others).", null);

    private readonly TextOption<int> _batchSize = TextOption.Whole(
        "--batch-size", "Approximate rows per batch. Default: all rows up to 320, otherwise 256 (anchored); all up to 1000, otherwise 750 (others).", null);

    private readonly TextOption<double> _stepSize = TextOption.Positive(
        "--step-size", "Step size; lower it if training diverges. Default: 0.02 (anchored), 0.01 (others); with momentum it depends on the method and its noise (docs/maths.md).", null);

    private readonly TextOption<bool> _descends = TextOption.Choice(
        "--optimizer", "Adam, or gradient descent with momentum (0.9), whose step size must suit the table.", false, ("adam", false), ("momentum", true));

    private readonly TextOption<NoisePrecision> _noisePrecision = TextOption.Choice(
        "--noise-precision", "One noise precision for all targets, or one per target.", NoisePrecision.PerOutput,
        ("shared", NoisePrecision.Shared), ("per-output", NoisePrecision.PerOutput));

    private readonly TextOption<int> _degreesOfFreedom = TextOption.Whole(
        "--degrees-of-freedom",
        "Train with Student's t noise with this many degrees of freedom, such as 4, where there are outliers. Default: Gaussian noise.", null);

    private readonly TextOption<ClassWeights> _classWeights = TextOption.Choice(
        "--class-weights", "Of --classes: balanced counts rows of rare classes for more, so that all classes together weigh the same; probabilities are then those of such a table.",
        Defaults.ClassWeights, ("none", ClassWeights.None), ("balanced", ClassWeights.Balanced));

    private readonly TextOption<int> _seed = TextOption.Whole(
        "--seed", "Seed of folds, validation rows, batches and initial networks. The same seed on the same device gives the same model; "
            + "processors with other vector instructions (AVX-512, AVX2) round differently.",
        Defaults.Seed, int.MinValue);

    private readonly Option<string[]> _transforms = CommonOptions.Columns(
        "--transform",
        "Targets to learn on another scale, as name:scale, where the scale is log, sqrt, logit, yeo-johnson or none; predictions stay in the target's own unit. "
            + "Of other targets, see --select-encodings.");

    private readonly Option<string[]> _logInputs = CommonOptions.Columns("--log-inputs", "Inputs whose logarithm is used: positive ones, over decades.");

    private readonly Option<string[]> _categories = CommonOptions.Columns(
        "--categories", "Inputs whose numbers only name a category, such as a climate model from 0 to 3. Where some cells are texts, numbers are texts too.");

    private readonly TextOption<bool> _selectEncodings = TextOption.YesNo(
        "--select-encodings",
        "Whether out-of-fold rows may choose a transform for a skewed target, a logarithm for an input over decades, and levels for an input of few whole numbers.",
        Defaults.SelectEncodings);

    private readonly TextOption<PrincipalComponents?> _components = new(
        "--components",
        "Learn principal components of the targets instead of hundreds or thousands that vary together, such as the cells of a map: auto for as many as predict out-of-fold "
            + "rows best, or their number. Targets must not be missing.",
        "none", "none, auto, or a whole number, at least 1", TryReadComponents)
    {
        HelpName = "none|auto|n",
    };

    private readonly Option<string[]> _apart = CommonOptions.Columns(
        "--apart",
        "Targets that get a network of their own, of half as many units a layer, beside the one of all targets: those of which few inputs matter each, and different ones. auto "
            + "lets out-of-fold rows choose; none, or all. Default: auto.");

    private static readonly (string Word, TransformKind Kind)[] _transformKinds =
    [
        ("none", TransformKind.None), ("log", TransformKind.Log), ("sqrt", TransformKind.SquareRoot), ("logit", TransformKind.Logit),
        ("yeo-johnson", TransformKind.YeoJohnson),
    ];

    private static (string Word, Activation Value)[] ActivationWords =>
        [.. Enum.GetValues<Activation>().Select(value => (value.ToString().ToLowerInvariant(), value))];

    public static TextOption<Activation> Activations(string description, Activation defaultValue) =>
        TextOption.Choice("--activation", description, defaultValue, ActivationWords);

    /// <summary>The most common options.</summary>
    public IEnumerable<Option> Common => [_method.Method, _hiddenUnits, _activation, _method.Particles, _maxIterations, _seed];

    /// <summary>All others, by subject.</summary>
    public IEnumerable<(string Title, IReadOnlyList<Option> Options)> Groups =>
    [
        ("Columns", [_transforms, _logInputs, _categories, _selectEncodings, _components, .. classes is null ? [] : (Option[])[_classWeights]]),
        ("Network and noise", [_lastActivation, _skipConnection, _network, _apart, _noisePrecision, _degreesOfFreedom]),
        ("Constraints: what is known beside the rows", _constraints.Options),
        ("Optimiser", [_batchSize, _descends, _stepSize]),
        .. _method.Groups,
    ];

    /// <param name="others">Options of the command beside which the last activation is not selected.</param>
    public void AddChecks(Command command, params Option[] others)
    {
        if (classes is not null)
        {
            command.Validators.Add(result => RefuseOfNumbers(result, classes));
        }

        command.Validators.Add(_method.RefuseForeign);
        command.Validators.Add(result => _method.RefuseSelectionBeside(result, _maxIterations, [_lastActivation, _network, .. others]));
        command.Validators.Add(result => RefuseNetwork(result, others));
        command.Validators.Add(RefuseNoiseOfDeterministic);
        command.Validators.Add(result =>
        {
            if (TextOption.IsGiven(result, window) && TextOption.IsGiven(result, _categories))
            {
                result.AddError($"{_categories.Name} has no effect with {window.Name}: inputs of windows are numbers. Leave out one of the two.");
            }
        });
        command.Validators.Add(result =>
        {
            if (_method.Method.TextOf(result) != "anchored" && _components.TextOf(result) != "none")
            {
                result.AddError("--components needs the out-of-fold rows of --method anchored. Leave it out, or change the method.");
            }
        });
        command.Validators.Add(result =>
        {
            string[] given = result.GetValue(_transforms) ?? [];
            if (given.CountBy(text => text.Split(':')[0]).Any(own => own.Value > 1))
            {
                result.AddError("--transform names a target twice. Name it once.");
            }

            foreach (string text in given)
            {
                if (KindOf(text) is null)
                {
                    result.AddError($"--transform is \"{text}\"; it must be a target and its scale, such as {text.Split(':')[0]}:log. The scales are "
                        + $"{string.Join(", ", _transformKinds.Select(own => own.Word))}.");
                }
            }
        });
    }

    /// <summary>Refuses what all networks together would decide.</summary>
    /// <param name="shard">The option that asks for a part of them.</param>
    public void RefuseBesideShard(CommandResult result, string shard, TextOption<double> search)
    {
        if (_method.Method.TextOf(result) != "anchored")
        {
            result.AddError($"{shard} is for --method anchored, whose networks know nothing of each other; those of others move or stop together. Leave it out, or change the method.");
        }
        else if (!TextOption.IsGiven(result, _maxIterations))
        {
            result.AddError(
                $"{shard} needs {_maxIterations.Name}: all networks together would otherwise decide how long to train. Give it, such as the iteration kept by a training of fewer networks.");
        }

        if (search.TextOf(result) != "0")
        {
            result.AddError($"{shard} and {search.Name} are both given, and a search compares whole ensembles. Leave out one of the two.");
        }
    }

    /// <summary>As given: they also say how a table is read.</summary>
    public string[] CategoriesOf(ParseResult parse) => parse.GetValue(_categories) ?? [];

    /// <summary>Whether networks need windows that say which steps there are.</summary>
    public bool AreStepsMarked(ParseResult parse) => parse.GetValue(_network) is { } network && SeriesLayers.AreMarked(NetworkDescription.Layers(network));

    /// <param name="columns">Of the table.</param>
    /// <exception cref="DataException">A name is no column's.</exception>
    public TrainingOptions Read(ParseResult parse, IReadOnlyList<string> columns, Dataset data)
    {
        var roles = new ColumnRoles(data, columns);

        NoisePrecision noise = _noisePrecision.Of(parse);
        return new TrainingOptions
        {
            Layers = parse.GetValue(_network) is not { } network ? null
                : data.Series is { } series ? NetworkDescription.Parse(network, series.Channels, series.Steps) : NetworkDescription.Parse(network),
            HiddenUnits = TextOption.IsGiven(parse.CommandResult, _hiddenUnits) ? _hiddenUnits.Of(parse)! : Defaults.HiddenUnits,
            Activation = _activation.Of(parse),
            LastActivation = _lastActivation.Of(parse),
            SkipConnection = _skipConnection.Of(parse),
            Likelihood = _degreesOfFreedom.OrNull(parse) is { } degrees ? new StudentTLikelihood(degrees, noise) : noise == NoisePrecision.Shared ? new GaussianLikelihood(noise) : null,
            Method = _method.Read(parse),
            MaxIterations = _maxIterations.OrNull(parse),
            BatchSize = _batchSize.OrNull(parse),
            Transforms = roles.Transforms((parse.GetValue(_transforms) ?? []).Select(text => (text[..text.LastIndexOf(':')], KindOf(text)!.Value))),
            LogInputs = roles.Inputs(_logInputs.Name, parse.GetValue(_logInputs) ?? [], ofNumbers: true),
            Categories = roles.Inputs(_categories.Name, CategoriesOf(parse), ofNumbers: false),
            SelectEncodings = _selectEncodings.Of(parse),
            Components = _components.Of(parse),
            ApartTargets = parse.GetValue(_apart) switch
            {
                null or [] or ["auto"] => null,
                ["none"] => [],
                ["all"] => data.TargetNames,
                { } names => roles.Targets(_apart.Name, names),
            },
            ClassWeights = _classWeights.Of(parse),
            Constraints = _constraints.Read(parse, roles, data),
            Adam = Defaults.Adam with { StepSize = _descends.Of(parse) ? null : _stepSize.OrNull(parse) },
            GradientDescent = _descends.Of(parse) ? new GradientDescent(_stepSize.OrNull(parse)) : null,
            Seed = _seed.Of(parse),
        };
    }

    /// <summary>Null where the text is not a name and a scale.</summary>
    private static TransformKind? KindOf(string text) => _transformKinds.Where(own => text.Length > own.Word.Length + 1 && text.EndsWith($":{own.Word}", StringComparison.Ordinal))
        .Select(own => (TransformKind?)own.Kind).FirstOrDefault();

    private static bool TryReadComponents(string text, out PrincipalComponents? value)
    {
        bool isCount = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= 1;
        value = isCount ? new PrincipalComponents(count) : text == "auto" ? new PrincipalComponents() : null;
        return isCount || text is "none" or "auto";
    }

    private void RefuseNetwork(CommandResult command, Option[] others)
    {
        if (command.GetValue(_network) is not { } text)
        {
            return;
        }

        foreach (Option other in (Option[])[_hiddenUnits, _activation, _lastActivation, _skipConnection, _apart, .. others])
        {
            if (TextOption.IsGiven(command, other))
            {
                command.AddError($"{_network.Name} says what the network is, and {other.Name} has no effect with it. Leave out one of the two.");
            }
        }

        try
        {
            // How many channels there are is known with the table.
            _ = TextOption.IsGiven(command, window) ? NetworkDescription.Parse(text, 2, window.TextOf(command) is { } steps && int.TryParse(steps, out int known) && known > 0 ? known : 1)
                : NetworkDescription.Parse(text);
        }
        catch (FormatException problem)
        {
            command.AddError($"{_network.Name} is \"{text}\": {problem.Message}");
        }
    }

    private void RefuseOfNumbers(CommandResult command, Option classes)
    {
        bool isOfClasses = command.GetResult(classes) is not null;
        foreach (Option option in isOfClasses ? [_transforms, _components, _apart, _noisePrecision, _degreesOfFreedom, .. _constraints.Options, .. _method.OfNumbers] : new Option[] { _classWeights })
        {
            if (TextOption.IsGiven(command, option))
            {
                command.AddError($"{option.Name} has no effect {(isOfClasses ? "with" : "without")} {classes.Name}. Leave it out.");
            }
        }
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
