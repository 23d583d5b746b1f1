namespace IlgpuBnn.Data;

/// <summary>Which columns of a table are inputs, which are targets and which tell groups of rows apart, by index and in the order asked for.</summary>
internal sealed record ColumnSelection(int[] Inputs, int[] Targets, int[] Groups)
{
    private const int MostNamesListed = 40;
    private const int MostCharactersListed = 300;

    /// <exception cref="ArgumentException">The lists contradict each other.</exception>
    /// <exception cref="DataException">The table lacks a named column, or no inputs remain.</exception>
    public static ColumnSelection Choose(
        CsvTable table,
        IReadOnlyList<string> targets,
        IReadOnlyList<string>? inputs,
        IReadOnlyList<string>? exclude,
        IReadOnlyList<string>? groups = null)
    {
        CheckConsistent(targets, inputs, exclude, groups ?? []);
        int[] targetColumns = [.. targets.Select(name => Find(table, name, "target"))];
        int[] excludedColumns = [.. (exclude ?? []).Select(name => Find(table, name, "column to exclude"))];
        int[] groupColumns = [.. (groups ?? []).Select(name => Find(table, name, "group"))];
        int[] inputColumns = inputs is null
            ? [.. Enumerable.Range(0, table.ColumnNames.Count).Except(targetColumns).Except(excludedColumns).Except(groupColumns)]
            : [.. inputs.Select(name => Find(table, name, "input"))];
        if (inputColumns.Length == 0)
        {
            throw new DataException(table.SourceName,
                $"no inputs are left: every column is a target, excluded or of a group. Its columns are {List(table.ColumnNames)}.");
        }
        return new ColumnSelection(inputColumns, targetColumns, groupColumns);
    }

    /// <summary>Names for a message, shortened where a table has hundreds of columns.</summary>
    public static string List(IReadOnlyList<string> names, int mostCharacters = MostCharactersListed)
    {
        string[] shown = [.. names.Take(MostNamesListed).Select(name => ShownText.Of(name))];
        int count = 0;
        for (int length = 0; count < shown.Length && length <= mostCharacters; count++)
        {
            length += shown[count].Length;
        }

        return string.Join(", ", shown.Take(count)) + (count < names.Count ? $" and {names.Count - count} more" : "");
    }

    public static int IndexOf(IReadOnlyList<string> names, string name)
    {
        for (int column = 0; column < names.Count; column++)
            if (names[column] == name) return column;
        return -1;
    }

    /// <param name="columns">Index of each input; -1 where it is missing.</param>
    /// <exception cref="DataException">An input is missing; the message names all that are.</exception>
    public static void RequireInputs(string sourceName, IReadOnlyList<string> inputNames, int[] columns, IReadOnlyList<string> found)
    {
        string[] missing = [.. inputNames.Where((_, i) => columns[i] < 0)];
        if (missing.Length == 0) return;
        throw new DataException(sourceName,
            $"{missing.Length} of {inputNames.Count} inputs are missing: {List(missing, 100)}. The model was trained on {List(inputNames, 100)}; "
            + $"the columns are {List(found, 100)}. Add the missing columns, or rename those that hold them.");
    }

    private static void CheckConsistent(
        IReadOnlyList<string> targets, IReadOnlyList<string>? inputs, IReadOnlyList<string>? exclude, IReadOnlyList<string> groups)
    {
        if (targets.Count == 0)
            throw new ArgumentException("No target is given. Name at least one column to predict.");
        if (inputs is not null && exclude is not null)
            throw new ArgumentException("Both inputs and columns to exclude are given. Name one or the other.");
        CheckDistinct("target", targets);
        CheckDistinct("input", inputs ?? []);
        CheckDistinct("group", groups);
        foreach (string target in targets)
        {
            if (inputs?.Contains(target) == true)
                throw new ArgumentException($"\"{target}\" is both a target and an input. Take it out of one of the two lists.");
            if (groups.Contains(target))
                throw new ArgumentException($"\"{target}\" is both a target and a group. Take it out of one of the two lists.");
            if (exclude?.Contains(target) == true)
                throw new ArgumentException($"\"{target}\" is both a target and excluded. Take it out of one of the two lists.");
        }
    }

    private static void CheckDistinct(string role, IReadOnlyList<string> names)
    {
        string? repeated = names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (repeated is not null)
            throw new ArgumentException($"\"{repeated}\" is named twice as {role}. Name it once.");
    }

    private static int Find(CsvTable table, string name, string role)
    {
        int column = IndexOf(table.ColumnNames, name);
        if (column >= 0) return column;
        string? nearest = Nearest(table.ColumnNames, name);
        string suggestion = nearest is null ? "" : $" Did you mean \"{ShownText.Of(nearest)}\"?";
        throw new DataException(table.SourceName,
            $"there is no column \"{ShownText.Of(name)}\" ({role}).{suggestion} The columns are {List(table.ColumnNames)}.");
    }

    /// <summary>The nearest name by edit distance, ignoring case, if at most a third of the letters differ.</summary>
    private static string? Nearest(IReadOnlyList<string> names, string wanted)
    {
        (string name, int distance) = names
            .Select(name => (name, EditDistance(name.ToUpperInvariant(), wanted.ToUpperInvariant())))
            .MinBy(candidate => candidate.Item2);
        return distance <= wanted.Length / 3 ? name : null;
    }

    private static int EditDistance(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] current = new int[b.Length + 1];
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(substituted, Math.Min(previous[j], current[j - 1]) + 1);
            }
            previous = current;
        }
        return previous[b.Length];
    }
}
