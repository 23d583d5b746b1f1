using System.Text.Encodings.Web;
using System.Text.Json;
using IlgpuBnn.Data;

namespace IlgpuBnn.Cli;

/// <summary>Results, on standard output; everything else goes to standard error.</summary>
internal static class Output
{
    /// <summary>Aligns columns: the first to the left, the others (numbers) to the right.</summary>
    public static void Table(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<string>[] lines = [header, .. rows.Select(row => row.Select(cell => ShownText.Of(cell)).ToArray())];
        int[] widths = [.. header.Select((_, column) => lines.Max(line => line[column].Length))];
        foreach (IReadOnlyList<string> line in lines)
        {
            IEnumerable<string> cells = line.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            Console.WriteLine(string.Join("  ", cells).TrimEnd());
        }
    }

    /// <summary>Where JSON goes, in UTF-8 whatever the console's encoding. Tests that run commands in their own process redirect it.</summary>
    internal static Func<Stream> OpenStandardOutput { get; set; } = Console.OpenStandardOutput;

    /// <summary>One line of JSON.</summary>
    public static void Json(Action<Utf8JsonWriter> write)
    {
        using Stream stream = OpenStandardOutput();

        // Keeps column names readable: this is not HTML.
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        stream.WriteByte((byte)'\n');
    }
}
