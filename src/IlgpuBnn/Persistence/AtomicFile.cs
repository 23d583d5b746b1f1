namespace IlgpuBnn.Persistence;

/// <summary>Files that are there whole or not at all, whatever interrupts their writing.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Writes a temporary file beside <paramref name="path"/>, flushes it to disk and renames it. If anything fails, a file that was there
    /// before is untouched and the temporary one is deleted.
    /// </summary>
    public static void Write(string path, Action<Stream> write)
    {
        // Beside it, as a rename is atomic only within one file system.
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
