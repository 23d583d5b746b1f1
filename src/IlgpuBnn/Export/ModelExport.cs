using System.Text;
using IlgpuBnn.Data;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Export;

/// <summary>Writes models as programs that predict without this library, with the same mean and standard deviations.</summary>
/// <remarks>Quantiles, conformal intervals, derivatives and networks with fields are not exported.</remarks>
public static class ModelExport
{
    // A protocol buffer holds less than 2^31 bytes.
    private const long MaxOnnxBytes = 2_000_000_000;

    /// <summary>Writes an ONNX file (operator set 13), atomically.</summary>
    /// <remarks>
    /// Input <c>inputs</c> [rows, inputs], double, raw units, in the order of <see cref="BayesianNetwork.InputNames"/>; a category written as text as the index of its level
    /// in <see cref="CategoryEncoding.Texts"/>. Outputs, double: <c>mean</c>, <c>sd</c> (of a new measurement) and <c>aleatoric_sd</c> [rows, targets], and <c>particles</c>
    /// [particles, rows, targets], all in raw units; <c>particle_noise_sd</c> [particles, rows, targets], of a target with a transform on the transform's scale.
    /// Names, ranges, encodings and transforms are in the file's metadata.
    /// </remarks>
    /// <exception cref="ArgumentException">The model has what is not exported, or is larger than an ONNX file may be.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Permissions do not allow it.</exception>
    public static void WriteOnnx(BayesianNetwork model, string path)
    {
        var exported = new ExportedModel(model);
        long bytes = sizeof(float) * (long)exported.Ensemble.Particles.Length;
        if (bytes > MaxOnnxBytes)
        {
            throw new ArgumentException($"The weights of this model take {bytes} bytes; an ONNX file holds at most {MaxOnnxBytes}. Train fewer particles or smaller layers.");
        }

        TableEncoding encoding = exported.Encoding;
        ProtobufWriter file = OnnxPrediction.Of(exported).ToModel(
            ExportedModel.Producer,
            $"Predicts {ColumnSelection.List(model.TargetNames)} from {ColumnSelection.List(model.InputNames)}, in the tables' own units. particle_noise_sd of a target with a transform "
                + "is on the transform's scale.",
            [
                ("input_names", ModelMetadata.Text<string[]>([.. encoding.InputNames])), ("input_encodings", ModelMetadata.Text<InputEncoding[]>([.. encoding.Inputs])),
                ("input_smallest", ModelMetadata.Text<double[]>([.. encoding.Range.Smallest])), ("input_largest", ModelMetadata.Text<double[]>([.. encoding.Range.Largest])),
                ("target_names", ModelMetadata.Text<string[]>([.. model.TargetNames])), ("target_transforms", ModelMetadata.Text<TargetTransform[]>([.. encoding.Targets])),
            ]);
        AtomicFile.Write(path, file.WriteTo);
    }

    /// <summary>Writes one file of C99, a header and a Fortran module (NAME.c, NAME.h and NAME_module.f90), each atomically.</summary>
    /// <remarks>
    /// It needs libm alone, allocates nothing and may be called by any number of threads. Functions: <c>NAME_predict</c> for one row, <c>NAME_predict_rows</c> for many, and
    /// <c>NAME_outside</c>, the number of a row's inputs outside the training range. The header says which input and target is which.
    /// </remarks>
    /// <param name="path">Of the C file, which ends with .c; letters, digits and underscores of its name begin the functions' names.</param>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="ArgumentException">The model has what is not exported, or one prediction would take too much of the stack.</exception>
    /// <exception cref="IOException">A file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Permissions do not allow it.</exception>
    public static IReadOnlyList<string> WriteC(BayesianNetwork model, string path)
    {
        var exported = new ExportedModel(model);
        (string[] paths, string name) = FilesOfC(path);
        string[] texts = [CSource.Of(exported, name), CHeaders.C(exported, name), CHeaders.Fortran(exported, name)];
        for (int k = 0; k < paths.Length; k++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(texts[k]);
            AtomicFile.Write(paths[k], stream => stream.Write(bytes));
        }

        return paths;
    }

    /// <summary>The files of <see cref="WriteC"/>, and what names in them begin with.</summary>
    internal static (string[] Paths, string Name) FilesOfC(string path)
    {
        string file = Path.GetFileNameWithoutExtension(path), name = CText.Identifier(file), folder = Path.GetDirectoryName(path) ?? "";
        if (Path.GetExtension(path) != ".c")
        {
            throw new ArgumentException($"{path}: the name of a C file must end in .c, such as {name}.c. Its header and its Fortran module are written beside it.");
        }

        if (name != file)
        {
            throw new ArgumentException($"{path}: functions of C are named after the file. Use a name of letters, digits and underscores that begins with a letter, such as {name}.c.");
        }

        return ([path, Path.Combine(folder, $"{name}.h"), Path.Combine(folder, $"{name}_module.f90")], name);
    }
}
