using System.CommandLine;
using CsvHelper;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Cli;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<string> Data(string description) => new("--data") { Description = description, Required = true, HelpName = "F.csv" };

    public static Option<string> Model(string description) => new("--model") { Description = description, Required = true, HelpName = "M" };

    public static Option<bool> Json(string description = "Print the result as one line of JSON.") => new("--json") { Description = description };

    public static TextOption<string> Device() =>
        new("--device", "What computes: cpu, auto for the fastest GPU with memory of its own, or an id that \"ilgpubnn devices\" lists.", "cpu",
            "auto, or an id that \"ilgpubnn devices\" lists", TryFind)
        {
            HelpName = "id",
        };

    /// <summary>Columns, by name: commas between names, or the option repeated.</summary>
    public static Option<string[]> Columns(string name, string description)
    {
        return new Option<string[]>(name)
        {
            Description = description,
            HelpName = "a,b",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = result =>
            {
                string[] names = [.. result.Tokens.SelectMany(token => SplitNames(token.Value))];
                if (names.Any(string.IsNullOrEmpty))
                {
                    string text = string.Join(' ', result.Tokens.Select(token => token.Value));
                    result.AddError($"{name} is \"{text}\"; it must be names of columns with commas between them.");
                }

                return names;
            },
        };
    }

    // Only its form: looking for devices takes time, and a device that is missing says why when it is opened.
    private static bool TryFind(string text, out string id)
    {
        id = text;
        return DeviceCatalog.IsId(text);
    }

    // As a line of CSV: a name that holds a comma can be quoted.
    private static IEnumerable<string> SplitNames(string text)
    {
        using CsvReader csv = CsvReader.Create(
            new StringReader(text), new CsvReaderOptions { HasHeader = false, Separator = ',', TrimWhitespace = true });
        if (!csv.Read())
        {
            return [""];
        }

        return [.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetString)];
    }
}
