using System.Collections.Concurrent;

namespace IlgpuBnn.Persistence;

/// <summary>Writes files atomically: a temporary file in the same folder, flushed to disk and renamed.</summary>
internal static class AtomicFile
{
    private const string Suffix = ".tmp";
    private static readonly ConcurrentDictionary<string, object?> _unfinished = new();

    /// <summary>If anything fails, an existing file is unchanged. A symbolic link is written through; a replaced file's permissions are kept.</summary>
    /// <exception cref="IOException">It cannot be written, or is a device or a pipe.</exception>
    /// <exception cref="UnauthorizedAccessException">Permissions do not allow it.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string place = Place(path), temporary = TemporaryFor(place);
        RemoveAbandoned(place);
        _unfinished[temporary] = null;
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                KeepPermissions(place, temporary);
                write(stream);
                stream.Flush(flushToDisk: true);
                if (!OperatingSystem.IsWindows())
                {
                    // Still locked, so that no other process takes it for abandoned.
                    File.Move(temporary, place, overwrite: true);
                }
            }

            if (OperatingSystem.IsWindows())
            {
                File.Move(temporary, place, overwrite: true);
            }
        }
        catch (ArgumentOutOfRangeException exception) when (exception is { ParamName: "value", Source: "System.Private.CoreLib" })
        {
            // What .NET makes of EFBIG: more than a file may have here (a limit of the user's, FAT's 4 GiB).
            throw new IOException("The file is larger than files can be here", exception);
        }
        finally
        {
            File.Delete(temporary);
            _unfinished.TryRemove(temporary, out _);
        }
    }

    /// <summary>Creates the temporary file and deletes it, to find out ahead of the work whether <see cref="Write"/> will fail.</summary>
    /// <inheritdoc cref="Write"/>
    public static void RequireWritable(string path)
    {
        string temporary = TemporaryFor(Place(path));
        using FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
    }

    /// <summary>Deletes temporary files of this process, which is about to end.</summary>
    public static void DeleteUnfinished()
    {
        foreach (string temporary in _unfinished.Keys)
        {
            File.Delete(temporary);
        }
    }

    /// <summary>The file itself, at the end of symbolic links.</summary>
    private static string Place(string path)
    {
        var file = new FileInfo(path);
        string place = file.LinkTarget is null ? file.FullName : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        return SpecialFile.Kind(place) is { } kind
            ? throw new IOException($"This is a {kind}, which cannot be replaced by a file. Name a file")
            : place;
    }

    private static string TemporaryFor(string place) => $"{place}.{Path.GetRandomFileName()}{Suffix}";

    private static void KeepPermissions(string place, string temporary)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(place))
        {
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(place));
        }
    }

    /// <summary>Deletes what a process that was killed left of this file: a temporary file that no process has locked.</summary>
    private static void RemoveAbandoned(string place)
    {
        string name = Path.GetFileName(place);
        int length = name.Length + 1 + Path.GetRandomFileName().Length + Suffix.Length;
        string[] abandoned =
        [
            .. Directory.EnumerateFiles(Path.GetDirectoryName(place)!).Where(other => Path.GetFileName(other) is { } own && own.Length == length
                && own.StartsWith($"{name}.", StringComparison.Ordinal) && own.EndsWith(Suffix, StringComparison.Ordinal)),
        ];
        foreach (string other in abandoned)
        {
            try
            {
                using FileStream locked = new(other, FileMode.Open, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another process is writing it.
            }
        }
    }
}
