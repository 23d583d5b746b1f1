using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace IlgpuBnn.Cli;

/// <summary>A command with many options: its help lists the less common ones in groups at the end.</summary>
internal sealed class GroupedCommand : Command
{
    public GroupedCommand(string name, string description, IEnumerable<Option> common, IEnumerable<(string Title, IReadOnlyList<Option> Options)> groups)
        : base(name, description)
    {
        Groups = [.. groups];
        foreach (Option option in common.Concat(Groups.SelectMany(group => group.Options)))
        {
            Add(option);
        }
    }

    public IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Groups { get; }
}

/// <summary>The usual help, followed by the groups of a <see cref="GroupedCommand"/>.</summary>
internal sealed class GroupedHelp : SynchronousCommandLineAction
{
    private const int Width = 100;

    private readonly HelpAction _common = new();

    public override int Invoke(ParseResult parseResult)
    {
        IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> groups = parseResult.CommandResult.Command is GroupedCommand command ? command.Groups : [];
        foreach (Option option in groups.SelectMany(group => group.Options))
        {
            // Hidden only for the usual help, so that a misspelt one is still suggested.
            option.Hidden = true;
        }

        int code = _common.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        foreach ((string title, IReadOnlyList<Option> options) in groups)
        {
            output.WriteLine($"{title}:");
            string[] names = [.. options.Select(option => $"  {option.Name} <{option.HelpName}>")];
            int column = Math.Min(names.Max(name => name.Length), 40) + 2;
            for (int i = 0; i < options.Count; i++)
            {
                Write(output, names[i], column, Description(options[i]));
            }

            output.WriteLine();
        }

        return code;
    }

    private static string Description(Option option) => option.HasDefaultValue && option.GetDefaultValue() is string text && text.Length > 0
        ? $"{option.Description} [default: {text}]"
        : option.Description ?? "";

    private static void Write(TextWriter output, string name, int column, string description)
    {
        string line = name.Length < column ? name.PadRight(column) : $"{name}{Environment.NewLine}{new string(' ', column)}";
        int used = column;
        foreach (string word in description.Split(' '))
        {
            if (used > column && used + word.Length > Width)
            {
                output.WriteLine(line.TrimEnd());
                (line, used) = (new string(' ', column), column);
            }

            (line, used) = ($"{line}{word} ", used + word.Length + 1);
        }

        output.WriteLine(line.TrimEnd());
    }
}
