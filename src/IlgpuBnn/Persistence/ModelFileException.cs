using IlgpuBnn.Data;

namespace IlgpuBnn.Persistence;

/// <summary>A model file could not be read or written; the message names the file, what was found and what to do.</summary>
public sealed class ModelFileException : Exception
{
    // What is left of a problem in the longest message.
    private const int LeastProblem = 60;

    /// <summary>Composes the message "path: problem. remedy": one line, with whatever does not print as escapes, and long texts shortened.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What was found, without a full stop.</param>
    /// <param name="remedy">What to do, in whole sentences.</param>
    /// <param name="innerException">The cause, if any.</param>
    public ModelFileException(string path, string problem, string remedy, Exception? innerException = null)
        : base(Describe(ShownText.Path(path), problem, remedy), innerException)
    {
        Path = path;
    }

    /// <summary>The file, as the caller named it.</summary>
    public string Path { get; }

    private static string Describe(string path, string problem, string remedy)
    {
        int room = ShownText.MaxMessage - path.Length - ": ".Length - ". ".Length - remedy.Length;
        return $"{path}: {ShownText.Of(problem, Math.Max(room, LeastProblem))}. {remedy}";
    }
}
