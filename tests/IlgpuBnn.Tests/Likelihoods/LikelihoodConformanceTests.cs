using IlgpuBnn.Tests.Inference;

namespace IlgpuBnn.Tests.Likelihoods;

/// <summary>What holds of any likelihood. A new one is a line in the list.</summary>
public sealed class LikelihoodConformanceTests
{
    private static readonly Likelihood[] _likelihoods =
    [
        .. Enum.GetValues<NoisePrecision>().Select(noise => new GaussianLikelihood(noise)),
        .. Enum.GetValues<NoisePrecision>().Select(noise => new StudentTLikelihood(2.5, noise)),
        new SquaredError(),
        new BernoulliLikelihood(),
        new CategoricalLikelihood(),
    ];

    public static TheoryData<Likelihood> Likelihoods => [.. _likelihoods];

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void Gradient_is_the_oracles(Likelihood likelihood) => PosteriorCase.ForShapes(Learned(likelihood), own => own.AssertGradientIsTheOracles());

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void Gradient_is_that_of_the_log_density(Likelihood likelihood)
    {
        PosteriorCase.ForShapes(Learned(likelihood), own => own.AssertGradientIsThatOfTheLogDensity());
        PosteriorCase.ForShapes(Given(likelihood), own => own.AssertGradientIsThatOfTheLogDensity());
    }

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void Steps_are_the_oracles(Likelihood likelihood) => PosteriorCase.ForShapes(Learned(likelihood), own => own.AssertStepsAreTheOracles());

    [Theory]
    [MemberData(nameof(Likelihoods))]
    public void A_saved_model_predicts_the_same(Likelihood likelihood)
    {
        PosteriorCase.ForShapes(Learned(likelihood), own => own.AssertSavedModelPredictsTheSame());
        PosteriorCase.ForShapes(Given(likelihood), own => own.AssertSavedModelPredictsTheSame());
    }

    [Fact]
    public void Every_likelihood_is_in_the_list() => Assert.Equal(
        typeof(Likelihood).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Likelihood))).ToHashSet(),
        _likelihoods.Select(likelihood => likelihood.GetType()).ToHashSet());

    /// <summary>Particles learn the noise, if there is any.</summary>
    private static TrainingOptions Learned(Likelihood likelihood) => Options(likelihood, likelihood.IsDistribution
        ? new IndependentParticles { Particles = 3, Prior = new HierarchicalPrior(2.5, 0.3, 1.7, 0.2, WeightPrecision.PerLayer) }
        : new Deterministic());

    /// <summary>The noise is given, if there is any.</summary>
    private static TrainingOptions Given(Likelihood likelihood) => Options(likelihood, likelihood.IsDistribution
        ? new AnchoredEnsemble { Particles = 4, Folds = 2, Prior = new AnchoredPrior(NoiseSd: 0.5) }
        : new Deterministic());

    private static TrainingOptions Options(Likelihood likelihood, InferenceMethod method) =>
        new() { HiddenUnits = [5], Activation = Activation.Tanh, Likelihood = likelihood, Method = method };
}
