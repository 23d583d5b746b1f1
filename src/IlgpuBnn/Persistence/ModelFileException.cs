namespace IlgpuBnn.Persistence;

/// <summary>A model file could not be read or written; the message names the file, what was found and what to do.</summary>
public sealed class ModelFileException : Exception
{
    /// <summary>Composes the message "path: problem. remedy".</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What was found, without a full stop.</param>
    /// <param name="remedy">What to do, in whole sentences.</param>
    /// <param name="innerException">The cause, if any.</param>
    public ModelFileException(string path, string problem, string remedy, Exception? innerException = null)
        : base($"{path}: {problem}. {remedy}", innerException)
    {
        Path = path;
    }

    /// <summary>The file, as the caller named it.</summary>
    public string Path { get; }
}
