using IlgpuBnn.Networks;
using IlgpuBnn.Posterior;

namespace IlgpuBnn.Inference;

/// <summary>Everything that decides a training besides the data and the device.</summary>
public sealed record TrainingOptions
{
    /// <summary>Units of each hidden layer; empty for a linear model. Default one layer of 50.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [50];

    /// <summary>Activation of the hidden layers. Default ReLU.</summary>
    public Activation Activation { get; init; } = Activation.Relu;

    /// <summary>
    /// Whether the outputs also read the inputs directly, beside the hidden layers, which then only learn what is not linear. Default no.
    /// </summary>
    public bool LinearPath { get; init; }

    /// <summary>S, the number of networks in the ensemble; 1 is the maximum a posteriori. Default 20.</summary>
    public int Particles { get; init; } = 20;

    /// <summary>Default SVGD.</summary>
    public InferenceMethod Method { get; init; } = InferenceMethod.Svgd;

    /// <summary>Bandwidth of the Stein kernel. Default <see cref="BandwidthRule.MedianDistance"/>.</summary>
    public BandwidthRule Bandwidth { get; init; } = BandwidthRule.MedianDistance;

    /// <summary>Default one noise precision per output.</summary>
    public NoisePrecision Noise { get; init; } = NoisePrecision.PerOutput;

    /// <summary>Default one weight precision for all layers.</summary>
    public WeightPrecision WeightPrecision { get; init; } = WeightPrecision.Shared;

    /// <summary>Default scaled by fan-in.</summary>
    public Initialisation Initialisation { get; init; } = Initialisation.FanIn;

    /// <summary>Priors of the precisions.</summary>
    public GammaPriors Priors { get; init; } = new();

    /// <summary>The optimiser.</summary>
    public AdamOptions Adam { get; init; } = new();

    /// <summary>Most iterations, each over one batch. Default 4000.</summary>
    public int Iterations { get; init; } = 4000;

    /// <summary>About how many rows a batch has; batches are made equal. Null (default) for all rows in every iteration.</summary>
    public int? BatchRows { get; init; }

    /// <summary>
    /// Share of the rows that is held out to tell when to stop, in [0, 1). Default 0.1. With fewer than
    /// <see cref="SmallestHeldOut"/> rows to hold out none are: so few say more about themselves than about the model.
    /// </summary>
    public double HeldOutShare { get; init; } = 0.1;

    /// <summary>Iterations without a better held-out score after which training stops. Default 1000.</summary>
    public int Patience { get; init; } = 1000;

    /// <summary>Iterations between looks at the held-out rows, and between progress reports. Default 25.</summary>
    public int CheckEvery { get; init; } = 25;

    /// <summary>Decides the held-out rows, the batches and where the particles start. Default 0.</summary>
    public int Seed { get; init; }

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
            (nameof(Particles), Particles), (nameof(Iterations), Iterations), (nameof(BatchRows), BatchRows ?? 1),
            (nameof(Patience), Patience), (nameof(CheckEvery), CheckEvery),
        })
        {
            if (value < 1)
            {
                yield return $"{name} is {value}; it must be at least 1.";
            }
        }

        if (!(HeldOutShare >= 0 && HeldOutShare < 1))
        {
            yield return $"HeldOutShare is {HeldOutShare}; it must be at least 0 and below 1.";
        }

        if (Method == InferenceMethod.Deterministic && Particles != 1)
        {
            yield return $"Particles is {Particles}; a deterministic network is 1.";
        }

        foreach (string problem in Priors.Problems().Concat(Adam.Problems()))
        {
            yield return problem;
        }
    }
}
