using System.CommandLine;
using System.CommandLine.Parsing;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Cli;

/// <summary>Checks before the work that its result can be written.</summary>
internal static class OutputPlace
{
    /// <exception cref="CommandException">The file cannot be written.</exception>
    public static void RequireWritable(string path)
    {
        string full = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(full) ?? full;
        if (Directory.Exists(full))
        {
            throw new CommandException($"{path}: this is a folder. Name a file.");
        }

        if (!Directory.Exists(folder))
        {
            throw new CommandException($"{path}: there is no folder {folder}. Create it, or write somewhere else.");
        }

        try
        {
            AtomicFile.RequireWritable(full);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new CommandException($"{path}: the folder {folder} cannot be written to. Change its permissions, or write somewhere else.", exception);
        }
        catch (IOException exception)
        {
            throw new CommandException($"{path}: {exception.Message.TrimEnd('.')}. Write somewhere else.", exception);
        }
    }

    /// <summary>Refuses to overwrite a file that the same command reads.</summary>
    public static void RefuseInputs(Command command, Option<string> output, params Option<string>[] inputs)
    {
        foreach (Option<string> input in inputs)
        {
            RefuseInputs(command, output, input, result => [result.GetValue(input)]);
        }
    }

    /// <inheritdoc cref="RefuseInputs(Command, Option{string}, Option{string}[])"/>
    public static void RefuseInputs(Command command, Option<string> output, Option<string[]> inputs) =>
        RefuseInputs(command, output, inputs, result => result.GetValue(inputs) ?? []);

    /// <inheritdoc cref="RefuseInputs(Command, Option{string}, Option{string}[])"/>
    public static void RefuseInputs(Command command, Option<string> output, Argument<string[]> inputs) =>
        RefuseInputs(command, output, inputs, result => result.GetValue(inputs) ?? []);

    private static void RefuseInputs(Command command, Option<string> output, Symbol input, Func<CommandResult, string?[]> files) => command.Validators.Add(result =>
    {
        string? path = result.GetValue(output);
        if (Array.Exists(files(result), file => IsSame(path, file)))
        {
            result.AddError($"{output.Name} is \"{path}\", the file of {input.Name}, which would be overwritten. Name another file.");
        }
    });

    private static bool IsSame(string? path, string? other) => !string.IsNullOrEmpty(path) && !string.IsNullOrEmpty(other) && string.Equals(
        Path.GetFullPath(path), Path.GetFullPath(other), OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
}
