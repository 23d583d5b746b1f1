using System.Globalization;
using System.Text;
using IlgpuBnn.Data;

namespace IlgpuBnn.Export;

/// <summary>Numbers and texts as C and Fortran write them.</summary>
internal static class CText
{
    private const int LineLength = 120;

    /// <summary>The shortest digits that give the same float.</summary>
    public static string Number(float value) => WithPoint(value.ToString("R", CultureInfo.InvariantCulture)) + "f";

    /// <summary>The shortest digits that give the same double.</summary>
    public static string Number(double value) => double.IsInfinity(value) ? value > 0 ? "INFINITY" : "-INFINITY" : WithPoint(value.ToString("R", CultureInfo.InvariantCulture));

    /// <summary>A comma between every two, on lines of ordinary length.</summary>
    public static string List(IEnumerable<string> cells)
    {
        var text = new StringBuilder();
        int length = LineLength;
        foreach (string cell in cells)
        {
            text.Append(text.Length == 0 ? "" : ",");
            bool fits = length + cell.Length + 2 < LineLength;
            text.Append(fits ? " " : "\n    ").Append(cell);
            length = fits ? length + cell.Length + 2 : cell.Length + 4;
        }

        return text.ToString();
    }

    /// <summary>A text of a table in a comment, which it can neither end nor make longer than a line.</summary>
    public static string Comment(string text)
    {
        string shown = ShownText.Of(text);
        foreach (string mark in (ReadOnlySpan<string>)["*/", "/*", "??"])
        {
            while (shown.Contains(mark, StringComparison.Ordinal))
            {
                shown = shown.Replace(mark, $"{mark[0]} {mark[1]}", StringComparison.Ordinal);
            }
        }

        return shown.TrimEnd('\\');
    }

    /// <summary>What names of a program may begin with: letters, digits and underscores of a file's name.</summary>
    public static string Identifier(string fileName)
    {
        const int most = 40;
        string name = string.Concat(fileName.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '_')).Trim('_');
        name = name.Length > most ? name[..most] : name;
        return name.Length > 0 && char.IsAsciiLetter(name[0]) ? name : $"model_{name}".TrimEnd('_');
    }

    private static string WithPoint(string digits) => digits.AsSpan().ContainsAny('.', 'E') ? digits : digits + ".0";
}

/// <summary>Source code with numbers in it.</summary>
internal sealed class CWriter
{
    private readonly StringBuilder _text = new();

    public void Line(string line = "") => _text.Append(line).Append('\n');

    /// <summary>Lines of a raw string, and an empty one.</summary>
    public void Lines(string lines) => _text.Append(lines.ReplaceLineEndings("\n")).Append("\n\n");

    /// <summary>A constant array of doubles.</summary>
    public void Array(string name, string size, IEnumerable<double> values) => Constants("double", $"{name}[{size}]", values.Select(CText.Number));

    /// <summary>A constant array.</summary>
    public void Constants(string type, string declaration, IEnumerable<string> cells) => Line($"static const {type} {declaration} = {{{CText.List(cells)} }};");

    public override string ToString() => _text.ToString();
}
