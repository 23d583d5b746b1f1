using IlgpuBnn.Tests.Inference;

namespace IlgpuBnn.Tests.Networks;

/// <summary>What holds of a network of any layers. A new kind is a line in the list.</summary>
public sealed class LayerConformanceTests
{
    private static readonly Layer[][] _networks =
    [
        [],
        .. Enum.GetValues<Activation>().Select(activation => (Layer[])[new Dense(5, activation)]),
        [new Dense(17, Activation.Tanh), new Dense(1, Activation.Sin)],
        [new Dense(3), new SkipConnection()],
        [new Dense(2, Activation.Cos), new SkipConnection(), new Dense(7, Activation.Tanh), new SkipConnection()],
    ];

    public static TheoryData<Layer[]> Networks => [.. _networks];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradient_is_the_oracles(Layer[] layers) => ForShapes(layers, own => own.AssertGradientIsTheOracles());

    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradient_is_that_of_the_log_density(Layer[] layers) => ForShapes(layers, own => own.AssertGradientIsThatOfTheLogDensity());

    [Theory]
    [MemberData(nameof(Networks))]
    public void Steps_are_the_oracles(Layer[] layers) => ForShapes(layers, own => own.AssertStepsAreTheOracles());

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_saved_model_predicts_the_same(Layer[] layers) => ForShapes(layers, own => own.AssertSavedModelPredictsTheSame());

    [Fact]
    public void Every_kind_is_in_the_list() => Assert.Equal(
        typeof(Layer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Layer))).ToHashSet(),
        _networks.SelectMany(layers => layers).Select(layer => layer.GetType()).ToHashSet());

    private static void ForShapes(Layer[] layers, Action<PosteriorCase> check) =>
        PosteriorCase.ForShapes(new TrainingOptions { Layers = layers, Method = new IndependentParticles { Particles = 3 } }, check);
}
