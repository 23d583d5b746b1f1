using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace IlgpuBnn.Cli;

/// <summary>Help with the options that people use first, and then the others in groups.</summary>
internal static class GroupedHelp
{
    private const int Width = 100;

    /// <summary>Adds options that only the groups list.</summary>
    public static void Add(Command command, IEnumerable<(string Title, IReadOnlyList<Option> Options)> groups)
    {
        (string Title, IReadOnlyList<Option> Options)[] all = [.. groups];
        foreach (Option option in all.SelectMany(group => group.Options))
        {
            option.Hidden = true;
            command.Add(option);
        }

        command.Add(new HelpOption { Action = new Action(all) });
    }

    private sealed class Action((string Title, IReadOnlyList<Option> Options)[] groups) : SynchronousCommandLineAction
    {
        private readonly HelpAction _common = new();

        public override int Invoke(ParseResult parseResult)
        {
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
}
