using System.Text;
using System.Text.RegularExpressions;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Reporting;

/// <summary>Writes the folder of a report, completely or not at all: only files of an earlier report are replaced.</summary>
internal static partial class ReportFolder
{
    /// <summary>Name of the page's meta element that lists the report's files, which a later report may replace.</summary>
    public const string Mark = "ilgpubnn-report";

    private const string Temporary = $".{Mark}.tmp";

    public static void Write(string folder, IReadOnlyDictionary<string, Action<Stream>> files, string page)
    {
        if (string.IsNullOrWhiteSpace(folder))
        {
            throw new ReportFolderException("The name of the folder for the report is empty. Name a folder.");
        }

        try
        {
            WriteInto(folder, files, page);
        }
        catch (Exception exception) when (exception is (IOException and not ReportFolderException) or UnauthorizedAccessException)
        {
            throw new ReportFolderException(
                $"{folder}: the report could not be written ({exception.Message.TrimEnd('.')}). Check that the folder may be written to and that the disk has "
                    + "room, or name another one.", exception);
        }
    }

    private static void WriteInto(string folder, IReadOnlyDictionary<string, Action<Stream>> files, string page)
    {
        string place = Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        if (File.Exists(place))
        {
            throw new ReportFolderException($"{folder}: this is a file. Name a folder.");
        }

        string[] earlier = FilesOfReport(Path.Combine(place, ReportPage.FileName));
        string? foreign = files.Keys.Append(ReportPage.FileName).Except(earlier)
            .FirstOrDefault(name => Path.Exists(Path.Combine(place, name)));
        if (foreign is not null)
        {
            throw new ReportFolderException(
                $"{folder}: has {foreign}, which no report wrote and this one would overwrite. Name another folder, or move the file.");
        }

        // In an existing folder, as that beside it may not be writable.
        string temporary = Path.Combine(place, Temporary);
        if (!Directory.Exists(place))
        {
            temporary = $"{place}{Temporary}";
        }

        // Of a report that was killed.
        DeleteFolder(temporary);
        try
        {
            Directory.CreateDirectory(temporary);
            foreach ((string name, Action<Stream> write) in files)
            {
                AtomicFile.Write(Path.Combine(temporary, name), write);
            }

            AtomicFile.Write(Path.Combine(temporary, ReportPage.FileName), stream => stream.Write(Encoding.UTF8.GetBytes(page)));
            Move(temporary, place, files, earlier);
        }
        finally
        {
            DeleteFolder(temporary);
        }
    }

    /// <summary>Moves a complete report to its place. Cut short, it leaves only files that a page lists, which the next report replaces.</summary>
    private static void Move(string temporary, string place, IReadOnlyDictionary<string, Action<Stream>> files, string[] earlier)
    {
        if (!Directory.Exists(place))
        {
            Directory.Move(temporary, place);
            return;
        }

        foreach (string name in earlier.Except(files.Keys).Except([ReportPage.FileName]))
        {
            File.Delete(Path.Combine(place, name));
        }

        foreach (string name in files.Keys.Prepend(ReportPage.FileName))
        {
            File.Move(Path.Combine(temporary, name), Path.Combine(place, name), overwrite: true);
        }
    }

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The page and the files it lists; empty without a report.</summary>
    private static string[] FilesOfReport(string page)
    {
        if (!File.Exists(page) || MarkPattern().Match(File.ReadAllText(page)) is not { Success: true } mark)
        {
            return [];
        }

        // Plain names only: an edited page must not cause other files to be deleted.
        return [ReportPage.FileName, .. mark.Groups[1].Value.Split(' ').Where(name => NamePattern().IsMatch(name))];
    }

    [GeneratedRegex($"<meta name=\"{Mark}\" content=\"([^\"]*)\"/>")]
    private static partial Regex MarkPattern();

    [GeneratedRegex(@"^[a-z0-9-]+\.(svg|csv|png)\z")]
    private static partial Regex NamePattern();
}

/// <summary>A report cannot be written to a folder, or would overwrite other files; the message says what to do.</summary>
public sealed class ReportFolderException : IOException
{
    internal ReportFolderException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
