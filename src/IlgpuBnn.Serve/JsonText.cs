using System.Text.Encodings.Web;
using System.Text.Json;

namespace IlgpuBnn.Serve;

/// <summary>How JSON is written: names stay readable, as none of it is put into HTML.</summary>
internal static class JsonText
{
    public static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    public static readonly JsonWriterOptions Writer = new() { Encoder = Encoder };

    public static string Of(string text) => $"\"{JsonEncodedText.Encode(text, Encoder)}\"";

    /// <summary>An object, as bytes.</summary>
    public static byte[] Object(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Writer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
