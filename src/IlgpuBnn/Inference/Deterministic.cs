using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>One network with squared error and no prior: no uncertainty.</summary>
public sealed record Deterministic : InferenceMethod
{
    /// <summary>Always 1.</summary>
    public override int Particles
    {
        get => 1;
        init
        {
            if (value != 1)
            {
                throw new ArgumentException($"Particles is {value}; a deterministic network is 1.");
            }
        }
    }

    /// <summary>Early stopping on validation rows.</summary>
    public EarlyStopping EarlyStopping { get; init; } = new();

    internal override EarlyStopping? Stopping => EarlyStopping;

    internal override Likelihood DefaultLikelihood => new SquaredError();

    internal override double DefaultDescentStep => 0.03;

    internal override ParameterLayout LayoutOf(Network network, Likelihood likelihood, bool training) => new(network);

    internal override void Draw(ParameterLayout layout, int index, Random random, Span<float> particle) => StartingPoints.ScaleByFanIn(layout, particle);

    internal override IEnumerable<string> Problems(int iterations) => EarlyStopping.Problems();
}
