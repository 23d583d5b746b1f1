using System.Text;

namespace IlgpuBnn.Data;

/// <summary>Problems of a table, reported together.</summary>
internal sealed class TableProblems
{
    private const int MaxShown = 10;

    // More would not be shown, however they are ordered.
    private const int MaxKept = 1000;

    private readonly List<DataException> _kept = [];
    private int _count;

    /// <param name="problem">Is asked for only while there are few: a table may have one in each of a million rows.</param>
    public void Add(Func<DataException> problem)
    {
        _count++;
        if (_kept.Count < MaxKept)
        {
            _kept.Add(problem());
        }
    }

    public void AddAll(TableProblems others)
    {
        others._kept.ForEach(own => Add(() => own));
        _count += others._count - others._kept.Count;
    }

    /// <exception cref="DataException">There are problems; one of several tells all of them, up to ten.</exception>
    public void ThrowIfAny()
    {
        if (_count == 1)
        {
            throw _kept[0];
        }

        if (_count > 1)
        {
            DataException[] shown = [.. _kept.OrderBy(problem => problem.Row ?? 0).Take(MaxShown)];
            var message = new StringBuilder($"{shown[0].SourceName}: {_count} problems");
            foreach (DataException problem in shown)
            {
                message.Append($"\n  {problem.WithoutSource}");
            }

            throw new DataException(_count > shown.Length ? $"{message}\n  and {_count - shown.Length} more" : message.ToString(), shown);
        }
    }
}
