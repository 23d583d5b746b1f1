using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace IlgpuBnn.Cli;

/// <summary>An option whose text is checked while the command line is parsed; the error says the range.</summary>
/// <remarks>The default is kept as the text that a user would write, which the help shows.</remarks>
internal sealed class TextOption<T> : Option<string>
{
    private readonly TryRead _tryRead;
    private readonly string? _defaultText;

    public TextOption(string name, string description, string? defaultText, string requirement, TryRead tryRead)
        : base(name)
    {
        (_tryRead, _defaultText) = (tryRead, defaultText);
        Description = description;
        if (defaultText is not null)
        {
            DefaultValueFactory = _ => defaultText;
        }

        Validators.Add(result =>
        {
            string text = result.GetValueOrDefault<string>() ?? "";
            if (!tryRead(text, out _))
            {
                result.AddError($"{name} is \"{text}\"; it must be {requirement}.");
            }
        });
    }

    public delegate bool TryRead(string text, out T value);

    /// <summary>The text while the command line is checked, when defaults are not in place yet.</summary>
    public string? TextOf(CommandResult command) => command.GetValue(this) ?? _defaultText;

    /// <summary>The value or its default; default(T) without either.</summary>
    public T? Of(ParseResult parse) => parse.GetValue(this) is { } text && _tryRead(text, out T value) ? value : default;
}

internal static class TextOption
{
    /// <summary>An integer of at least <paramref name="minimum"/>.</summary>
    public static TextOption<int> Whole(string name, string description, int? defaultValue, int minimum = 1) => new(
        name, description, defaultValue?.ToString(CultureInfo.InvariantCulture),
        minimum == int.MinValue ? "a whole number" : $"a whole number, at least {minimum}",
        (string text, out int value) => TryParse(text, out value) && value >= minimum)
    {
        HelpName = "n",
    };

    /// <summary>A number in a range.</summary>
    public static TextOption<double> Real(string name, string description, double? defaultValue, string range, Predicate<double> isInRange) => new(
        name, description, defaultValue?.ToString(CultureInfo.InvariantCulture), $"a number {range}",
        (string text, out double value) => TryParse(text, out value) && isInRange(value))
    {
        HelpName = "x",
    };

    /// <summary>A finite number above 0.</summary>
    public static TextOption<double> Positive(string name, string description, double? defaultValue) =>
        Real(name, description, defaultValue, "above 0", value => value > 0 && double.IsFinite(value));

    public static TextOption<bool> YesNo(string name, string description, bool defaultValue) =>
        Choice(name, description, defaultValue, ("yes", true), ("no", false));

    /// <summary>The value or its default; null without either.</summary>
    public static T? OrNull<T>(this TextOption<T> option, ParseResult parse)
        where T : struct => parse.GetValue(option) is null ? null : option.Of(parse);

    /// <summary>Whether it was given on the command line.</summary>
    public static bool IsGiven(CommandResult command, Option option) => command.GetResult(option) is { Implicit: false };

    /// <summary>One of a few words.</summary>
    public static TextOption<T> Choice<T>(string name, string description, T defaultValue, params (string Word, T Value)[] choices)
    {
        string[] words = [.. choices.Select(choice => choice.Word)];
        return new TextOption<T>(name, description, choices.First(choice => Equals(choice.Value, defaultValue)).Word,
            $"one of {string.Join(", ", words)}", TryChoose)
        {
            HelpName = string.Join('|', words),
        };

        bool TryChoose(string text, out T value)
        {
            int found = Array.IndexOf(words, text);
            value = found < 0 ? defaultValue : choices[found].Value;
            return found >= 0;
        }
    }

    /// <summary>Units of the hidden layers.</summary>
    public static TextOption<int[]> Layers(string name, string description, IReadOnlyList<int> defaultValue) => new(
        name, description, string.Join(',', defaultValue), "units of each layer, at least 1, separated by commas, or none",
        (string text, out int[] units) => TryParseOrNone(text, 1, out units))
    {
        HelpName = "n,n",
    };

    /// <summary>Several whole numbers, at least <paramref name="minimum"/>, or none.</summary>
    public static TextOption<int[]> Wholes(string name, string description, IReadOnlyList<int> defaultValue, int minimum) => new(
        name, description, string.Join(',', defaultValue), $"whole numbers, at least {minimum}, separated by commas, or none",
        (string text, out int[] numbers) => TryParseOrNone(text, minimum, out numbers))
    {
        HelpName = "n,n",
    };

    private static bool TryParseOrNone(string text, int minimum, out int[] numbers)
    {
        numbers = [];
        return text == "none" || TryParse(text, minimum, out numbers);
    }

    /// <summary>Whole numbers with commas between them.</summary>
    private static bool TryParse(string text, int minimum, out int[] numbers)
    {
        numbers = [.. text.Split(',').Select(cell => TryParse(cell, out int value) ? value : int.MinValue)];
        return Array.TrueForAll(numbers, value => value >= minimum);
    }

    private static bool TryParse<T>(string text, out T value)
        where T : struct, INumber<T> => T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
}
