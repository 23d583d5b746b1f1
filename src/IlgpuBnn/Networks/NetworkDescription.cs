using System.Text.RegularExpressions;

namespace IlgpuBnn.Networks;

/// <summary>Hidden layers as a line of text, such as <c>dense(20,silu) dense(50,tanh) skip</c>; <c>linear</c> for none.</summary>
/// <remarks>
/// A layer is its name and, in parentheses, its numbers and settings (<c>name=value</c>), with commas between them; layers have spaces between them. A layer's
/// <see cref="object.ToString"/> is its text with every setting.
/// </remarks>
public static partial class NetworkDescription
{
    private const string Linear = "linear";

    private static readonly Dictionary<string, Func<LayerWords, Layer>> _kinds = new()
    {
        ["dense"] = Dense.Parse,
        ["skip"] = SkipConnection.Parse,
        ["fourier"] = FourierFeatures.Parse,
        ["sine"] = Sine.Parse,
        ["field"] = FieldLayer.Parse,
        ["conv1d"] = Convolution.Parse,
        ["conv2d"] = Convolution.Parse,
        ["pool"] = Pooling.Parse,
        ["resize"] = Resizing.Parse,
        ["lstm"] = Recurrence.Parse,
        ["gru"] = Recurrence.Parse,
    };

    /// <summary>The layers of a text. Text and layers are each other's inverse, but for settings that have a default.</summary>
    /// <exception cref="FormatException">The text is no network; the message names the position, the word there and what may stand there.</exception>
    public static IReadOnlyList<Layer> Parse(string text) => Required(Layers(text));

    /// <summary>The layers of a text that may leave out the field that windows of series are, as in <c>lstm(32)</c>.</summary>
    /// <param name="text">As of <see cref="Parse(string)"/>.</param>
    /// <param name="channels">Values of a step, <see cref="Data.SeriesDescription.Channels"/>.</param>
    /// <param name="steps">Of a window.</param>
    /// <exception cref="FormatException">As of <see cref="Parse(string)"/>.</exception>
    public static IReadOnlyList<Layer> Parse(string text, int channels, int steps) => Required(SeriesLayers.Of(Layers(text), channels, steps));

    /// <summary>The layers as they are written, which may not follow each other.</summary>
    /// <exception cref="FormatException">A word cannot be read.</exception>
    internal static IReadOnlyList<Layer> Layers(string text)
    {
        Layer[] layers = text.Trim() == Linear ? [] : [.. Words(text).Select(Read)];
        return layers.SelectMany(layer => layer.Problems()).FirstOrDefault() is { } problem ? throw new FormatException(problem) : layers;
    }

    private static IReadOnlyList<Layer> Required(IReadOnlyList<Layer> layers)
    {
        try
        {
            _ = Network.OfLayers(layers);
            return layers;
        }
        catch (ArgumentException cause)
        {
            throw new FormatException(cause.Message, cause);
        }
    }

    /// <summary>The text of layers, which <see cref="Parse(string)"/> reads.</summary>
    public static string Of(IReadOnlyList<Layer> layers) => layers.Count == 0 ? Linear : string.Join(' ', layers);

    private static Layer Read(LayerWords words)
    {
        if (!_kinds.TryGetValue(words.Name, out Func<LayerWords, Layer>? parse))
        {
            throw LayerWords.Problem(words.Position, words.Name, $"is no layer. It must be one of {string.Join(", ", _kinds.Keys)}, or {Linear} alone");
        }

        Layer layer = parse(words);
        words.RequireAllRead(layer);
        return layer;
    }

    private static IEnumerable<LayerWords> Words(string text)
    {
        int end = 0;
        for (Match match = LayerPattern().Match(text); match.Success; match = match.NextMatch())
        {
            Group name = match.Groups["name"], settings = match.Groups["settings"];
            yield return new LayerWords(name.Value, name.Index + 1, settings.Success ? settings.Value : "", settings.Index + 1);
            end = match.Index + match.Length;
        }

        string rest = text[end..].Trim();
        if (rest.Length > 0 || end == 0)
        {
            throw LayerWords.Problem(
                text.Length - text[end..].TrimStart().Length + 1, rest, "cannot be read. Write layers such as dense(50,tanh), with a space between one and the next");
        }
    }

    [GeneratedRegex(@"\G\s*(?<name>[^\s(),]+)(?:\s*\((?<settings>[^()]*)\))?(?=\s|$)", RegexOptions.CultureInvariant)]
    private static partial Regex LayerPattern();
}
