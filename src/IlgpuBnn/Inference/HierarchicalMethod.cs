using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Inference;

/// <summary>Base of the methods whose particles share one posterior and learn their precisions.</summary>
public abstract record HierarchicalMethod : InferenceMethod
{
    private protected HierarchicalMethod()
    {
    }

    /// <summary>S, the number of networks; 1 is the maximum a posteriori. Default 40.</summary>
    public override int Particles { get; init; } = 40;

    /// <summary>Priors of weights and noise.</summary>
    public HierarchicalPrior Prior { get; init; } = new();

    /// <summary>Initial particles. Default <see cref="Inference.Initialisation.FanIn"/>.</summary>
    public Initialisation Initialisation { get; init; } = Initialisation.FanIn;

    /// <summary>Early stopping on validation rows.</summary>
    public EarlyStopping EarlyStopping { get; init; } = new();

    internal override EarlyStopping? Stopping => EarlyStopping;

    internal override ParameterLayout LayoutOf(Network network, Likelihood likelihood, bool training) =>
        new(network, likelihood.NoisePrecisions(network.Outputs.Count), Prior.WeightGroups(network));

    internal override void Draw(ParameterLayout layout, int index, Random random, Span<float> particle) =>
        StartingPoints.Draw(Initialisation, Prior, layout, random, particle);

    internal override void Adjust(ParameterLayout layout, float[] particles, Device device, double[,] inputs, double[,] targets)
    {
        if (Initialisation == Initialisation.LiuWang)
        {
            StartingPoints.SetNoiseFromResiduals(layout, particles, device, inputs, targets);
        }
    }

    internal override PriorGradient GradientOfPrior(Device device, ParameterLayout layout, float[] initial) => new HierarchicalTerm(Prior, layout);

    internal override IEnumerable<string> Problems(int iterations) =>
        base.Problems(iterations).Concat(Prior.Problems()).Concat(EarlyStopping.Problems());
}

/// <summary>Independent maximum a posteriori estimates: SVGD without interaction, its natural baseline.</summary>
public sealed record IndependentParticles : HierarchicalMethod;
