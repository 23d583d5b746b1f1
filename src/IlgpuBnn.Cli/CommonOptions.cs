using System.CommandLine;
using CsvHelper;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Cli;

/// <summary>Options of several commands.</summary>
internal static class CommonOptions
{
    public static Option<string> Model(string description = "Model file written by \"ilgpubnn train\".") =>
        new("--model") { Description = description, Required = true, HelpName = "M" };

    /// <summary>A model for a command that is about numbers.</summary>
    /// <exception cref="CommandException">It predicts classes.</exception>
    public static BayesianNetwork LoadOfNumbers(string path, string command)
    {
        BayesianNetwork model = BayesianNetwork.Load(path);
        return model.Classes is not { } classes ? model : throw new CommandException(
            $"{path} predicts classes of {ShownText.Of(model.TargetNames[0])} ({ColumnSelection.List(classes)}), and {command} is for targets that are numbers. "
                + "Commands for classes are predict, evaluate and report.");
    }

    public static Option<bool> Json(string description = "Print the result as one line of JSON.") => new("--json") { Description = description };

    public static TextOption<string> Device() =>
        DeviceOf("--device", "Device: cpu, auto (the fastest discrete GPU, otherwise cpu), or an id listed by \"ilgpubnn devices\".", "cpu");

    /// <summary>A device; none by default.</summary>
    public static TextOption<string> DeviceOf(string name, string description, string? defaultValue = null) =>
        new(name, description, defaultValue, "auto, or an id that \"ilgpubnn devices\" lists", TryFind) { HelpName = "id" };

    /// <summary>A text that means a missing value; the option may be repeated.</summary>
    public static Option<string[]> Missing() => new("--missing")
    {
        Description = $"A cell that means a missing value, besides {string.Join(" ", MissingValues.Words)} and empty ones. A number, such as -9999 or 1e20, stands for "
            + "every cell of that value. May be repeated.",
        HelpName = "token",
        Arity = ArgumentArity.OneOrMore,
    };

    /// <summary>Notes of data, on standard error.</summary>
    public static void PrintNotes(IEnumerable<string> notes)
    {
        foreach (string note in notes)
        {
            Console.Error.WriteLine($"Note: {ShownText.Escaped(note)}");
        }
    }

    /// <summary>What looks wrong in data, on standard error.</summary>
    public static void PrintWarnings(IEnumerable<string> warnings)
    {
        foreach (string warning in warnings)
        {
            Console.Error.WriteLine($"Warning: {ShownText.Escaped(warning)}");
        }
    }

    /// <summary>The inputs and targets that a training takes, on standard error: a name that is missing among the targets is an input.</summary>
    public static void PrintColumns(Dataset data)
    {
        IEnumerable<string> inputs = data.InputNames.Zip(data.InputTexts, (name, texts) => texts is null ? name : $"{name} (category of {texts.Count} levels)");
        Console.Error.WriteLine(data.Series is { } series
            ? $"{Count("input", series.Inputs.Count)}: {ColumnSelection.List(series.Inputs)}, of {series.Steps} steps each; {Targets(data)}."
            : $"{Count("input", data.InputCount)}: {ColumnSelection.List([.. inputs])}; {Targets(data)}.");

        static string Targets(Dataset data) => data.Classes is { } classes
            ? $"{classes.Count} classes of {ShownText.Of(data.TargetNames[0])}: {ColumnSelection.List(classes)}"
            : $"{Count("target", data.TargetCount)}: {ColumnSelection.List(data.TargetNames)}";

        static string Count(string what, int count) => $"{count} {what}{(count == 1 ? "" : "s")}";
    }

    /// <summary>Column names, separated by commas; the option may be repeated.</summary>
    public static Option<string[]> Columns(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "a,b",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            string[] names = [.. result.Tokens.SelectMany(token => SplitNames(token.Value))];
            if (names.Any(string.IsNullOrEmpty))
            {
                result.AddError($"{name} is \"{string.Join(' ', result.Tokens)}\"; it must be names of columns, separated by commas.");
            }

            return names;
        },
    };

    // Checks the form only: finding devices takes time, and opening a missing one explains itself.
    private static bool TryFind(string text, out string id)
    {
        id = text;
        return DeviceCatalog.IsId(text);
    }

    // A line of CSV, so that a name that contains a comma can be quoted.
    public static IEnumerable<string> SplitNames(string text)
    {
        using CsvReader csv = CsvReader.Create(
            new StringReader(text), new CsvReaderOptions { HasHeader = false, Separator = ',', TrimWhitespace = true });
        return csv.Read() ? [.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetString)] : [""];
    }
}
