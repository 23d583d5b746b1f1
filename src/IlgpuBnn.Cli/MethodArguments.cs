using System.CommandLine;
using IlgpuBnn.Inference;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Cli;

/// <summary>The options of <c>ilgpubnn train</c> that belong to one or a few methods, with the methods' defaults.</summary>
internal sealed class MethodArguments
{
    private static readonly AnchoredEnsemble Anchored = new();
    private static readonly Svgd Svgd = new();
    private static readonly EarlyStopping Stopping = new();

    private readonly TextOption<int> _particles = TextOption.Whole(
        "--particles", "Networks in the ensemble. More estimate the uncertainty better, in proportionally more time.", Anchored.Particles);

    private readonly TextOption<int> _folds = TextOption.Whole(
        "--folds", "Cross-validation folds; each network is trained without one, on which it is calibrated. 0 for none.", Anchored.Folds, 0);

    private readonly TextOption<bool> _selectLastActivation = TextOption.YesNo(
        "--select-last-activation", "Whether to try tanh in the last hidden layer too where long training helps (the out-of-fold CRPS selects), or to have it where the output layer is solved for and there are 75 rows.",
        Anchored.SelectLastActivation);

    private readonly TextOption<bool> _selectPrior = TextOption.YesNo(
        "--select-prior", "Whether a table that is predicted badly is also tried with smaller weights and more noise, of scale 0.5 and 0.45, and one whose output layer is solved for with less noise, 0.003, and smooth units; out-of-fold rows choose.",
        Anchored.SelectPrior);

    private readonly TextOption<bool> _selectRelevances = TextOption.YesNo(
        "--select-relevances",
        "Whether networks may begin with the inputs' relevances that the evidence of wide networks speaks for; out-of-fold rows choose between these and inputs that are all alike.",
        Anchored.SelectRelevances);

    private readonly TextOption<bool?> _solveOutputLayer = TextOption.Choice(
        "--solve-output-layer",
        "Whether the output layer is solved for in every iteration, with all rows, and the others trained: faster by far for Gaussian noise on 40 to 2000 rows. auto: where it pays.",
        Anchored.SolveOutputLayer, ("auto", (bool?)null), ("yes", true), ("no", false));

    private readonly TextOption<double> _weightScale = TextOption.Positive(
        "--weight-scale", "Scale of the weights' prior; larger for rougher functions.", Anchored.Prior.WeightScale);

    private readonly TextOption<double> _relevanceSd = TextOption.Positive(
        "--relevance-sd", "Prior standard deviation of the inputs' log relevance (ARD); larger where few inputs matter.", Anchored.Prior.RelevanceSd);

    private readonly TextOption<double> _noiseSd = TextOption.Positive(
        "--noise-sd", "Noise in training, in standard deviations of a target; the predicted noise is calibrated afterwards.", Anchored.Prior.NoiseSd);

    private readonly TextOption<bool> _heteroscedastic = TextOption.YesNo(
        "--heteroscedastic", "Whether the noise may vary with the predicted value, as fitted to out-of-fold rows.", Anchored.HeteroscedasticNoise);

    private readonly TextOption<bool> _shrinkage = TextOption.YesNo(
        "--shrinkage", "Whether predictions are drawn to the mean of the training rows where that improves out-of-fold predictions.", Anchored.Shrinkage);

    private readonly TextOption<bool> _bounds = TextOption.YesNo(
        "--bounds", "Whether networks' outputs are clamped to the range of the training targets where that improves out-of-fold predictions.",
        Anchored.OutputBounds);

    private readonly TextOption<double> _validationFraction = TextOption.Real(
        "--validation-fraction", $"Fraction of the rows held out for early stopping; none if these are fewer than {EarlyStopping.SmallestValidation}.",
        Stopping.ValidationFraction, "of at least 0 and below 1", value => value is >= 0 and < 1);

    private readonly TextOption<int> _patience = TextOption.Whole(
        "--patience", "Iterations without a better validation score before training stops.", Stopping.Patience);

    private readonly TextOption<WeightPrecision> _weightPrecision = TextOption.Choice(
        "--weight-precision", "Learned precision of the weights' prior: one for all layers, or one per layer.", Svgd.Prior.WeightPrecision,
        ("shared", WeightPrecision.Shared), ("per-layer", WeightPrecision.PerLayer));

    private readonly TextOption<Initialisation> _initialisation = TextOption.Choice(
        "--initialisation", "Initial networks: scaled by fan-in; the same with precisions as in Liu and Wang's code; or drawn from the prior.",
        Svgd.Initialisation, ("fan-in", Initialisation.FanIn), ("liu-wang", Initialisation.LiuWang), ("prior", Initialisation.Prior));

    private readonly TextOption<BandwidthRule> _bandwidth = TextOption.Choice(
        "--bandwidth", "Bandwidth of the Stein kernel: median distance, or as in Liu and Wang's code.", Svgd.Bandwidth,
        ("median", BandwidthRule.MedianDistance), ("liu-wang", BandwidthRule.LiuWang));

    private readonly TextOption<SteinKernel> _steinKernel = TextOption.Choice(
        "--stein-kernel", "Stein kernel; with inverse-multiquadric distant networks still repel each other.", Svgd.Kernel,
        ("gaussian", SteinKernel.Gaussian), ("inverse-multiquadric", SteinKernel.InverseMultiquadric));

    private readonly TextOption<int> _annealingCycles = TextOption.Whole(
        "--annealing-cycles", "Annealing cycles in the first half of training: gradients rise from zero weight, so that networks spread first. 0 for none.",
        Svgd.Annealing.Cycles, 0);

    private readonly (string Name, Option[] Options, Func<ParseResult, InferenceMethod> Read)[] _methods;

    public MethodArguments()
    {
        Option[] hierarchical = [_particles, _validationFraction, _patience, _weightPrecision, _initialisation];
        _methods =
        [
            ("anchored", [_particles, _folds, _selectLastActivation, _selectPrior, _selectRelevances, _solveOutputLayer, _weightScale, _relevanceSd, _noiseSd, _heteroscedastic, _bounds, _shrinkage], ReadAnchored),
            ("svgd", [.. hierarchical, _bandwidth, _steinKernel, _annealingCycles], ReadSvgd),
            ("independent", hierarchical, parse => ReadHierarchical(new IndependentParticles(), parse)),
            ("deterministic", [_validationFraction, _patience], parse => new Deterministic { EarlyStopping = ReadStopping(parse) }),
        ];
        Method = TextOption.Choice(
            "--method",
            "anchored: an anchored ensemble. svgd: Stein variational gradient descent. independent: SVGD without interaction. deterministic: one network, "
                + "without uncertainty.",
            "anchored", [.. _methods.Select(method => (method.Name, method.Name))]);
    }

    public TextOption<string> Method { get; }

    public Option<string> Particles => _particles;

    /// <summary>The options of each method, without <see cref="Particles"/>.</summary>
    public IEnumerable<(string Title, IReadOnlyList<Option> Options)> Groups => _methods
        .SelectMany(method => method.Options, (method, option) => (method.Name, Option: option))
        .Where(own => own.Option != _particles)
        .GroupBy(own => own.Option, own => own.Name)
        .GroupBy(option => string.Join(", ", option), option => option.Key)
        .Select(group => ($"Options of --method {group.Key}", (IReadOnlyList<Option>)[.. group]));

    /// <summary>Options about the noise and range of numbers.</summary>
    public IEnumerable<Option> OfNumbers => [_selectRelevances, _noiseSd, _heteroscedastic, _bounds, _shrinkage];

    public InferenceMethod Read(ParseResult parse) => _methods.First(method => method.Name == Method.Of(parse)).Read(parse);

    /// <summary>Refuses options of other methods, which would silently have no effect.</summary>
    public void RefuseForeign(System.CommandLine.Parsing.CommandResult command)
    {
        string chosen = Method.TextOf(command)!;
        Option[] known = [.. _methods.Where(method => method.Name == chosen).SelectMany(method => method.Options)];
        foreach (Option option in _methods.SelectMany(method => method.Options).Distinct().Except(known))
        {
            if (TextOption.IsGiven(command, option))
            {
                IEnumerable<string> owners = _methods.Where(method => method.Options.Contains(option)).Select(method => method.Name);
                command.AddError($"{option.Name} is an option of --method {string.Join(" or ", owners)}, not of {chosen}. Leave it out, or change the method.");
            }
        }
    }

    /// <summary>Refuses selections beside options that switch them off.</summary>
    /// <param name="maxIterations">Switches off those of the last activation and of the prior.</param>
    /// <param name="ofActivation">Those that switch off that of the last activation.</param>
    public void RefuseSelectionBeside(System.CommandLine.Parsing.CommandResult command, Option maxIterations, params Option[] ofActivation)
    {
        Refuse(_selectLastActivation, [maxIterations, .. ofActivation]);
        Refuse(_selectPrior, [maxIterations, _weightScale, _noiseSd]);
        Refuse(_selectRelevances, [_weightScale, _relevanceSd, _noiseSd]);

        void Refuse(TextOption<bool> selection, Option[] others)
        {
            if (!TextOption.IsGiven(command, selection) || command.GetValue(selection) != "yes")
            {
                return;
            }

            foreach (Option other in others.Where(other => TextOption.IsGiven(command, other)))
            {
                command.AddError($"{selection.Name} yes has no effect with {other.Name}. Leave out one of the two.");
            }
        }
    }

    private AnchoredEnsemble ReadAnchored(ParseResult parse) => new()
    {
        Particles = _particles.Of(parse),
        Folds = _folds.Of(parse),
        SelectLastActivation = _selectLastActivation.Of(parse),
        SolveOutputLayer = _solveOutputLayer.Of(parse),
        SelectPrior = _selectPrior.Of(parse) && !TextOption.IsGiven(parse.CommandResult, _weightScale) && !TextOption.IsGiven(parse.CommandResult, _noiseSd),
        SelectRelevances = _selectRelevances.Of(parse),
        Prior = new AnchoredPrior(_weightScale.Of(parse), _relevanceSd.Of(parse), _noiseSd.Of(parse)),
        HeteroscedasticNoise = _heteroscedastic.Of(parse),
        OutputBounds = _bounds.Of(parse),
        Shrinkage = _shrinkage.Of(parse),
    };

    private HierarchicalMethod ReadSvgd(ParseResult parse) => ReadHierarchical(
        new Svgd
        {
            Bandwidth = _bandwidth.Of(parse),
            Kernel = _steinKernel.Of(parse),
            Annealing = Svgd.Annealing with { Cycles = _annealingCycles.Of(parse) },
        },
        parse);

    private HierarchicalMethod ReadHierarchical(HierarchicalMethod method, ParseResult parse) => method with
    {
        Particles = _particles.Of(parse),
        Prior = new HierarchicalPrior(WeightPrecision: _weightPrecision.Of(parse)),
        Initialisation = _initialisation.Of(parse),
        EarlyStopping = ReadStopping(parse),
    };

    private EarlyStopping ReadStopping(ParseResult parse) => new(_validationFraction.Of(parse), _patience.Of(parse));
}
