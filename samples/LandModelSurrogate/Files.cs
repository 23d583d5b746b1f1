using System.Text;
using CsvHelper;

namespace LandModelSurrogate;

/// <summary>Writes files atomically, as a run may be interrupted at any time.</summary>
internal static class Files
{
    /// <summary>Writes a temporary file and renames it.</summary>
    public static void Write(string path, string text)
    {
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Writes a CSV file with a column per member of the record.</summary>
    public static void WriteCsv<T>(string path, IEnumerable<T> records)
    {
        using var text = new StringWriter(new StringBuilder());
        using (CsvWriter csv = CsvWriter.Create(text, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true))
        {
            csv.WriteRecords(records);
        }

        Write(path, text.ToString());
    }

    public static T[] ReadCsv<T>(string path)
    {
        using CsvReader csv = CsvReader.FromFile(path);
        return [.. csv.GetRecords<T>()];
    }
}
