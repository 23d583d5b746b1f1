using FsCheck;
using FsCheck.Fluent;

namespace IlgpuBnn.Tests;

/// <summary>Texts of which programs that read tables and JSON trip over single letters.</summary>
internal static class Texts
{
    private static readonly string[] _pieces =
    [
        "a", "b", "x1", "0", "7", " ", ",", ";", "\t", "|", "\"", "\"\"", "'", "\n", "\r\n", "#", "=", "-", "+", "@", ".", "..", "*", "\\", "/", "[0]", "{", "}", ":", "é", "µ", "ß", "漢", "\ud83c\udf31", "\u0301",
    ];

    /// <summary>Without blanks around it; may be empty.</summary>
    public static Gen<string> Any() => Gen.Elements(_pieces).ArrayOf().Resize(8).Select(pieces => string.Concat(pieces).Trim());

    /// <summary>Distinct, none of them empty.</summary>
    public static Gen<string[]> Names(int count) => Any().Select(name => name.Length > 0 ? name : "n").ArrayOf(count).Select(names => (string[])
        [.. names.Select((name, k) => names.Take(k).Contains(name) ? $"{name}{k}_" : name)]);
}
