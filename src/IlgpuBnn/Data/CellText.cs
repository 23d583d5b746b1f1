using System.Globalization;
using System.Text.RegularExpressions;

namespace IlgpuBnn.Data;

/// <summary>What text looks like that is not read as a number, in words.</summary>
internal static partial class CellText
{
    /// <summary>Continues a sentence that begins with the text, and says what to do.</summary>
    /// <param name="decimalCommas">Whether decimal commas are read in this table.</param>
    /// <param name="remedy">Where the text looks like nothing special.</param>
    public static string Problem(string text, string column, bool decimalCommas, string remedy)
    {
        string plain = Spaces().Replace(text, "");
        if (IsDate(text))
        {
            return $"is a date, not a number. {DateRemedy(column)}";
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsInfinity(value)
            || text.TrimStart('+', '-').Equals("inf", StringComparison.OrdinalIgnoreCase))
        {
            return $"is not a finite number. {remedy}";
        }

        if (IsNumber(Minus().Replace(plain, "-")) && Minus().IsMatch(plain))
        {
            return $"is not a number: its minus sign is another letter (U+{(int)Minus().Match(plain).Value[0]:X4}). Write a hyphen, \"-\".";
        }

        if (plain.EndsWith('%') && IsNumber(plain[..^1].Replace(',', '.')))
        {
            return "is not a number: it looks like a percentage. Write numbers without the sign in the whole column.";
        }

        if (Thousands().IsMatch(text) && (decimalCommas || !SingleComma().IsMatch(text)))
        {
            return "is not a number: it looks like one with thousands separators. Write numbers without them.";
        }

        if (SingleComma().IsMatch(text))
        {
            return "is not a number: it looks like one with a decimal comma or a thousands separator, and in a table with commas between cells it "
                + "may be either. Write numbers with a decimal point, and without thousands separators.";
        }

        if (text.StartsWith('#') && text.Length > 1 && text[^1] is '!' or '?')
        {
            return $"is not a number: it looks like an error of a spreadsheet. {remedy}";
        }

        if (text.All(letter => letter == '*'))
        {
            return $"is not a number: it looks like a number too wide for its format in Fortran. {remedy}";
        }

        if (text[0] is '<' or '>' && IsNumber(text[1..]))
        {
            return $"is not a number: it looks like a limit of detection. {remedy}";
        }

        return WithUnit().IsMatch(text) ? $"is not a number: it looks like one with a unit. Write the number alone, and the unit into the header. {remedy}"
            : $"is not a number. {remedy}";
    }

    public static string DateRemedy(string column) =>
        "Write what matters of it as a number, such as the year, the day of the year or the days since the start, or leave the column out "
        + $"(--exclude \"{ShownText.Of(column)}\").";

    /// <summary>Whether it is a date or a time of day.</summary>
    public static bool IsDate(string text) => Date().IsMatch(text);

    private static bool IsNumber(string text) => CellFormat.Plain.Read(text, out _) == CellKind.Number;

    [GeneratedRegex(@"^(\d{4}[-/.]\d{1,2}([-/.]\d{1,2}([T ]+\d{1,2}:\d{2}.*)?)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})([T ,]+\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp][Mm])?"
        + @"|(\d{1,2}[-/. ]+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-/., ]+(\d{1,2}(st|nd|rd|th)?,? +)?\d{2,4})$", RegexOptions.IgnoreCase)]
    private static partial Regex Date();

    [GeneratedRegex(@"[\u2212\u2012\u2013\u2014\uFE63\uFF0D]")]
    private static partial Regex Minus();

    [GeneratedRegex(@"[\s\u00A0\u2009\u202F]")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"^[-+]?\d{1,3}([,.'\u2019 \u00A0\u2009\u202F]\d{3})+([.,]\d+)?$")]
    private static partial Regex Thousands();

    [GeneratedRegex(@"^[-+]?\d*,\d+([eEdD][-+]?\d+)?$")]
    private static partial Regex SingleComma();

    [GeneratedRegex(@"^[-+]?\d+([.,]\d+)?([eE][-+]?\d+)? ?(?![xX]\d)[\p{L}°µ][\p{L}\d/^*²³-]{0,9}$")]
    private static partial Regex WithUnit();
}
