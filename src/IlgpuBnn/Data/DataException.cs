namespace IlgpuBnn.Data;

/// <summary>A table cannot be used as it stands; the message says where, what was found and what to do, and can be shown to users.</summary>
public sealed class DataException : Exception
{
    /// <summary>Reports a problem of a whole source, or of the row and column given.</summary>
    /// <param name="sourceName">Path of the file, or the name that the caller gave to the text or the arrays.</param>
    /// <param name="problem">
    /// What is wrong and what to do; continues a sentence that begins with the raw text, if there is one. Shown as it is: what it quotes of a file must be escaped.
    /// </param>
    /// <param name="row">Line of the file on which the record starts, 1-based; null if no single row is at fault.</param>
    /// <param name="column">Name of the column; null if no single column is at fault.</param>
    /// <param name="rawText">Text of the cell as found; null if no single cell is at fault.</param>
    /// <param name="innerException">The cause, if another exception reported it.</param>
    public DataException(
        string sourceName,
        string problem,
        int? row = null,
        string? column = null,
        string? rawText = null,
        Exception? innerException = null)
        : base(Describe(sourceName, problem, row, column, rawText), innerException)
    {
        SourceName = sourceName;
        Row = row;
        Column = column;
        RawText = rawText;
        Problems = [this];
    }

    /// <summary>Several problems of one source.</summary>
    internal DataException(string message, IReadOnlyList<DataException> problems)
        : base(message)
    {
        SourceName = problems[0].SourceName;
        Problems = problems;
    }

    /// <summary>Where several problems are reported together, each of them, at most ten; otherwise this one.</summary>
    public IReadOnlyList<DataException> Problems { get; }

    /// <summary>The message, without what every problem of the source begins with.</summary>
    internal string WithoutSource => Message[SourceName.Length..].TrimStart(',', ':', ' ');

    /// <summary>Path of the file, or the name that the caller gave to the text or the arrays.</summary>
    public string SourceName { get; }

    /// <summary>Line of the file on which the record starts, 1-based; null if no single row is at fault.</summary>
    public int? Row { get; }

    /// <summary>Null if no single column is at fault.</summary>
    public string? Column { get; }

    /// <summary>Text of the cell as found; null if no single cell is at fault.</summary>
    public string? RawText { get; }

    private static string Describe(string sourceName, string problem, int? row, string? column, string? rawText)
    {
        string place = ShownText.Path(sourceName)
            + (row is null ? "" : $", row {row}")
            + (column is null ? "" : $", column \"{ShownText.Of(column)}\"");
        return rawText is null ? $"{place}: {problem}" : $"{place}: \"{ShownText.Of(rawText)}\" {problem}";
    }
}
