using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Reporting;

/// <summary>An SVG picture as a test sees it: where its texts and marks lie.</summary>
internal sealed partial class SvgPicture
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private readonly XElement _root;

    public SvgPicture(string svg) => _root = XElement.Parse(svg);

    public double Width => (double)_root.Attribute("width")!;

    public double Height => (double)_root.Attribute("height")!;

    public IReadOnlyList<string> Texts => [.. _root.Descendants(Svg + "text").Select(text => text.Value)];

    /// <summary>The rectangles of a kind: left, top, width, height.</summary>
    public IReadOnlyList<(double X, double Y, double Width, double Height, string Fill)> Rectangles(string kind) =>
    [
        .. OfKind("rect", kind).Select(
            rect => (Absolute(rect).X + Number(rect, "x"), Absolute(rect).Y + Number(rect, "y"), Number(rect, "width"),
            Number(rect, "height"), rect.Attribute("fill")!.Value)),
    ];

    /// <summary>Commands of the paths of a kind.</summary>
    public IReadOnlyList<string> Paths(string kind) => [.. OfKind("path", kind).Select(path => path.Attribute("d")!.Value)];

    public IReadOnlyList<string> Attributes(string kind, string name) =>
        [.. OfKind("path", kind).Select(path => path.Attribute(name)?.Value ?? "")];

    /// <summary>Points that the commands of a path name, M and L.</summary>
    public static IReadOnlyList<(double X, double Y)> Points(string commands) =>
    [
        .. PointPattern().Matches(commands).Select(match => (
            double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
            double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))),
    ];

    /// <summary>Fails unless every text is within the picture, and none lies over another.</summary>
    public SvgPicture AssertReadable()
    {
        (string Text, Box Box)[] texts = [.. _root.Descendants(Svg + "text").Select(text => (text.Value, BoxOf(text)))];
        Assert.NotEmpty(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            (string text, Box box) = texts[i];
            Assert.True(
                box.Left >= 0 && box.Top >= 0 && box.Right <= Width && box.Bottom <= Height,
                $"\"{text}\" at {box} leaves the picture of {Width} x {Height}");
            for (int j = 0; j < i; j++)
            {
                Assert.False(box.Overlaps(texts[j].Box), $"\"{text}\" at {box} overlaps \"{texts[j].Text}\" at {texts[j].Box}");
            }
        }

        return this;
    }

    public Box BoxOf(string text) => BoxOf(_root.Descendants(Svg + "text").Single(element => element.Value == text));

    private static Box BoxOf(XElement text)
    {
        double size = Number(text, "font-size"), width = ChartStyle.TextWidth(text.Value, size);
        (double originX, double originY) = Absolute(text);
        double x = originX + Number(text, "x"), y = originY + Number(text, "y");
        double before = width * text.Attribute("text-anchor")!.Value switch { "start" => 0, "middle" => 0.5, _ => 1 };
        (double ascent, double descent) = (0.74 * size, 0.2 * size);
        return text.Attribute("transform")?.Value.StartsWith("rotate(-90", StringComparison.Ordinal) == true
            ? new Box(x - ascent, y + before - width, x + descent, y + before)
            : new Box(x - before, y - ascent, x - before + width, y + descent);
    }

    private IEnumerable<XElement> OfKind(string element, string kind) =>
        _root.Descendants(Svg + element).Where(found => found.Attribute("class")?.Value == kind);

    private static (double X, double Y) Absolute(XElement element)
    {
        IEnumerable<Match> moves = element.Ancestors(Svg + "g")
            .Select(group => TranslatePattern().Match(group.Attribute("transform")!.Value));
        return moves.Aggregate((0.0, 0.0), (sum, move) => (
            sum.Item1 + double.Parse(move.Groups[1].Value, CultureInfo.InvariantCulture),
            sum.Item2 + double.Parse(move.Groups[2].Value, CultureInfo.InvariantCulture)));
    }

    private static double Number(XElement element, string attribute) => (double)element.Attribute(attribute)!;

    [GeneratedRegex(@"[ML](-?[\d.]+) (-?[\d.]+)")]
    private static partial Regex PointPattern();

    [GeneratedRegex(@"translate\((-?[\d.]+) (-?[\d.]+)\)")]
    private static partial Regex TranslatePattern();

    internal readonly record struct Box(double Left, double Top, double Right, double Bottom)
    {
        public bool Overlaps(Box other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
    }
}
