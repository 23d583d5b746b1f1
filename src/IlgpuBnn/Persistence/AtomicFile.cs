namespace IlgpuBnn.Persistence;

/// <summary>Writes files atomically.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a temporary file, flushes it to disk and renames it. If anything fails, an existing file is unchanged.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        // In the same folder, as a rename is atomic only within one file system.
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }
}
