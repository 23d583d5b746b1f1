using System.CommandLine;
using System.CommandLine.Parsing;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;

namespace IlgpuBnn.Cli;

/// <summary>The options of <c>ilgpubnn train</c> that become <see cref="TrainingOptions"/>, whose defaults they show.</summary>
internal sealed class TrainingArguments
{
    private static readonly TrainingOptions Defaults = new();

    private static (string Word, Activation Value)[] ActivationWords =>
        [.. Enum.GetValues<Activation>().Select(value => (value.ToString().ToLowerInvariant(), value))];

    private readonly TextOption<int[]> _hidden =
        TextOption.Layers("--hidden", "Units of the hidden layers, with commas between them; none for a linear model.", Defaults.Hidden);

    private readonly TextOption<Activation> _activation = Activations("What a hidden unit does to its weighted sum.", Defaults.Activation);

    private readonly TextOption<Activation?> _lastActivation = TextOption.Choice(
        "--last-activation", "What a unit of the last hidden layer does, if not the same; tanh lets predictions change abruptly.", Defaults.LastActivation,
        [("same", null), .. ActivationWords.Select(choice => (choice.Word, (Activation?)choice.Value))]);

    private readonly TextOption<bool> _sharper = TextOption.Choice(
        "--sharper",
        "Whether an anchored ensemble that learnt until its last rounds is trained again with tanh in its last hidden layer; rows left out say which is kept.",
        Defaults.SharperNetworks, ("yes", true), ("no", false));

    private readonly TextOption<bool> _linearPath = TextOption.Choice(
        "--linear-path", "Whether outputs also read the inputs directly: hidden units then only learn what is not linear.", Defaults.LinearPath,
        ("yes", true), ("no", false));

    private readonly TextOption<int> _particles = TextOption.Whole(
        "--particles", "Networks in the ensemble: more say better how unsure they are, and take as much longer. A deterministic model has 1.",
        Defaults.Particles);

    private readonly TextOption<int> _iterations = TextOption.Whole("--iterations",
        "Most iterations, each over one batch. Without it as many as make the rows that an anchored ensemble leaves out likelier, and 4000 of the other methods.",
        Defaults.Iterations);

    private readonly TextOption<int> _batch =
        TextOption.Whole("--batch", "About how many rows a batch has. Without it all rows up to 320 and 256 of more of an anchored ensemble; up to 1000 and 750 of the other methods.", Defaults.BatchRows);

    private readonly TextOption<int> _folds = TextOption.Whole(
        "--folds", "Folds of the rows; each network of an anchored ensemble leaves one out, and is judged by it. 0 for none.", Defaults.Folds, 0);

    private readonly TextOption<double> _weightScale = TextOption.Real(
        "--weight-scale", "Of an anchored ensemble: how large weights are thought to be; larger for rougher functions.",
        Defaults.Anchors.WeightScale, "above 0", value => value > 0 && double.IsFinite(value));

    private readonly TextOption<double> _inputScaleSpread = TextOption.Real(
        "--input-scale-spread", "Of an anchored ensemble: how much inputs are thought to differ in what they do.",
        Defaults.Anchors.InputScaleSpread, "above 0", value => value > 0 && double.IsFinite(value));

    private readonly TextOption<double> _targetNoise = TextOption.Real(
        "--target-noise", "Of an anchored ensemble: the noise that networks are trained with, in standard deviations of a target.",
        Defaults.Anchors.TargetNoise, "above 0", value => value > 0 && double.IsFinite(value));

    private readonly TextOption<bool> _heteroscedastic = TextOption.Choice(
        "--heteroscedastic", "Of an anchored ensemble: whether the noise may grow or shrink with the predicted value, as rows left out show it.",
        Defaults.HeteroscedasticNoise, ("yes", true), ("no", false));

    private readonly TextOption<bool> _limits = TextOption.Choice(
        "--limits", "Of an anchored ensemble: whether a target's predictions may be found to end where its rows do, as rows left out show it.",
        Defaults.LearnLimits, ("yes", true), ("no", false));

    private readonly TextOption<double> _heldOut = TextOption.Real(
        "--holdout", $"Share of the rows that is held out to tell when to stop, except by an anchored ensemble; fewer than {TrainingOptions.SmallestHeldOut} rows are not.",
        Defaults.HeldOutShare, "of at least 0 and below 1", value => value is >= 0 and < 1);

    private readonly TextOption<int> _patience = TextOption.Whole(
        "--patience", "Iterations without a better held-out score after which training stops.", Defaults.Patience);

    private readonly TextOption<double> _step = TextOption.Real(
        "--step", "Step size of the Adam optimiser; lower it where training diverges. Without it 0.02 of an anchored ensemble, and 0.01 of the other methods.",
        Defaults.Adam.StepSize, "above 0",
        value => value > 0 && double.IsFinite(value));

    private readonly TextOption<NoisePrecision> _noise = TextOption.Choice(
        "--noise", "Noise that is learned: one for all targets, or one per target.", Defaults.Noise,
        ("shared", NoisePrecision.Shared), ("per-output", NoisePrecision.PerOutput));

    private readonly TextOption<int> _degreesOfFreedom = TextOption.Whole(
        "--degrees-of-freedom",
        "Train with Student's t noise of so many degrees of freedom, such as 4: a few measurements may lie far off. Without it Gaussian noise, which fits every row.",
        null);

    private readonly TextOption<WeightPrecision> _weightPrecision = TextOption.Choice(
        "--weight-precision", "Precision of the weights' prior that is learned: one for all, or one per layer.", Defaults.WeightPrecision,
        ("shared", WeightPrecision.Shared), ("per-layer", WeightPrecision.PerLayer));

    private readonly TextOption<Initialisation> _initialisation = TextOption.Choice(
        "--init", "Where the networks start: scaled by a unit's number of inputs; the same, with precisions as in Liu and Wang's code; or drawn from the prior.",
        Defaults.Initialisation, ("fan-in", Initialisation.FanIn), ("liu-wang", Initialisation.LiuWang), ("prior", Initialisation.Prior));

    private readonly TextOption<InferenceMethod> _method = TextOption.Choice(
        "--method",
        "An anchored ensemble; Stein variational gradient descent; its networks without interaction; or one plain network that knows no uncertainty.",
        Defaults.Method, ("anchored", InferenceMethod.AnchoredEnsemble), ("svgd", InferenceMethod.Svgd), ("independent", InferenceMethod.IndependentParticles),
        ("deterministic", InferenceMethod.Deterministic));

    private readonly TextOption<BandwidthRule> _bandwidth = TextOption.Choice(
        "--bandwidth", "How the width of the Stein kernel follows from the networks' distances: squared median distance, or Liu and Wang's code.",
        Defaults.Bandwidth, ("median", BandwidthRule.MedianDistance), ("liu-wang", BandwidthRule.LiuWang));

    private readonly TextOption<SteinKernel> _steinKernel = TextOption.Choice(
        "--stein-kernel", "How networks trained with svgd act on each other: far ones hardly, or still.", Defaults.SteinKernel,
        ("gaussian", SteinKernel.Gaussian), ("inverse-multiquadric", SteinKernel.InverseMultiquadric));

    private readonly TextOption<int> _anneal = TextOption.Whole(
        "--anneal", "Of svgd: how often, in the first half of the training, the data start from no weight at all, so that networks spread first. 0 for never.",
        Defaults.Annealing.Cycles, 0);

    private readonly TextOption<int> _seed = TextOption.Whole(
        "--seed", "Decides folds and held-out rows, the batches and where the networks start: the same seed gives the same model.", Defaults.Seed, int.MinValue);

    public static TextOption<Activation> Activations(string description, Activation defaultValue) =>
        TextOption.Choice("--activation", description, defaultValue, ActivationWords);

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[]
        {
            _method, _hidden, _activation, _lastActivation, _sharper, _linearPath, _particles, _iterations, _batch, _step, _folds, _weightScale, _inputScaleSpread, _targetNoise,
            _heteroscedastic, _limits, _heldOut, _patience, _noise, _degreesOfFreedom, _weightPrecision, _initialisation, _bandwidth, _steinKernel, _anneal, _seed,
        })
        {
            command.Add(option);
        }

        command.Validators.Add(RequireOneDeterministicParticle);
        command.Validators.Add(RefuseWhatTheMethodDoesNotKnow);
        command.Validators.Add(RefuseSharperWhereThereIsOneTraining);
    }

    public TrainingOptions Read(ParseResult parse)
    {
        InferenceMethod method = _method.Of(parse);
        int batch = _batch.Of(parse), iterations = _iterations.Of(parse), degrees = _degreesOfFreedom.Of(parse);
        return new TrainingOptions
        {
            Hidden = _hidden.Of(parse)!,
            Activation = _activation.Of(parse),
            LastActivation = _lastActivation.Of(parse),
            SharperNetworks = _sharper.Of(parse),
            Particles = method == InferenceMethod.Deterministic ? 1 : _particles.Of(parse),
            LinearPath = _linearPath.Of(parse),
            Folds = _folds.Of(parse),
            Anchors = new AnchoredPrior(_weightScale.Of(parse), _inputScaleSpread.Of(parse), _targetNoise.Of(parse)),
            Iterations = iterations == 0 ? null : iterations,
            BatchRows = batch == 0 ? null : batch,
            HeteroscedasticNoise = _heteroscedastic.Of(parse),
            LearnLimits = _limits.Of(parse),
            HeldOutShare = _heldOut.Of(parse),
            Patience = _patience.Of(parse),
            Adam = Defaults.Adam with { StepSize = parse.GetValue(_step) is null ? null : _step.Of(parse) },
            Noise = _noise.Of(parse),
            DegreesOfFreedom = degrees == 0 ? null : degrees,
            WeightPrecision = _weightPrecision.Of(parse),
            Initialisation = _initialisation.Of(parse),
            Method = method,
            Bandwidth = _bandwidth.Of(parse),
            SteinKernel = _steinKernel.Of(parse),
            Annealing = Defaults.Annealing with { Cycles = _anneal.Of(parse) },
            Seed = _seed.Of(parse),
        };
    }

    /// <summary>An option without effect would only seem to have been tried.</summary>
    private void RefuseWhatTheMethodDoesNotKnow(CommandResult command)
    {
        string method = IsGiven(command, _method) ? command.GetValue(_method)! : "anchored";
        Option[] ofAnchored = [_sharper, _folds, _weightScale, _inputScaleSpread, _targetNoise, _heteroscedastic, _limits];
        Option[] ofSvgd = [_steinKernel, _anneal];
        (Option[] Options, string Methods)[] unknown = method switch
        {
            "svgd" => [(ofAnchored, "anchored")],
            "anchored" => [([_heldOut, _patience, _weightPrecision, _initialisation, _bandwidth], "svgd, independent or deterministic"), (ofSvgd, "svgd")],
            "deterministic" => [(ofAnchored, "anchored"), (ofSvgd, "svgd"), ([_degreesOfFreedom], "anchored, svgd or independent")],
            _ => [(ofAnchored, "anchored"), (ofSvgd, "svgd")],
        };
        foreach ((Option option, string those) in unknown.SelectMany(pair => pair.Options.Select(option => (option, pair.Methods))))
        {
            if (IsGiven(command, option))
            {
                command.AddError($"{option.Name} has no effect with --method {method}: it belongs to --method {those}. Leave it out, or change the method.");
            }
        }
    }

    private void RefuseSharperWhereThereIsOneTraining(CommandResult command)
    {
        foreach (Option option in new Option[] { _iterations, _lastActivation })
        {
            if (IsGiven(command, _sharper) && command.GetValue(_sharper) == "yes" && IsGiven(command, option))
            {
                command.AddError($"--sharper yes has no effect with {option.Name}: there is one training then. Leave out one of the two.");
            }
        }
    }

    /// <summary>A search tries sharper networks by itself.</summary>
    public void RefuseWithSearch(CommandResult command, Option search)
    {
        if (IsGiven(command, search) && IsGiven(command, _sharper))
        {
            command.AddError("--sharper has no effect with --search, which tries tanh units by itself. Leave it out.");
        }
    }

    private static bool IsGiven(CommandResult command, Option option) => command.GetResult(option) is { Implicit: false };

    private void RequireOneDeterministicParticle(CommandResult command)
    {
        string? particles = command.GetValue(_particles);
        if (IsGiven(command, _particles) && particles != "1" && command.GetValue(_method) == "deterministic")
        {
            command.AddError($"--particles is \"{particles}\"; with --method deterministic it must be 1, or be left out.");
        }
    }
}
