using System.Buffers;
using System.Globalization;

namespace IlgpuBnn.Data;

/// <summary>What a cell holds.</summary>
internal enum CellKind
{
    /// <summary>A finite number, or true or false as 1 or 0.</summary>
    Number,

    /// <summary>A finite number with a decimal comma.</summary>
    CommaNumber,

    /// <summary>Nothing, or a word for it.</summary>
    Missing,

    /// <summary>Anything else.</summary>
    Text,
}

/// <summary>Reads cells as numbers, whatever the machine's culture.</summary>
/// <param name="missing">More texts that mean a missing value; a number among them means any cell of that value.</param>
/// <param name="decimalCommas">Whether a comma may stand for the decimal point, as it can where it does not separate cells.</param>
internal sealed class CellFormat(IReadOnlyList<string>? missing, bool decimalCommas)
{
    private const int MaxLength = 64;

    private static readonly SearchValues<char> s_rare = SearchValues.Create(",DdTtFf");

    private readonly HashSet<string> _missing = new([.. MissingValues.Words, .. missing ?? []], StringComparer.OrdinalIgnoreCase);

    private readonly double[] _missingNumbers =
        [.. (missing ?? []).Select(text => TryParse(text, out double value) ? value : double.NaN).Where(double.IsFinite)];

    public static CellFormat Plain { get; } = new(null, decimalCommas: true);

    public bool DecimalCommas => decimalCommas;

    /// <param name="value">NaN where there is no number.</param>
    public CellKind Read(string text, out double value)
    {
        if (text.Length == 0)
        {
            value = double.NaN;
            return CellKind.Missing;
        }

        return TryParse(text, out value) ? Judge(ref value, CellKind.Number) : ReadRare(text, out value);
    }

    private CellKind Judge(ref double value, CellKind kind)
    {
        if (double.IsFinite(value) && (_missingNumbers.Length == 0 || !IsMissing(value)))
        {
            return kind;
        }

        CellKind found = double.IsInfinity(value) ? CellKind.Text : CellKind.Missing;
        value = double.NaN;
        return found;
    }

    private bool IsMissing(double value) => Array.Exists(_missingNumbers, code => MissingValues.AreSame(code, value));

    /// <summary>Numbers as Fortran or a German spreadsheet writes them, truth values, and words for missing ones.</summary>
    private CellKind ReadRare(string text, out double value)
    {
        value = double.NaN;
        if (_missing.Contains(text))
        {
            return CellKind.Missing;
        }

        if (text.Length > MaxLength || text.AsSpan().IndexOfAny(s_rare) < 0)
        {
            return CellKind.Text;
        }

        if (bool.TryParse(text, out bool truth))
        {
            value = truth ? 1 : 0;
            return CellKind.Number;
        }

        Span<char> usual = stackalloc char[text.Length];
        text.CopyTo(usual);
        int comma = usual.IndexOf(','), exponent = usual.IndexOfAny('D', 'd');
        if (comma >= 0)
        {
            if (!decimalCommas || usual.Contains('.'))
            {
                return CellKind.Text;
            }

            usual[comma] = '.';
        }

        if (exponent > 0)
        {
            usual[exponent] = 'E';
        }

        if (!double.TryParse(usual, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
        {
            value = double.NaN;
            return CellKind.Text;
        }

        return Judge(ref value, comma >= 0 ? CellKind.CommaNumber : CellKind.Number);
    }

    private static bool TryParse(string text, out double value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
}
