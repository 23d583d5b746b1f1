using IlgpuBnn.Data;

namespace IlgpuBnn.Cli;

/// <summary>What names, ranges and patterns of options mean, once it is known which columns are inputs and which targets: of what ranges and patterns find, others are left out.</summary>
/// <param name="columns">Of the table, in its order.</param>
internal sealed class ColumnRoles(Dataset data, IReadOnlyList<string> columns)
{
    /// <param name="ofNumbers">Whether inputs of texts are left out.</param>
    /// <exception cref="DataException">A name is no column's.</exception>
    /// <exception cref="CommandException">A range or pattern finds no such input.</exception>
    public string[] Inputs(string option, IReadOnlyList<string> names, bool ofNumbers)
    {
        string[] inputs = [.. data.InputNames.Where((_, i) => !ofNumbers || data.InputTexts[i] is null)];
        return [.. names.SelectMany(name => Columns(option, name, "input", inputs)).Distinct()];
    }

    /// <exception cref="DataException">A name is no column's.</exception>
    /// <exception cref="CommandException">A range or pattern finds no target.</exception>
    public string[] Targets(string option, IReadOnlyList<string> names) => [.. names.SelectMany(name => Columns(option, name, "target", data.TargetNames)).Distinct()];

    /// <summary>A name of its own counts before a range or pattern.</summary>
    /// <exception cref="DataException">A name is no column's.</exception>
    /// <exception cref="CommandException">A range or pattern finds no target, or two of them give one another scale.</exception>
    public Dictionary<string, TransformKind> Transforms(IEnumerable<(string Name, TransformKind Kind)> given)
    {
        const string option = "--transform";
        var found = new Dictionary<string, TransformKind>();
        HashSet<string> named = [];
        foreach ((string name, TransformKind kind) in given.OrderBy(own => columns.Contains(own.Name) ? 0 : 1))
        {
            foreach (string target in Columns(option, name, "target", data.TargetNames))
            {
                if (!found.TryAdd(target, kind) && found[target] != kind && !named.Contains(target))
                {
                    throw new CommandException($"{option} gives {ShownText.Of(target)} two scales. Name it with one of them.");
                }

                if (name == target)
                {
                    named.Add(target);
                }
            }
        }

        return found;
    }

    /// <summary>A name of its own stays, whatever its role: what is wrong with it is told with the training's options.</summary>
    private string[] Columns(string option, string name, string role, IReadOnlyList<string> wanted)
    {
        string[] all = ColumnSelection.Resolve(data.SourceName, columns, [name], $"{role} of {option}")[0];
        string[] found = columns.Contains(name) ? all : [.. all.Where(wanted.Contains)];
        return found.Length > 0 ? found : throw new CommandException($"{option} names \"{ShownText.Of(name)}\", which finds no {role}: the {role}s are {ColumnSelection.List(wanted)}.");
    }
}
