namespace IlgpuBnn.Devices;

/// <summary>Which derivatives of a network by its inputs are computed: streams, of which the first is the value, then first derivatives, then second ones.</summary>
internal sealed class StreamPlan
{
    /// <param name="firsts">Inputs of first derivatives; those of second ones are added.</param>
    /// <param name="seconds">Pairs of inputs, in any order.</param>
    public StreamPlan(IEnumerable<int> firsts, IEnumerable<(int First, int Second)> seconds)
    {
        (int First, int Second)[] pairs = [.. seconds.Select(own => (Math.Min(own.First, own.Second), Math.Max(own.First, own.Second))).Distinct().Order()];
        Directions = [.. firsts.Concat(pairs.SelectMany(own => new[] { own.First, own.Second })).Distinct().Order()];
        Pairs = [.. pairs.Select(own => (Array.IndexOf(Directions, own.First), Array.IndexOf(Directions, own.Second)))];
    }

    /// <summary>Only the value.</summary>
    public static StreamPlan Values { get; } = new([], []);

    /// <summary>Inputs of the first derivatives.</summary>
    public int[] Directions { get; }

    /// <summary>Of the second derivatives: indices among <see cref="Directions"/>, the smaller one first.</summary>
    public (int First, int Second)[] Pairs { get; }

    /// <summary>K.</summary>
    public int Count => 1 + Directions.Length + Pairs.Length;

    /// <summary>Stream of a first derivative.</summary>
    public int First(int input) => Array.IndexOf(Directions, input) is >= 0 and int at ? 1 + at : throw Missing();

    /// <summary>Stream of a second derivative.</summary>
    public int Second(int first, int second)
    {
        (int low, int high) = (Array.IndexOf(Directions, Math.Min(first, second)), Array.IndexOf(Directions, Math.Max(first, second)));
        return Array.IndexOf(Pairs, (low, high)) is >= 0 and int at ? 1 + Directions.Length + at : throw Missing();
    }

    private static InvalidOperationException Missing() => new(
        "An equation asks for a derivative that it did not ask for before: which derivatives it reads must not depend on values.");
}
