using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Tests.Persistence;

/// <summary>Whatever is written into files of tensors and models is read as it was.</summary>
[Properties(Arbitrary = [typeof(FileProperties)], MaxTest = 100, Replay = "11,29")]
public sealed class FileProperties : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder.File("file");

    public static Arbitrary<Contents> Files() => Arb.From(
        from count in Gen.Choose(1, 4)
        from names in Texts.Names(count + 2)
        from tensors in Tensor().ArrayOf(count)
        from texts in Texts.Any().ArrayOf(2)
        select new Contents { Tensors = names[..count].Zip(tensors).ToDictionary(), Texts = new() { [names[count]] = texts[0], [names[count + 1]] = texts[1] } });

    public static Arbitrary<Model> Models() => Arb.From(
        from names in Texts.Names(4)
        from scale in Gen.Choose(-9, 9)
        from isPositive in ArbMap.Default.GeneratorFor<bool>()
        from layers in Gen.Elements<Layer[]>([], [new Dense(2)], [new Dense(2, Activation.Sin), new SkipConnection()], [new Dense(3), new Dense(2, Activation.Tanh)])
        from method in Gen.Elements<InferenceMethod>(new Deterministic(), new AnchoredEnsemble { Particles = 4, Folds = 2 }, new Svgd { Particles = 3 })
        from transform in Gen.Elements<TransformKind>(isPositive ? [TransformKind.Log, TransformKind.SquareRoot] : [TransformKind.None, TransformKind.YeoJohnson])
        from seed in Gen.Choose(0, 1000)
        select new Model(names, Math.Pow(10, scale), isPositive, transform, new TrainingOptions { MaxIterations = 3, Layers = layers, Method = method, SelectEncodings = false, Seed = seed }));

    [Property]
    public void Tensors_and_texts_come_back_bit_for_bit(Contents contents)
    {
        SafetensorsFile.Write(Target, contents.Tensors, contents.Texts);
        SafetensorsFile back = SafetensorsFile.Read(Target);
        Assert.Equal(contents.Texts, back.Metadata);
        Assert.Equal(contents.Tensors.Keys.Order(StringComparer.Ordinal), back.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, SafetensorsTensor tensor) in contents.Tensors)
        {
            Assert.Equal(tensor.Shape, back.Tensors[name].Shape);
            Assert.Equal(Bits(tensor), Bits(back.Tensors[name]));
        }
    }

    [Property(MaxTest = 30)]
    public void A_model_of_any_names_and_scales_predicts_the_same_bits(Model model)
    {
        (double[,] inputs, double[,] targets) = (new double[24, 2], new double[24, 2]);
        for (int row = 0; row < 24; row++)
        {
            (inputs[row, 0], inputs[row, 1]) = (row * model.Scale, (row * 7 % 24) - 9);
            double value = Math.Sin(row) + (model.IsPositive ? 1.5 : 0);
            (targets[row, 0], targets[row, 1]) = (value * model.Scale, value + 3 + (row % 5));
        }

        BayesianNetwork written = BayesianNetwork.Fit(
            new Dataset(inputs, targets, model.Names[..2], model.Names[2..]), model.Options with { Transforms = new Dictionary<string, TransformKind> { [model.Names[2]] = model.Transform } });
        written.Save(Target);
        BayesianNetwork back = BayesianNetwork.Load(Target);
        Assert.Equal(model.Names, back.InputNames.Concat(back.TargetNames));
        Assert.Equal(written.Predict(inputs).Mean, back.Predict(inputs).Mean);
        Assert.Equal(written.Predict(inputs).Quantile(0.9), back.Predict(inputs).Quantile(0.9));
        Assert.Equal(written.TargetTransforms, back.TargetTransforms);
    }

    public void Dispose() => _folder.Dispose();

    private static Gen<SafetensorsTensor> Tensor() =>
        from shape in Gen.Choose(0, 4).ArrayOf().Resize(3)
        let count = shape.Aggregate(1, (product, size) => product * size)
        from bits in ArbMap.Default.GeneratorFor<long>().ArrayOf(count)
        from isSingle in ArbMap.Default.GeneratorFor<bool>()
            // Spread over all bits, infinities and NaN too; -0.0 every now and then.
        let spread = bits.Select(own => own % 5 == 0 ? long.MinValue : own * 6364136223846793005)
        select isSingle
            ? new SafetensorsTensor([.. spread.Select(own => BitConverter.Int32BitsToSingle((int)(own >> 32)))], shape)
            : new SafetensorsTensor([.. spread.Select(BitConverter.Int64BitsToDouble)], shape);

    private static IEnumerable<long> Bits(SafetensorsTensor tensor) =>
        tensor.Values is float[] singles ? singles.Select(value => (long)BitConverter.SingleToInt32Bits(value)) : ((double[])tensor.Values).Select(BitConverter.DoubleToInt64Bits);

    public sealed class Contents
    {
        internal Dictionary<string, SafetensorsTensor> Tensors { get; init; } = [];

        internal Dictionary<string, string> Texts { get; init; } = [];
    }

    public sealed record Model(string[] Names, double Scale, bool IsPositive, TransformKind Transform, TrainingOptions Options);
}
