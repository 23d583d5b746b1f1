using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;

namespace IlgpuBnn.Inference;

/// <summary>Everything that decides a training besides the data and the device.</summary>
public sealed record TrainingOptions
{
    /// <summary>Units of each hidden layer; empty for a linear model. Default two, of 20 and 50.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [20, 50];

    /// <summary>Activation of the hidden layers, but the last where <see cref="LastActivation"/> is given. Default SiLU.</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>
    /// Activation of the last hidden layer, where it is another. Null (default) for that of all. tanh, which has two ends, lets SiLU networks change
    /// as abruptly as a plant that dies; with few rows, SiLU alone is better.
    /// </summary>
    public Activation? LastActivation { get; init; }

    /// <summary>
    /// Whether an anchored ensemble that learnt until its last rounds is trained a second time, with tanh as its
    /// <see cref="LastActivation"/>, and the better of the two by the rows that particles left out is kept. Default yes. No second training where
    /// <see cref="Iterations"/> or <see cref="LastActivation"/> are given, <see cref="Activation"/> is tanh already, there is no hidden layer, or no
    /// rows are left out. A model that was trained second has it in its <see cref="BayesianNetwork.Options"/>.
    /// </summary>
    public bool SharperNetworks { get; init; } = true;

    /// <summary>
    /// Whether the outputs also read the inputs directly, beside the hidden layers, which then only learn what is not linear. Default no.
    /// </summary>
    public bool LinearPath { get; init; }

    /// <summary>S, the number of networks in the ensemble; 1 is the maximum a posteriori. Default 40.</summary>
    public int Particles { get; init; } = 40;

    /// <summary>Default an anchored ensemble: of all that was tried, it says best how unsure it is (docs/accuracy.md).</summary>
    public InferenceMethod Method { get; init; } = InferenceMethod.AnchoredEnsemble;

    /// <summary>Prior of an anchored ensemble; the other methods have <see cref="Priors"/>.</summary>
    public AnchoredPrior Anchors { get; init; } = new();

    /// <summary>
    /// Into how many folds an anchored ensemble divides the rows; each particle leaves one out. 0 or 1 for none: noise and spread are then not
    /// calibrated. Default 10; fewer where there are fewer rows, or fewer than two particles for each.
    /// </summary>
    public int Folds { get; init; } = 10;

    /// <summary>
    /// Whether the noise that a calibrated model predicts may grow or shrink with the predicted value, see
    /// <see cref="BayesianNetwork.NoiseSlopes"/>. Default yes: rows left out say how much, and without <see cref="Folds"/> it is constant.
    /// </summary>
    public bool HeteroscedasticNoise { get; init; } = true;

    /// <summary>
    /// Whether a target's predictions may be found to end where its training rows do, as those of a quantity that cannot be negative, see
    /// <see cref="BayesianNetwork.OutputLimits"/>. Default yes: rows left out say whether, and without <see cref="Folds"/> there are no limits.
    /// </summary>
    public bool LearnLimits { get; init; } = true;

    /// <summary>Bandwidth of the Stein kernel. Default <see cref="BandwidthRule.MedianDistance"/>.</summary>
    public BandwidthRule Bandwidth { get; init; } = BandwidthRule.MedianDistance;

    /// <summary>How particles of SVGD act on each other. Default Gaussian.</summary>
    public SteinKernel SteinKernel { get; init; } = SteinKernel.Gaussian;

    /// <summary>How SVGD's gradients are let in. Default whole from the start.</summary>
    public AnnealingOptions Annealing { get; init; } = new();

    /// <summary>Default one noise precision per output.</summary>
    public NoisePrecision Noise { get; init; } = NoisePrecision.PerOutput;

    /// <summary>
    /// nu, the degrees of freedom of the noise that training assumes: Student's t distribution, whose heavy tails let a few measurements lie far off
    /// without pulling the fit. Above 0; null (default) for Gaussian noise, the choice where every row is to be fitted. The noise that a
    /// calibrated model predicts has tails of its own, found with <see cref="Folds"/>.
    /// </summary>
    public double? DegreesOfFreedom { get; init; }

    /// <summary>Default one weight precision for all layers.</summary>
    public WeightPrecision WeightPrecision { get; init; } = WeightPrecision.Shared;

    /// <summary>Of all methods but an anchored ensemble, which starts at its anchors. Default scaled by fan-in.</summary>
    public Initialisation Initialisation { get; init; } = Initialisation.FanIn;

    /// <summary>Priors of the precisions, which an anchored ensemble has not.</summary>
    public GammaPriors Priors { get; init; } = new();

    /// <summary>The optimiser.</summary>
    public AdamOptions Adam { get; init; } = new();

    /// <summary>
    /// Most iterations, each over one batch. Null (default) for 4000; of an anchored ensemble, for as many <see cref="RoundsFor">rounds</see> as help.
    /// </summary>
    public int? Iterations { get; init; }

    /// <summary>
    /// About how many rows a batch has; batches are made equal. Null (default) for all rows up to 1000 and 750 of more, of an anchored ensemble for all
    /// rows up to 320 and 256 of more.
    /// </summary>
    public int? BatchRows { get; init; }

    /// <summary>
    /// Share of the rows that is held out to tell when to stop, in [0, 1); not by an anchored ensemble, see <see cref="Folds"/>. Default 0.1. With fewer than
    /// <see cref="SmallestHeldOut"/> rows to hold out none are: so few say more about themselves than about the model.
    /// </summary>
    public double HeldOutShare { get; init; } = 0.1;

    /// <summary>Iterations without a better held-out score after which training stops. Default 1000.</summary>
    public int Patience { get; init; } = 1000;

    /// <summary>Iterations between looks at the held-out rows, and between progress reports. Default 25.</summary>
    public int CheckEvery { get; init; } = 25;

    /// <summary>Decides the held-out rows, the batches and where the particles start. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>Activation of each hidden layer.</summary>
    internal IEnumerable<Activation> HiddenActivations =>
        Hidden.Select((_, l) => l == Hidden.Count - 1 ? LastActivation ?? Activation : Activation);

    /// <summary>Most iterations of a training on so many rows.</summary>
    /// <param name="rows">Those that particles are fitted to.</param>
    public int IterationsFor(int rows) => RoundsFor(rows)[^1];

    /// <summary>Iterations after which the step size has fallen and a training on so many rows may end.</summary>
    /// <remarks>
    /// One round of <see cref="Iterations"/> where they are given. An anchored ensemble that leaves rows out trains for rounds of which each doubles
    /// the iterations, as long as the rows left out grow likelier: how long it should differs more from table to table than any other setting. The
    /// first has 300 iterations; the last at most 4,800, or where that is more, as many as see every row 75 times.
    /// </remarks>
    /// <param name="rows">Those that particles are fitted to.</param>
    public IReadOnlyList<int> RoundsFor(int rows)
    {
        if (Iterations is { } given)
        {
            return [given];
        }

        if (Method != InferenceMethod.AnchoredEnsemble)
        {
            return [4000];
        }

        int most = Math.Max(4800, checked(75 * BatchesFor(rows)));
        return Inference.Folds.CountFor(rows, this) == 0
            ? [most / 4]
            : [.. Enumerable.Range(0, 31).Select(round => 300L << round).TakeWhile(end => end <= most).Select(end => (int)end)];
    }

    /// <summary>Batches of equal size that so many rows are divided into.</summary>
    /// <param name="rows">Those that particles are fitted to.</param>
    public int BatchesFor(int rows)
    {
        (int whole, int part) = Method == InferenceMethod.AnchoredEnsemble ? (320, 256) : (1000, 750);
        return (int)Math.Ceiling(rows / (double)(BatchRows ?? (rows <= whole ? rows : part)));
    }

    /// <summary>Fewest rows worth holding out.</summary>
    public const int SmallestHeldOut = 3;

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
        for (int l = 0; l < Hidden.Count; l++)
        {
            if (Hidden[l] < 1)
            {
                yield return $"Hidden layer {l + 1} has {Hidden[l]} units; it needs at least 1.";
            }
        }

        foreach ((string name, long value) in new (string, long)[]
        {
            (nameof(Particles), Particles), (nameof(Iterations), Iterations ?? 1), (nameof(BatchRows), BatchRows ?? 1),
            (nameof(Patience), Patience), (nameof(CheckEvery), CheckEvery),
        })
        {
            if (value < 1)
            {
                yield return $"{name} is {value}; it must be at least 1.";
            }
        }

        foreach (Activation activation in new[] { Activation, LastActivation ?? Activation }.Distinct().Where(activation => !Enum.IsDefined(activation)))
        {
            yield return $"Activation {activation} is none; it must be one of {string.Join(", ", Enum.GetNames<Activation>())}.";
        }

        if (Folds < 0)
        {
            yield return $"Folds is {Folds}; it must be at least 0.";
        }

        if (!(HeldOutShare >= 0 && HeldOutShare < 1))
        {
            yield return $"HeldOutShare is {HeldOutShare}; it must be at least 0 and below 1.";
        }

        if (Method == InferenceMethod.Deterministic && Particles != 1)
        {
            yield return $"Particles is {Particles}; a deterministic network is 1.";
        }

        if (DegreesOfFreedom is { } degrees && !(degrees > 0 && double.IsFinite(degrees)))
        {
            yield return $"DegreesOfFreedom is {DegreesOfFreedom}; it must be above 0 and finite, or null for Gaussian noise.";
        }

        if (Method == InferenceMethod.Deterministic && DegreesOfFreedom is not null)
        {
            yield return $"DegreesOfFreedom is {DegreesOfFreedom}; a deterministic network knows no noise.";
        }

        foreach (string problem in Priors.Problems().Concat(Anchors.Problems()).Concat(Adam.Problems()).Concat(Method == InferenceMethod.Svgd ? Annealing.Problems(IterationsFor(1)) : []))
        {
            yield return problem;
        }
    }
}
