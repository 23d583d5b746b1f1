using System.Globalization;

namespace IlgpuBnn.Networks;

/// <summary>The words of one layer of a <see cref="NetworkDescription"/>, which a layer takes one after the other.</summary>
internal sealed class LayerWords
{
    // A kappa that out-of-fold rows choose.
    private const string Open = "auto";

    private readonly List<(string Text, int Position)> _words = [];

    /// <param name="name">Of the layer.</param>
    /// <param name="position">Of the name in the description, from 1.</param>
    /// <param name="settings">Between the parentheses.</param>
    /// <param name="settingsPosition">Of their first character, from 1.</param>
    /// <exception cref="FormatException">There is nothing between two commas.</exception>
    public LayerWords(string name, int position, string settings, int settingsPosition)
    {
        (Name, Position) = (name, position);
        if (settings.Trim().Length == 0)
        {
            return;
        }

        foreach (string part in settings.Split(','))
        {
            string word = part.Trim();
            int at = settingsPosition + part.Length - part.TrimStart().Length;
            _words.Add(word.Length > 0 ? (word, at) : throw Problem(at, $"{name}({settings})", "has nothing between two commas. Remove one of them"));
            settingsPosition += part.Length + 1;
        }
    }

    public string Name { get; }

    public int Position { get; }

    /// <exception cref="FormatException">They are missing, or not a whole number of at least 1.</exception>
    public int Units(string example) => Whole("units", example);

    /// <summary>The next number.</summary>
    /// <param name="what">What it counts.</param>
    /// <exception cref="FormatException">It is missing, or not a whole number of at least 1.</exception>
    public int Whole(string what, string example) =>
        MayBeWhole(what, example) ?? throw Problem(Position, Name, $"has no number of {what}. Write it in parentheses, such as {example}");

    /// <summary>The next number; null for none.</summary>
    /// <exception cref="FormatException">It is not a whole number of at least 1.</exception>
    public int? MayBeWhole(string what, string example) => Take(IsBare) is not var (text, position) ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 ? number
        : throw Problem(position, text, $"is no number of {what}. It must be a whole number, at least 1, such as {example}");

    /// <summary>Whether a word stands there.</summary>
    public bool Flag(string word) => Take(own => own == word) is not null;

    /// <summary><c>stride=number</c>; 1 if it is left out.</summary>
    /// <exception cref="FormatException">It is no whole number of at least 1.</exception>
    public int Stride() => Setting("stride", "stride", 2) ?? 1;

    /// <summary><c>truncate=number</c>; null if it is left out.</summary>
    /// <exception cref="FormatException">It is no whole number of at least 1.</exception>
    public int? Truncation() => Setting("truncate", "number of steps", 50);

    /// <summary><c>padding=kind</c>, or the kind alone; zeros if it is left out.</summary>
    /// <exception cref="FormatException">It is no kind.</exception>
    public Padding Padding()
    {
        const string name = "padding=";
        Padding[] known = Enum.GetValues<Padding>();
        if (Take(word => word.StartsWith(name, StringComparison.Ordinal) || known.Any(own => Text(own) == word)) is not var (text, position))
        {
            return default;
        }

        string kind = text.StartsWith(name, StringComparison.Ordinal) ? text[name.Length..] : text;
        int found = Array.FindIndex(known, own => Text(own) == kind);
        return found >= 0 ? known[found] : throw Problem(position, text, $"is no padding. It must be one of {string.Join(", ", known.Select(Text))}");
    }

    /// <exception cref="FormatException">It is none.</exception>
    public Activation Activation(Activation otherwise)
    {
        if (Take(IsBare) is not var (text, position))
        {
            return otherwise;
        }

        Activation[] known = Enum.GetValues<Activation>();
        int found = Array.FindIndex(known, own => Text(own) == text);
        return found >= 0 ? known[found] : throw Problem(position, text, $"is no activation. It must be one of {string.Join(", ", known.Select(Text))}");
    }

    /// <summary><c>kappa=value</c>; null for <c>kappa=auto</c>.</summary>
    /// <exception cref="FormatException">The value cannot be one.</exception>
    public double? Kappa(double otherwise)
    {
        const string name = "kappa=";
        if (Take(word => word.StartsWith(name, StringComparison.Ordinal)) is not var (text, position))
        {
            return otherwise;
        }

        return text == name + Open ? null
            : double.TryParse(text[name.Length..], NumberStyles.Float, CultureInfo.InvariantCulture, out double kappa) && FourierFeatures.IsKappa(kappa)
            ? kappa
            : throw Problem(position, text, $"is no kappa. It must be a number above 0, at most {FourierFeatures.MaxKappa}, such as kappa=4, or kappa={Open}");
    }

    /// <exception cref="FormatException">A word was not taken.</exception>
    public void RequireAllRead(Layer layer)
    {
        foreach ((string text, int position) in _words)
        {
            throw Problem(position, text, $"is more than {Name} takes. With all that it takes, the layer is {layer}");
        }
    }

    public static string Text(double? kappa) => kappa is { } value ? value.ToString(CultureInfo.InvariantCulture) : Open;

    public static string Text(Activation activation) => activation.ToString().ToLowerInvariant();

    public static string Text(Padding padding) => padding.ToString().ToLowerInvariant();

    public static FormatException Problem(int position, string word, string problem) => new($"At position {position}, \"{word}\" {problem}.");

    private int? Setting(string name, string what, int example) => Take(word => word.StartsWith($"{name}=", StringComparison.Ordinal)) is not var (text, position) ? null
        : int.TryParse(text[(name.Length + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 ? value
        : throw Problem(position, text, $"is no {what}. It must be a whole number, at least 1, such as {name}={example}");

    private static bool IsBare(string word) => !word.Contains('=', StringComparison.Ordinal);

    private (string Text, int Position)? Take(Predicate<string> wanted)
    {
        int at = _words.FindIndex(own => wanted(own.Text));
        if (at < 0)
        {
            return null;
        }

        (string, int) word = _words[at];
        _words.RemoveAt(at);
        return word;
    }
}
