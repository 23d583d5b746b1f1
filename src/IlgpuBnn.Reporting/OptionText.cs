using System.Globalization;
using System.Text.RegularExpressions;

namespace IlgpuBnn.Reporting;

/// <summary>Option records as rows of a table.</summary>
internal static partial class OptionText
{
    /// <summary>A row for each option that is not left open, nested ones included.</summary>
    public static IEnumerable<TableCell[]> Rows(object options)
    {
        foreach (System.Reflection.PropertyInfo property in options.GetType().GetProperties())
        {
            if (property.GetValue(options) is not { } value)
            {
                continue;
            }

            IEnumerable<TableCell[]> rows = value is string or ValueType ? [[Words(property.Name), Text(value)]]
                : value is IReadOnlyList<IReadOnlyList<double>> logarithms ? [[Words(property.Name), Factors(logarithms)]]
                : Rows(value);
            foreach (TableCell[] row in rows)
            {
                yield return row;
            }
        }
    }

    /// <summary>e.g. "weight scale" of WeightScale.</summary>
    public static string Words(string name) => WordStart().Replace(name, match => $" {match.Value.ToLowerInvariant()}").TrimStart();

    /// <summary>Mean of each over the lists.</summary>
    private static string Factors(IReadOnlyList<IReadOnlyList<double>> logarithms) => string.Join(
        ", ", Enumerable.Range(0, logarithms[0].Count).Select(k => Math.Exp(logarithms.Average(own => own[k])).ToString("0.00", CultureInfo.InvariantCulture)));

    private static string Text(object value) => value switch
    {
        true => "yes",
        false => "no",
        Enum => Words(value.ToString()!),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    [GeneratedRegex("[A-Z]")]
    private static partial Regex WordStart();
}
