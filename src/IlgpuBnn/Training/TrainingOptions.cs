using System.Text.Json.Serialization;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Training;

/// <summary>Everything that decides a training besides the data and the device.</summary>
public sealed record TrainingOptions
{
    /// <summary>The hidden layers, described one by one, e.g. <c>[new Dense(20), new Dense(50, Activation.Tanh)]</c>. Null (default) for <see cref="HiddenUnits"/>.</summary>
    public IReadOnlyList<Layer>? Layers { get; init; }

    /// <summary>Units of each hidden layer; empty for a linear model. Default two, of 20 and 50. Not used where <see cref="Layers"/> are given.</summary>
    public IReadOnlyList<int> HiddenUnits { get; init; } = [20, 50];

    /// <summary>Activation of these layers, but the last where <see cref="LastActivation"/> is given. Default SiLU.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>
    /// Activation of the last of these layers, where it is another. Null (default) for that of all, of which an anchored ensemble may select another
    /// (<see cref="AnchoredEnsemble.SelectLastActivation"/>). tanh, which has two ends, lets SiLU networks change as abruptly as a plant that dies.
    /// </summary>
    public Activation? LastActivation { get; init; }

    /// <summary>Whether the outputs also read the inputs directly, so that hidden layers only learn what is not linear. Default no.</summary>
    public bool SkipConnection { get; init; }

    /// <summary>How targets scatter. Null (default) for Gaussian noise, of <see cref="Deterministic"/> for the squared error.</summary>
    public Likelihood? Likelihood { get; init; }

    /// <summary>How particles come to stand for the posterior, with the method's own options. Default an anchored ensemble (docs/accuracy.md says why).</summary>
    public InferenceMethod Method { get; init; } = new AnchoredEnsemble();

    /// <summary>
    /// Most iterations, each over one batch. Null (default) for 4000; of an anchored ensemble, for as many <see cref="BudgetsFor">budgets</see> as help.
    /// </summary>
    public int? MaxIterations { get; init; }

    /// <summary>
    /// About how many rows a batch has; batches are made equal. Null (default) for all rows up to 1000 and 750 of more, of an anchored ensemble for all
    /// rows up to 320 and 256 of more.
    /// </summary>
    public int? BatchSize { get; init; }

    /// <summary>The optimiser.</summary>
    public AdamOptions Adam { get; init; } = new();

    /// <summary>Iterations between looks at validation rows, and between progress reports. Default 25.</summary>
    public int EvaluationInterval { get; init; } = 25;

    /// <summary>Decides folds and validation rows, the batches and where particles start. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>The hidden layers, as they are built.</summary>
    [JsonIgnore]
    public IReadOnlyList<Layer> HiddenLayers => Layers ??
    [
        .. HiddenUnits.Select((units, l) => new Dense(units, l == HiddenUnits.Count - 1 ? LastActivation ?? Activation : Activation)),
        .. SkipConnection && HiddenUnits.Count > 0 ? [new SkipConnection()] : Array.Empty<Layer>(),
    ];

    /// <summary>The likelihood, as it is used.</summary>
    internal Likelihood UsedLikelihood => Likelihood ?? Method.DefaultLikelihood;

    /// <summary>Most iterations of a training on so many rows.</summary>
    /// <param name="rows">Those that particles are fitted to.</param>
    public int IterationsFor(int rows) => BudgetsFor(rows)[^1];

    /// <summary>Numbers of iterations, rising, after which the step size has fallen and a training on so many rows may end.</summary>
    /// <remarks>
    /// One, <see cref="MaxIterations"/>, where it is given. An anchored ensemble that leaves rows out doubles its budget as long as the out-of-fold
    /// rows grow likelier, from 300 to at most 4,800 iterations, or where that is more, as many as see every row 75 times.
    /// </remarks>
    /// <param name="rows">Those that particles are fitted to.</param>
    public IReadOnlyList<int> BudgetsFor(int rows) => MaxIterations is { } given ? [given] : Method.DefaultBudgets(rows, BatchesFor(rows));

    /// <summary>Batches of equal size that so many rows are divided into.</summary>
    /// <param name="rows">Those that particles are fitted to.</param>
    public int BatchesFor(int rows) => (int)Math.Ceiling(rows / (double)(BatchSize ?? Method.DefaultBatchSize(rows)));

    internal Network BuildNetwork(int inputs, int outputs) => new(inputs, HiddenLayers, outputs);

    internal ParameterLayout LayoutOf(Network network, bool training) => Method.LayoutOf(network, UsedLikelihood, training);

    /// <param name="rowCounts">Rows of each training, rising; those of <paramref name="data"/> if left out.</param>
    internal Folds FoldsOf(Dataset data, IReadOnlyList<int>? rowCounts = null) =>
        new(rowCounts ?? [data.RowCount], Method.WantedFolds, Method.Particles, Seed, RelatedRows.Of(data));

    /// <summary>Checks all options.</summary>
    /// <exception cref="ArgumentException">One or more are out of range; the message names every one.</exception>
    public void Validate()
    {
        string[] problems = [.. Problems()];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join(" ", problems));
        }
    }

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
        IEnumerable<string> ofParts = ofLayers.Concat(place is null ? [] : [place]).Concat(UsedLikelihood.Problems()).Concat(Adam.Problems())
            .Concat(Method.Problems(MaxIterations ?? Method.DefaultBudgets(1, 1)[^1]));
        foreach (string problem in ofParts)
        {
            yield return problem;
        }

        if (UsedLikelihood.IsDistribution != Method.DefaultLikelihood.IsDistribution)
        {
            yield return $"The likelihood is {UsedLikelihood.GetType().Name}, which {Method.GetType().Name} cannot be trained with. Leave it out.";
        }
    }

    private string? ProblemOfOrder()
    {
        try
        {
            BuildNetwork(1, 1);
            return null;
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }
}
