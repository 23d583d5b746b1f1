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
        [new FourierFeatures(3)],
        [new FourierFeatures(9, 0.3), new SkipConnection(), new Dense(3, Activation.Relu)],
        [new FourierFeatures(1, 2), new Dense(5, Activation.Tanh), new SkipConnection()],
        [new Sine(4, 3)],
        [new Sine(18, 1.7), new SkipConnection(), new Dense(3, Activation.Tanh), new SkipConnection()],
        [new FieldLayer(1, 2, 3), new Convolution(2, 3, Activation.Tanh)],
        [new FieldLayer(1, 4, 3), new Convolution(2, 3, Activation.Silu, Padding.Reflect, 2), new Convolution(1, 2, Activation.Tanh, Padding.Periodic), new Dense(2)],
        [new FieldLayer(2, 5), new Convolution(2, 3, Activation.Sin, Padding.Periodic, 2, Dimensions: 1), new Resizing(2), new Pooling(4), new SkipConnection()],
        [new FieldLayer(1, 2, 1), new Dense(4, Activation.Tanh), new FieldLayer(2, 2), new Convolution(2, 1, Activation.Identity, Dimensions: 1), new FieldLayer(2, 2)],
        [new FieldLayer(2, 3), new Recurrence(RecurrentCell.Lstm, 3)],
        [new FieldLayer(2, 3), new Recurrence(RecurrentCell.Gru, 9, Masked: true)],
        [
            new FieldLayer(3, 2), new Recurrence(RecurrentCell.Gru, 2, Sequence: true), new Recurrence(RecurrentCell.Lstm, 3, Sequence: true),
            new Convolution(2, 1, Activation.Identity, Dimensions: 1), new FieldLayer(2, 2),
        ],
        [new FieldLayer(1, 3), new Dense(4, Activation.Tanh), new FieldLayer(1, 4), new Recurrence(RecurrentCell.Lstm, 2, Sequence: true), new Recurrence(RecurrentCell.Gru, 2), new Dense(3)],
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

    /// <summary>Under a prior of another kind, with relevances where the first layer is trained.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void Gradient_of_an_anchored_ensemble_is_that_of_the_log_density(Layer[] layers) => PosteriorCase.ForShapes(
        new TrainingOptions { Layers = layers, Method = new AnchoredEnsemble { Particles = 4, Folds = 2 } }, own => own.AssertGradientIsThatOfTheLogDensity());

    private static void ForShapes(Layer[] layers, Action<PosteriorCase> check) =>
        PosteriorCase.ForShapes(new TrainingOptions { Layers = layers, Method = new IndependentParticles { Particles = 3 } }, check);
}
