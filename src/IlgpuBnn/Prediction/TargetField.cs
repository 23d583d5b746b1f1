using System.Globalization;
using System.Text.RegularExpressions;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Prediction;

/// <summary>Targets that are one field on an even grid, or one series: neighbours in the index are neighbours in space or time.</summary>
/// <param name="Name">What its columns have in common, such as <c>u</c> of <c>u[0,0]</c>, <c>u[0,1]</c>, ...</param>
/// <param name="Height">Rows of the grid; null for a series.</param>
/// <param name="Width">Columns of the grid, or steps of the series.</param>
/// <param name="Targets">[position]: indices of the targets, row by row.</param>
/// <param name="Periodic">Whether the last position's neighbour is the first one; otherwise a spectrum takes a window.</param>
public sealed partial record TargetField(string Name, int? Height, int Width, IReadOnlyList<int> Targets, bool Periodic)
{
    // Fewer positions along an axis have no spectrum worth its name.
    internal const int MinSize = 8;

    /// <summary>Positions of the shorter axis: wavenumbers count cycles over so many steps.</summary>
    public int Length => Math.Min(Height ?? Width, Width);

    /// <summary>
    /// Finds fields of at least 8 positions along each axis: those of a network whose last layer is a <see cref="FieldLayer"/>, otherwise by the names of targets,
    /// <c>u[0]</c>, <c>u[1]</c>, ... or <c>u[0,0]</c>, <c>u[0,1]</c>, ...; further indices in front are fields of their own, <c>u[2,0,0]</c> one named <c>u[2]</c>.
    /// </summary>
    /// <param name="targetNames">[target].</param>
    /// <param name="layers">Of the network. Its fields are periodic where its last convolution pads periodically.</param>
    public static IReadOnlyList<TargetField> Find(IReadOnlyList<string> targetNames, IReadOnlyList<Layer> layers)
    {
        bool periodic = layers.OfType<Convolution>().LastOrDefault() is { Padding: Padding.Periodic };
        return Network.FieldOfOutputs(layers) is { } field && field.Shape.Count == targetNames.Count
            ? [.. OfChannels(targetNames, field.Shape, periodic)]
            : [.. OfNames(targetNames)];
    }

    private static IEnumerable<TargetField> OfChannels(IReadOnlyList<string> names, FieldShape shape, bool periodic)
    {
        int? height = shape.Rows == 1 ? null : shape.Rows;
        for (int channel = 0; channel < shape.Channels && Math.Min(height ?? shape.Width, shape.Width) >= MinSize; channel++)
        {
            int first = channel * shape.Positions;
            string name = IndexedName().Match(names[first]) is { Success: true } match ? match.Groups["stem"].Value : $"channel {channel + 1}";
            bool same = shape.Channels > 1 && name == IndexedName().Match(names[first == 0 ? shape.Positions : 0]).Groups["stem"].Value;
            yield return new TargetField(
                same ? string.Create(CultureInfo.InvariantCulture, $"{name}[{channel}]") : name, height, shape.Width, [.. Enumerable.Range(first, shape.Positions)], periodic);
        }
    }

    private static IEnumerable<TargetField> OfNames(IReadOnlyList<string> names)
    {
        var groups = new Dictionary<(string Stem, int Count), List<(int Target, int[] Index)>>();
        for (int target = 0; target < names.Count; target++)
        {
            if (IndexedName().Match(names[target]) is { Success: true } match && IndexOf(match.Groups["index"].Value) is { } index)
            {
                (string, int) key = (match.Groups["stem"].Value, index.Length);
                groups.TryAdd(key, []);
                groups[key].Add((target, index));
            }
        }

        return groups.SelectMany(group => OfArray(group.Key.Stem, group.Value));
    }

    /// <summary>An array's last two dimensions are a grid, or its last one a series.</summary>
    private static IEnumerable<TargetField> OfArray(string stem, List<(int Target, int[] Index)> columns)
    {
        int dimensions = columns[0].Index.Length;
        int Size(int fromEnd) => columns.Max(own => own.Index[^fromEnd]) + 1;
        int? height = dimensions >= 2 && Size(2) >= MinSize ? Size(2) : null;
        int width = Size(1), leading = dimensions - (height is null ? 1 : 2);
        if (width < MinSize)
        {
            yield break;
        }

        foreach (IGrouping<string, (int Target, int[] Index)> own in columns.GroupBy(column => string.Join(',', column.Index[..leading])))
        {
            var positions = own.ToLookup(column => ((height is null ? 0 : column.Index[^2]) * (long)width) + column.Index[^1], column => column.Target);
            long count = (height ?? 1) * (long)width;
            if (positions.Count == count && own.Count() == count)
            {
                yield return new TargetField(leading == 0 ? stem : $"{stem}[{own.Key}]", height, width, [.. positions.OrderBy(at => at.Key).Select(at => at.Single())], false);
            }
        }
    }

    private static int[]? IndexOf(string text)
    {
        string[] parts = text.Split(',');
        int[] index = [.. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int at) && at < int.MaxValue ? at : -1)];
        return index.Contains(-1) ? null : index;
    }

    [GeneratedRegex(@"^(?<stem>.+)\[(?<index>\d+(,\d+)*)\]$", RegexOptions.CultureInvariant)]
    private static partial Regex IndexedName();
}
