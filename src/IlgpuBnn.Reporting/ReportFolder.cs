using System.Text;
using System.Text.RegularExpressions;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Reporting;

/// <summary>Writes the folder of a report: only files of an earlier report are replaced, and each file atomically.</summary>
internal static partial class ReportFolder
{
    /// <summary>Name of the page's meta element that lists the report's files, which a later report may replace.</summary>
    public const string Mark = "ilgpubnn-report";

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

        if (Directory.Exists(place))
        {
            Replace(folder, place, files, page);
        }
        else
        {
            Create(place, files, page);
        }
    }

    /// <summary>Fills a temporary folder and renames it.</summary>
    private static void Create(string place, IReadOnlyDictionary<string, Action<Stream>> files, string page)
    {
        string temporary = $"{place}.{Path.GetRandomFileName()}.tmp";
        try
        {
            Directory.CreateDirectory(temporary);
            WriteFiles(temporary, files, page);
            Directory.Move(temporary, place);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    private static void Replace(string folder, string place, IReadOnlyDictionary<string, Action<Stream>> files, string page)
    {
        string[] earlier = FilesOfReport(Path.Combine(place, ReportPage.FileName));
        string? foreign = files.Keys.Append(ReportPage.FileName).Except(earlier)
            .FirstOrDefault(name => Path.Exists(Path.Combine(place, name)));
        if (foreign is not null)
        {
            throw new ReportFolderException(
                $"{folder}: has {foreign}, which no report wrote and this one would overwrite. Name another folder, or move the file.");
        }

        WriteFiles(place, files, page);
        foreach (string name in earlier.Except(files.Keys).Except([ReportPage.FileName]))
        {
            File.Delete(Path.Combine(place, name));
        }
    }

    private static void WriteFiles(string place, IReadOnlyDictionary<string, Action<Stream>> files, string page)
    {
        foreach ((string name, Action<Stream> write) in files)
        {
            AtomicFile.Write(Path.Combine(place, name), write);
        }

        AtomicFile.Write(Path.Combine(place, ReportPage.FileName), stream => stream.Write(Encoding.UTF8.GetBytes(page)));
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

    [GeneratedRegex(@"^[a-z0-9-]+\.(svg|csv)\z")]
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
