using System.Text.RegularExpressions;

namespace IlgpuBnn.Data;

/// <summary>Which columns of a table are inputs, which are targets and which tell groups of rows apart, by index and in the order asked for.</summary>
/// <remarks>
/// A name that is no column's may be a range in the order of the table, "first..last", or a pattern with * (any letters) and ? (one letter). Of what these
/// find, columns that have another role are left out.
/// </remarks>
/// <param name="Empty">Columns that would be inputs, but have no value in any row.</param>
/// <param name="Guessed">Whether inputs are what is left, rather than asked for.</param>
/// <param name="Named">Inputs asked for by their own names.</param>
/// <param name="Categories">Columns whose cells are texts, even if they look like numbers.</param>
internal sealed record ColumnSelection(int[] Inputs, int[] Targets, int[] Groups, int[] Empty, bool Guessed, HashSet<int> Named, HashSet<int> Categories)
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
        IReadOnlyList<string>? groups = null,
        IReadOnlyList<string>? categories = null)
    {
        CheckConsistent(targets, inputs, exclude, groups ?? []);
        var search = new ColumnSearch(table.SourceName, table.ColumnNames);
        Found asTarget = search.Find(targets, "target"), asExcluded = search.Find(exclude ?? [], "column to exclude"), asGroup = search.Find(groups ?? [], "group");
        Found asInput = search.Find(inputs ?? [], "input"), asCategory = search.Find(categories ?? [], "category");
        search.RequireFound();

        int[] excluded = [.. asExcluded.Columns.Except(asTarget.Named)];
        int[] targetColumns = asTarget.Without(excluded, asInput.Named, asGroup.Columns);
        int[] groupColumns = asGroup.Without(targetColumns);
        int[] free = [.. Enumerable.Range(0, table.ColumnNames.Count).Except(targetColumns).Except(excluded).Except(groupColumns)];
        ILookup<bool, int> isEmpty = free.ToLookup(column => inputs is null && Enumerable.Range(0, table.RowCount).All(row => table.IsMissing(row, column)));
        int[] inputColumns = inputs is null ? [.. isEmpty[false]] : asInput.Without(targetColumns, excluded, groupColumns);
        if (targetColumns.Length == 0)
        {
            throw new DataException(table.SourceName, $"no target is left of {List(targets)}: every such column is excluded, an input or of a group.");
        }

        if (inputColumns.Length == 0)
        {
            throw new DataException(table.SourceName,
                $"no inputs are left: every column is a target, excluded or of a group. Its columns are {List(table.ColumnNames)}.");
        }

        search.RequireNames(table, [.. targetColumns, .. inputColumns, .. groupColumns]);
        search.Problems.ThrowIfAny();
        return new ColumnSelection(inputColumns, targetColumns, groupColumns, [.. isEmpty[true]], inputs is null, asInput.Named, [.. asCategory.Columns]);
    }

    /// <summary>Whether a name may stand for several columns.</summary>
    public static bool IsPattern(string name) => name.Contains("..", StringComparison.Ordinal) || name.AsSpan().ContainsAny('*', '?');

    /// <summary>The columns that each of a list of names, ranges and patterns stands for.</summary>
    /// <param name="columns">In the order of the table.</param>
    /// <param name="role">For messages.</param>
    /// <exception cref="DataException">There are names that are no column's.</exception>
    public static IReadOnlyList<string[]> Resolve(string sourceName, IReadOnlyList<string> columns, IReadOnlyList<string> names, string role)
    {
        var search = new ColumnSearch(sourceName, columns);
        int[][] found = [.. names.Select(name => search.Find([name], role).Columns)];
        search.RequireFound();
        return [.. found.Select(own => Array.ConvertAll(own, column => columns[column]))];
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

    /// <summary>The name that may have been meant, as a question after a space; empty where none is near.</summary>
    public static string Suggestion(IReadOnlyList<string> names, string name) => Nearest(names, name) is { } nearest ? $" Did you mean \"{ShownText.Of(nearest)}\"?" : "";

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
            $"{missing.Length} of {inputNames.Count} inputs are missing: {List(missing, 100)}. The inputs are {List(inputNames, 100)}; "
            + $"the columns are {List(found, 100)}. Add the missing columns, or rename those that hold them.");
    }

    /// <exception cref="DataException">A column has no name, or shares it.</exception>
    public static void RequireUnique(CsvTable table, int[] columns)
    {
        var search = new ColumnSearch(table.SourceName, table.ColumnNames);
        search.RequireNames(table, columns);
        search.Problems.ThrowIfAny();
    }

    private static void CheckConsistent(
        IReadOnlyList<string> targets, IReadOnlyList<string>? inputs, IReadOnlyList<string>? exclude, IReadOnlyList<string> groups)
    {
        if (targets.Count == 0)
            throw new ArgumentException("No target is given. Name at least one column to predict.");
        if (inputs is not null && exclude is not null && !inputs.Any(IsPattern))
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

    /// <summary>What a list of names means.</summary>
    /// <param name="Columns">In the order asked for, each once.</param>
    /// <param name="Named">Those with names of their own in the list.</param>
    private sealed record Found(int[] Columns, HashSet<int> Named)
    {
        /// <summary>Columns that have a name of their own in the list stay.</summary>
        public int[] Without(params IEnumerable<int>[] others)
        {
            HashSet<int> taken = [.. others.SelectMany(own => own)];
            return [.. Columns.Where(column => Named.Contains(column) || !taken.Contains(column))];
        }
    }

    /// <summary>Finds columns by name, range and pattern, and collects what is wrong.</summary>
    private sealed class ColumnSearch(string sourceName, IReadOnlyList<string> columnNames)
    {
        private readonly IReadOnlyList<string> _names = columnNames;
        private readonly List<(string Name, string Role)> _unknown = [];

        public TableProblems Problems { get; } = new();

        public Found Find(IReadOnlyList<string> names, string role)
        {
            HashSet<int> named = [];
            int[] columns = [.. names.SelectMany(name => Find(name, role, named)).Distinct()];
            return new Found(columns, named);
        }

        /// <exception cref="DataException">There are names that are no column's; all of them are told.</exception>
        public void RequireFound()
        {
            if (_unknown.Count == 1)
            {
                (string name, string role) = _unknown[0];
                throw new DataException(sourceName, $"there is no column \"{ShownText.Of(name)}\" ({role}).{Suggestion(_names, name)} The columns are {List(_names)}.");
            }

            if (_unknown.Count > 1)
            {
                string[] told = [.. _unknown.Select(own => $"\"{ShownText.Of(own.Name)}\" ({own.Role}{(Nearest(_names, own.Name) is { } nearest ? $"; did you mean \"{ShownText.Of(nearest)}\"?" : "")})")];
                throw new DataException(sourceName, $"there are no columns {List(told)}. The columns are {List(_names)}.");
            }
        }

        /// <summary>A column that is used needs a name, and a name one column.</summary>
        public void RequireNames(CsvTable table, int[] columns)
        {
            ILookup<string, int> known = Enumerable.Range(0, _names.Count).ToLookup(column => _names[column]);
            foreach (int column in columns)
            {
                string name = _names[column];
                if (name.Length == 0)
                {
                    Problems.Add(() => new DataException(
                        table.SourceName, $"column {column + 1} has no name. Name it, or delete the column.", table.HeaderLine));
                }
                else if (known[name].Count() > 1 && (known[name].First() == column || !columns.Contains(known[name].First())))
                {
                    int[] same = [.. known[name]];
                    Problems.Add(() => new DataException(
                        table.SourceName, $"columns {same[0] + 1} and {same[1] + 1} have the same name. Rename one of them.", table.HeaderLine, name));
                }
            }
        }

        private int[] Find(string name, string role, HashSet<int> named)
        {
            int column = IndexOf(_names, name);
            if (column >= 0)
            {
                named.Add(column);
                return [column];
            }

            if (Ends(name) is var (first, last))
            {
                return [.. Enumerable.Range(Math.Min(first, last), Math.Abs(last - first) + 1)];
            }

            int[] matching = name.AsSpan().ContainsAny('*', '?')
                ? [.. Enumerable.Range(0, _names.Count).Where(own => Pattern(name).IsMatch(_names[own]))]
                : [];
            if (matching.Length == 0)
            {
                _unknown.Add((name, role));
            }

            return matching;
        }

        /// <summary>First and last column of a range; null if it is none.</summary>
        private (int First, int Last)? Ends(string name)
        {
            for (int dots = name.IndexOf("..", StringComparison.Ordinal); dots >= 0; dots = name.IndexOf("..", dots + 1, StringComparison.Ordinal))
            {
                int first = IndexOf(_names, name[..dots].Trim()), last = IndexOf(_names, name[(dots + 2)..].Trim());
                if (first >= 0 && last >= 0)
                {
                    return (first, last);
                }
            }

            return null;
        }

        private static Regex Pattern(string name) =>
            new($"^{Regex.Escape(name).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$", RegexOptions.Singleline);
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
