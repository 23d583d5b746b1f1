using System.Buffers;
using System.Globalization;
using System.Text;

namespace IlgpuBnn.Data;

/// <summary>Text out of a file (a cell, a column name, metadata, a path) as it may be shown: on a terminal, in a message, on a page, in a spreadsheet.</summary>
/// <remarks>
/// Whatever does not print is written as an escape: it could move the cursor, recolour or retitle a terminal, reverse the order of letters, or break a line of a log.
/// </remarks>
internal static class ShownText
{
    /// <summary>Of a name or cell in a message.</summary>
    public const int MaxName = 60;

    /// <summary>Of a path in a message: its end is kept.</summary>
    public const int MaxPath = 120;

    /// <summary>Of a message of one file problem.</summary>
    public const int MaxMessage = 299;

    private const string Gap = "...";

    // What spreadsheets take for the start of a formula.
    private static readonly SearchValues<char> _formula = SearchValues.Create("=+-@\t\r");

    /// <summary>A name or cell: escaped, on one line, its end left out if it is long.</summary>
    public static string Of(string text, int maxLength = MaxName)
    {
        // One character is at most 10 as an escape; what follows is left out anyway.
        string shown = Escaped(text.Length <= maxLength ? text : text[..(maxLength + 1)]);
        return shown.Length <= maxLength ? shown : Cut(shown, maxLength - Gap.Length) + Gap;
    }

    /// <summary>A path: escaped, its beginning left out if it is long.</summary>
    public static string Path(string path)
    {
        string shown = Escaped(path);
        if (shown.Length <= MaxPath)
        {
            return shown;
        }

        int start = shown.Length - MaxPath + Gap.Length;
        return Gap + shown[(char.IsLowSurrogate(shown[start]) ? start + 1 : start)..];
    }

    /// <summary>Escapes whatever does not print; the length is not limited.</summary>
    public static string Escaped(string text)
    {
        if (!NeedsEscape(text))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\n' => shown.Append("\\n"),
                '\r' => shown.Append("\\r"),
                '\t' => shown.Append("\\t"),
                _ when Prints(rune) => shown.Append(rune.ToString()),
                <= 0xffff => shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => shown.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
            };
        }

        return shown.ToString();
    }

    /// <summary>A text cell that a spreadsheet would run as a formula gets an apostrophe, which spreadsheets hide; numbers keep their sign.</summary>
    public static string ForCell(string text) =>
        text.Length > 0 && _formula.Contains(text[0]) && !IsNumber(text) && !IsNumber(text.Replace(',', '.')) ? "'" + text : text;

    private static bool IsNumber(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static bool NeedsEscape(string text)
    {
        foreach (char character in text)
        {
            if (character is < ' ' or > '~')
            {
                // Other letters too: the runes tell.
                return true;
            }
        }

        return false;
    }

    // A lone surrogate is enumerated as U+FFFD, which prints; U+200C and U+200D join or part letters of several scripts.
    private static bool Prints(Rune rune) => rune.Value is 0x200c or 0x200d || Rune.GetUnicodeCategory(rune)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    private static string Cut(string text, int length) => text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
