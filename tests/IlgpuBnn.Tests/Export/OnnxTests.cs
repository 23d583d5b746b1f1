using IlgpuBnn.Export;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace IlgpuBnn.Tests.Export;

public sealed class OnnxTests
{
    // Of a standard deviation. Networks are in single precision, summed in another order.
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Models => [.. ExportedModels.Names];

    [Theory]
    [MemberData(nameof(Models))]
    public void A_runtime_predicts_as_the_library(string name)
    {
        BayesianNetwork model = ExportedModels.Get(name);
        double[,] rows = ExportedModels.Rows(name);
        PredictiveDistribution expected = model.Predict(rows);
        double[] units = ExportedModels.Units(expected);
        Dictionary<string, Tensor<double>> found = Run(model, rows);
        for (int n = 0; n < expected.RowCount; n++)
        {
            for (int o = 0; o < units.Length; o++)
            {
                // An exponential multiplies the rounding of single precision by its exponent.
                double tolerance = Tolerance * units[o], relative = model.TargetTransforms[o] is IdentityTransform ? 0 : Tolerance;
                Numbers.AssertClose(expected.Mean[n, o], found["mean"][n, o], tolerance, relative);
                Numbers.AssertClose(Math.Sqrt(expected.Variance[n, o]), found["sd"][n, o], tolerance, relative);
                Numbers.AssertClose(Math.Sqrt(expected.AleatoricVariance[n, o]), found["aleatoric_sd"][n, o], tolerance, relative);
                double noise = 0;
                for (int s = 0; s < expected.ParticleCount; s++)
                {
                    Numbers.AssertClose(expected.ParticleOutputs[s, n, o], found["particles"][s, n, o], tolerance, Tolerance);
                    noise += Math.Pow(found["particle_noise_sd"][s, n, o], 2) / expected.ParticleCount;
                }

                if (model.TargetTransforms[o] is IdentityTransform)
                {
                    Numbers.AssertClose(expected.AleatoricVariance[n, o], noise, tolerance * units[o], 0);
                }
            }
        }
    }

    [Fact]
    public void Layers_of_fields_and_classes_are_refused()
    {
        var options = new TrainingOptions { MaxIterations = 5, Method = new Deterministic() };
        Dataset numbers = Runs.Of(9, 4, 1, (_, x) => [x[0]]);
        (BayesianNetwork Model, string Message)[] cases =
        [
            (BayesianNetwork.Fit(numbers, options with { Layers = [new FieldLayer(1, 2, 2), new Convolution(2, 3), new Dense(2)] }), "layers of fields (field(1,2,2), conv2d(2,3,"),
            (BayesianNetwork.Fit(numbers, options with { Layers = [new FieldLayer(2, 2), new Recurrence(RecurrentCell.Gru, 2)] }), "layers of fields (field(2,2), gru(2,last))"),
            (BayesianNetwork.Fit(Runs.Classes(30).Data, options with { HiddenUnits = [2] }), "The model predicts classes, which are not exported."),
        ];
        using var folder = new TemporaryFolder();
        foreach ((BayesianNetwork model, string message) in cases)
        {
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => ModelExport.WriteOnnx(model, folder.File("model.onnx"))).Message, StringComparison.Ordinal);
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => ModelExport.WriteC(model, folder.File("model.c"))).Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_file_says_what_its_numbers_are()
    {
        using var folder = new TemporaryFolder();
        ModelExport.WriteOnnx(ExportedModels.Get("encodings"), folder.File("model.onnx"));
        using var session = new InferenceSession(folder.File("model.onnx"));
        Dictionary<string, string> metadata = session.ModelMetadata.CustomMetadataMap;
        Assert.Equal("[\"x1\",\"x2\",\"x3\"]", metadata["input_names"]);
        Assert.Contains("2.5", metadata["input_encodings"], StringComparison.Ordinal);
        Assert.Equal("ilgpubnn 0.1.0", session.ModelMetadata.ProducerName);
    }

    private static Dictionary<string, Tensor<double>> Run(BayesianNetwork model, double[,] rows)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.onnx");
        ModelExport.WriteOnnx(model, path);
        using var session = new InferenceSession(path);
        var tensor = new DenseTensor<double>(rows.Cast<double>().ToArray(), [rows.GetLength(0), rows.GetLength(1)]);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run([NamedOnnxValue.CreateFromTensor("inputs", tensor)]);
        return outputs.ToDictionary(own => own.Name, own => (Tensor<double>)own.AsTensor<double>().ToDenseTensor());
    }
}
