using System.CommandLine;
using IlgpuBnn.Export;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn export</c>.</summary>
internal static class ExportCommand
{
    private enum Format
    {
        Onnx,
        C,
    }

    public static Command Create()
    {
        Option<string> model = CommonOptions.Model();
        TextOption<Format> format = TextOption.Choice(
            "--format",
            "onnx is a file for ONNX Runtime and the like (operator set 13); c is one file of C99 without dependencies, a header and a Fortran module beside it, for surrogates that are "
                + "called from inside a model.",
            Format.Onnx, ("onnx", Format.Onnx), ("c", Format.C));
        var output = new Option<string>("--out", "--output")
        {
            Description = "File to write. As C, letters, digits and underscores of its name begin the functions' names: yield.c has yield_predict, and yield.h and yield_module.f90 beside it. "
                + "Existing files are replaced.",
            Required = true,
            HelpName = "FILE",
        };
        var command = new Command(
            "export",
            "Write a model as a program that predicts without ilgpubnn: mean, standard deviation and its part from noise, the same as here to 1e-5 of a standard deviation. Models of fields "
                + "are refused; quantiles and conformal intervals are not exported.\n\n"
                + "Examples:\n  ilgpubnn export --model yield.safetensors --format onnx --out yield.onnx\n  ilgpubnn export --model yield.safetensors --format c --out yield.c") { model, format, output };
        OutputPlace.RefuseInputs(command, output, model);
        command.SetAction(parse => Run(parse.GetRequiredValue(model), format.Of(parse), parse.GetRequiredValue(output)));
        return command;
    }

    private static int Run(string modelPath, Format format, string outputPath)
    {
        BayesianNetwork model = BayesianNetwork.Load(modelPath);
        IReadOnlyList<string> paths = format == Format.C ? ModelExport.FilesOfC(outputPath).Paths : [outputPath];
        foreach (string path in paths)
        {
            OutputPlace.RequireWritable(path);
        }

        if (format == Format.C)
        {
            ModelExport.WriteC(model, outputPath);
        }
        else
        {
            ModelExport.WriteOnnx(model, outputPath);
        }

        Console.Error.WriteLine($"Wrote {string.Join(", ", paths.Select(path => $"{path} ({new FileInfo(path).Length:N0} bytes)"))}.");
        return ExitCode.Success;
    }
}
