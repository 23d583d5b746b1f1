using IlgpuBnn;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Training;

namespace FlowEmulator;

/// <summary>What learns the flow, and for how long.</summary>
internal sealed record EmulatorSettings
{
    public int Particles { get; init; } = 10;

    /// <summary>Networks leave one out each; noise and epistemic scale are then calibrated on it.</summary>
    public int Folds { get; init; } = 5;

    public int Filters { get; init; } = 16;

    public int Iterations { get; init; } = 1500;

    public int BatchSize { get; init; } = 32;

    public double StepSize { get; init; } = 0.01;

    public int Seed { get; init; }

    /// <summary>Three layers of 5 x 5: each point sees those up to 7 away.</summary>
    public string Network => $"field({Glaciers.Channels},{Glacier.Points},{Glacier.Points}) conv2d({Filters},5,silu) conv2d({Filters},5,silu) conv2d({Filters},5,silu) conv2d(2,3,identity) "
        + $"field(2,{Glacier.Points},{Glacier.Points})";

    public BayesianNetwork Fit(Glaciers glaciers) => BayesianNetwork.Fit(glaciers.Data, new TrainingOptions
    {
        Layers = NetworkDescription.Parse(Network),
        Method = new AnchoredEnsemble { Particles = Particles, Folds = Folds },
        MaxIterations = Iterations,
        BatchSize = BatchSize,
        Adam = new AdamOptions(StepSize, DecayFraction: 1),
        EvaluationInterval = 500,
        Seed = Seed,
    });
}
