using System.Text.Json.Serialization;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Training;

/// <summary>All settings of a training besides the data and the device.</summary>
public sealed record TrainingOptions
{
    private static readonly IReadOnlyList<int> _defaultUnits = [20, 50];

    /// <summary>The hidden layers, e.g. <c>[new Dense(20), new Dense(50, Activation.Tanh)]</c>. Null (default) for <see cref="HiddenUnits"/>.</summary>
    public IReadOnlyList<Layer>? Layers { get; init; }

    /// <summary>
    /// Units of each hidden layer; empty for a linear model. Default 20 and 50, or where an anchored ensemble solves for its output layers
    /// (<see cref="AnchoredEnsemble.SolveOutputLayer"/>) 20 and one for every 10 rows, at least 10 and at most 50. Ignored if <see cref="Layers"/> is given.
    /// </summary>
    public IReadOnlyList<int> HiddenUnits { get; init; } = _defaultUnits;

    /// <summary>Activation of these layers. Default SiLU.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>
    /// Activation of the last of these layers. Null (default) for <see cref="Activation"/>, or what an anchored ensemble selects
    /// (<see cref="AnchoredEnsemble.SelectLastActivation"/>). tanh, which saturates, allows abrupt changes.
    /// </summary>
    public Activation? LastActivation { get; init; }

    /// <summary>Whether inputs also connect linearly to the outputs, so that hidden layers only learn the rest. Default no.</summary>
    public bool SkipConnection { get; init; }

    /// <summary>
    /// Distribution of targets. Null (default) for Gaussian noise, with <see cref="Deterministic"/> the squared error; for class labels
    /// <see cref="BernoulliLikelihood"/> of two classes and <see cref="CategoricalLikelihood"/> of more.
    /// </summary>
    public Likelihood? Likelihood { get; init; }

    /// <summary>Weights of rows by their class. Default none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public ClassWeights ClassWeights { get; init; }

    /// <summary>Inference method with its options. Default: an anchored ensemble (why: docs/accuracy.md).</summary>
    public InferenceMethod Method { get; init; } = new AnchoredEnsemble();

    /// <summary>
    /// Maximum number of iterations, one batch each. Null (default) for 4000, or the <see cref="BudgetsFor">budgets</see> of an anchored ensemble.
    /// </summary>
    public int? MaxIterations { get; init; }

    /// <summary>
    /// Approximate rows per batch; batches are of equal size. Null (default) for all rows if at most 1000, otherwise 750; for an anchored ensemble all
    /// if at most 320, otherwise 256.
    /// </summary>
    public int? BatchSize { get; init; }

    /// <summary>Options of Adam, the optimiser unless there is a <see cref="GradientDescent"/>.</summary>
    public AdamOptions Adam { get; init; } = new();

    /// <summary>Gradient descent with momentum in Adam's place. Null (default) for Adam.</summary>
    public GradientDescent? GradientDescent { get; init; }

    /// <summary>Of the two the one that is used.</summary>
    public Optimizer Optimizer => GradientDescent is { } descent ? descent : Adam;

    /// <summary>Transforms of targets, by name. Of other targets one may be selected (<see cref="SelectEncodings"/>). Default none.</summary>
    public IReadOnlyDictionary<string, TransformKind> Transforms { get; init; } = new Dictionary<string, TransformKind>();

    /// <summary>Names of inputs whose logarithm networks see. Default none.</summary>
    public IReadOnlyList<string> LogInputs { get; init; } = [];

    /// <summary>Names of inputs that are categories, whatever their numbers. Default none.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>
    /// Whether columns that look as if they wanted it get a transform (skewed targets), a logarithm (inputs over decades) or levels (inputs of few whole
    /// numbers), where out-of-fold rows of short trainings are predicted better so. Default yes; an anchored ensemble with folds only, and not where inputs or targets
    /// are a <see cref="FieldLayer"/>.
    /// </summary>
    public bool SelectEncodings { get; init; } = true;

    /// <summary>
    /// Whether networks learn principal components of the targets: for hundreds of them or more that vary together. Null (default) for no; an anchored ensemble with
    /// folds only, and targets without missing values. Transforms of targets are then only those of <see cref="Transforms"/>.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PrincipalComponents? Components { get; init; }

    /// <summary>
    /// Names of targets that get a network of their own inside each network, of half as many units a layer, beside the one of all targets; their outputs are the mean of the
    /// two. For targets of which few inputs matter each, and different ones; noisy ones are better off without. Null (default) for those that out-of-fold rows of short trainings speak for, of an anchored ensemble with folds; otherwise
    /// none, as where it is empty. Not with <see cref="Layers"/>, <see cref="SkipConnection"/>, <see cref="Components"/>, classes, or fewer than two targets.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? ApartTargets { get; init; }

    /// <summary>
    /// What is known of targets beside the rows: limits, monotonicity in inputs, fixed sums. Null (default) for nothing. Monotonicity on the
    /// CPU only; of <see cref="Components"/> limits alone; not of classes.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConstraintPrior? Constraints { get; init; }

    /// <summary>Iterations between evaluations and progress reports. Default 25.</summary>
    public int EvaluationInterval { get; init; } = 25;

    /// <summary>Seed of folds, validation rows, batches and initial particles. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>The hidden layers as built from the options above.</summary>
    [JsonIgnore]
    public IReadOnlyList<Layer> HiddenLayers => Layers ??
    [
        .. HiddenUnits.Select((units, l) => new Dense(units, l == HiddenUnits.Count - 1 ? LastActivation ?? Activation : Activation)),
        .. SkipConnection && HiddenUnits.Count > 0 ? [new SkipConnection()] : Array.Empty<Layer>(),
    ];

    /// <summary>Whether the hidden layers' units were left to the default: a list of the same numbers that was given is another list.</summary>
    internal bool HasDefaultUnits => Layers is null && ReferenceEquals(HiddenUnits, _defaultUnits);

    /// <summary>Encodings that are known already; null to choose them.</summary>
    [JsonIgnore]
    internal TableEncoding? Encoding { get; init; }

    /// <summary>Whether inputs or targets are a field, whose columns are no columns of their own.</summary>
    internal bool HasFields => Network.FieldOfInputs(HiddenLayers) is not null || Network.FieldOfOutputs(HiddenLayers) is not null;

    /// <summary><see cref="Likelihood"/>, or the method's default.</summary>
    internal Likelihood UsedLikelihood => Likelihood ?? Method.DefaultLikelihood;

    /// <summary>The same with the likelihood that the data ask for.</summary>
    /// <exception cref="ArgumentException">The options are not for such data.</exception>
    internal TrainingOptions For(Dataset data)
    {
        if (Constraints is { } constraints && (constraints.Problems().FirstOrDefault() ?? ConstraintUse.ProblemOf(constraints, this, data)) is { } wrong)
        {
            throw new ArgumentException(wrong);
        }

        if (data.Classes is null)
        {
            return UsedLikelihood.IsOfClasses || ClassWeights != ClassWeights.None
                ? throw new ArgumentException(
                    $"{data.SourceName} has targets of numbers, and the options are for classes. Read a column of labels (classes of Dataset.ReadCsv, or Dataset.OfClasses), or leave likelihood and "
                        + "class weights out.")
                : ApartTargets is { Count: > 0 } ? this with { ApartTargets = ApartOf(data) }
                : this;
        }

        string? problem = Likelihood is { IsOfClasses: false } ? $"the likelihood is {Likelihood.GetType().Name}. Leave it out"
            : Likelihood is BernoulliLikelihood && data.Classes.Count != 2 ? "the Bernoulli likelihood is of two. Leave it out"
            : Components is not null ? "principal components are of numbers. Leave them out"
            : Network.FieldOfOutputs(HiddenLayers) is not null ? "the network's last layer says that the targets are a field. Leave it out"
            : Transforms.Count > 0 ? "transforms are of numbers. Leave them out"
            : ApartTargets is { Count: > 0 } ? "networks of their own are of targets that are numbers. Leave them out"
            : null;
        return problem is null
            ? this with { Likelihood = Likelihood ?? (data.Classes.Count == 2 ? new BernoulliLikelihood() : new CategoricalLikelihood()) }
            : throw new ArgumentException($"{data.SourceName} has {data.Classes.Count} classes of {data.TargetNames[0]}, and {problem}.");
    }

    /// <summary><see cref="ApartTargets"/> in the order of the targets.</summary>
    private string[] ApartOf(Dataset data)
    {
        string? problem = ApartTargets!.FirstOrDefault(name => !data.TargetNames.Contains(name)) is { } missing
                ? $"{nameof(ApartTargets)} names \"{ShownText.Of(missing)}\", which is no target of {data.SourceName}: {ColumnSelection.List(data.TargetNames)}."
            : data.TargetCount < 2 ? $"{data.SourceName} has one target, which has the network for itself. Leave {nameof(ApartTargets)} out."
            : null;
        return problem is null ? [.. data.TargetNames.Where(ApartTargets!.Contains)] : throw new ArgumentException(problem);
    }

    /// <summary>How the classes of data become outputs; null for numbers.</summary>
    internal ClassEncoding? ClassesOf(Dataset data)
    {
        if (data.Classes is not { } names)
        {
            return null;
        }

        var plain = new ClassEncoding(data.TargetNames[0], names, [.. names.Select(_ => 1.0)], UsedLikelihood is BernoulliLikelihood ? 1 : names.Count);
        return ClassWeights == ClassWeights.Balanced ? plain.Balanced(data) : plain;
    }

    /// <summary>Outputs of a network without principal components.</summary>
    internal int OutputsFor(Dataset data) => ClassesOf(data)?.OutputCount ?? data.TargetCount;

    /// <summary>Maximum number of iterations.</summary>
    /// <param name="rows">Training rows.</param>
    public int IterationsFor(int rows) => BudgetsFor(rows)[^1];

    /// <summary>Training budgets: rising numbers of iterations at which the step size has decayed and training may stop.</summary>
    /// <remarks>
    /// Only <see cref="MaxIterations"/> if it is given. An anchored ensemble with folds doubles its budget while the out-of-fold score improves, from
    /// 300 to 4,800 iterations or 75 epochs, whichever is more.
    /// </remarks>
    /// <param name="rows">Training rows.</param>
    public IReadOnlyList<int> BudgetsFor(int rows) => MaxIterations is { } given ? [given] : Method.DefaultBudgets(rows, BatchesFor(rows));

    /// <summary>Batches per epoch.</summary>
    /// <param name="rows">Training rows.</param>
    public int BatchesFor(int rows) => (int)Math.Ceiling(rows / (double)(BatchSize ?? Method.DefaultBatchSize(rows)));

    /// <summary>A network of all targets together, whatever <see cref="ApartTargets"/> says.</summary>
    internal Network BuildNetwork(int inputs, int outputs) => new(inputs, HiddenLayers, outputs);

    /// <param name="targets">Their names.</param>
    /// <exception cref="ArgumentException">One of <see cref="ApartTargets"/> is not among them.</exception>
    internal Network BuildNetwork(int inputs, IReadOnlyList<string> targets) =>
        ApartTargets is not { Count: > 0 } apart ? BuildNetwork(inputs, targets.Count)
        : apart.FirstOrDefault(name => !targets.Contains(name)) is { } missing
            ? throw new ArgumentException($"{nameof(ApartTargets)} names \"{ShownText.Of(missing)}\", which is no target: {ColumnSelection.List(targets)}.")
        : new(inputs, HiddenLayers, targets.Count, [.. Enumerable.Range(0, targets.Count).Where(o => apart.Contains(targets[o]))]);

    internal ParameterLayout LayoutOf(Network network, bool training) => Method.LayoutOf(network, UsedLikelihood, training);

    /// <param name="rowCounts">Rows of each training, rising; those of <paramref name="data"/> if left out.</param>
    internal Folds FoldsOf(Dataset data, IReadOnlyList<int>? rowCounts = null, CancellationToken cancellation = default) =>
        new(rowCounts ?? [data.RowCount], Method.WantedFolds, Method.Particles, Seed, Method.WantedFolds < 2 ? null : RelatedRows.Of(data, cancellation), cancellation);

    /// <exception cref="ArgumentException">Options are out of range; the message names every one.</exception>
    public void Validate() => OptionChecks.Require(Problems());

    private IEnumerable<string> Problems()
    {
        foreach ((string name, long value) in new (string, long)[]
        {
            (nameof(MaxIterations), MaxIterations ?? 1), (nameof(BatchSize), BatchSize ?? 1), (nameof(EvaluationInterval), EvaluationInterval),
        })
        {
            if (value < 1)
            {
                yield return $"{name} is {value}; it must be at least 1.";
            }
        }

        string[] ofLayers = [.. HiddenLayers.SelectMany((layer, l) => layer.Problems().Select(problem => $"Hidden layer {l + 1}: {problem}"))];
        string? place = ofLayers.Length == 0 ? ProblemOfOrder() : null;
        IEnumerable<string> ofParts = ofLayers.Concat(place is null ? [] : [place]).Concat(UsedLikelihood.Problems()).Concat(Optimizer.Problems())
            .Concat(Method.Problems(MaxIterations ?? Method.DefaultBudgets(1, 1)[^1]));
        foreach (string problem in ofParts)
        {
            yield return problem;
        }

        if (Components is { Count: < 1 })
        {
            yield return $"Components.Count is {Components.Count}; it must be at least 1.";
        }

        if (Components is not null && (Method is not AnchoredEnsemble { Folds: >= 2, Particles: >= 4 }))
        {
            yield return "Components need out-of-fold rows: use an anchored ensemble of at least 4 particles and 2 folds, or leave them out.";
        }

        if (Components is not null && Network.FieldOfOutputs(HiddenLayers) is not null)
        {
            yield return "Components take the place of targets, and the network's last layer says that these are a field. Leave out one of the two.";
        }

        if (ApartTargets is { Count: > 0 } && ApartSelection.ProblemOf(this) is { } apart)
        {
            yield return $"Targets have networks of their own, {apart}.";
        }

        foreach (string problem in Constraints?.Problems() ?? [])
        {
            yield return problem;
        }

        if (KappaSelection.ProblemOf(this) is { } open)
        {
            yield return open;
        }

        if (!UsedLikelihood.IsOfClasses && UsedLikelihood.IsDistribution != Method.DefaultLikelihood.IsDistribution)
        {
            yield return $"The likelihood is {UsedLikelihood.GetType().Name}, which {Method.GetType().Name} cannot be trained with. Leave it out.";
        }
    }

    private string? ProblemOfOrder()
    {
        try
        {
            _ = Network.OfLayers(HiddenLayers);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }
}
