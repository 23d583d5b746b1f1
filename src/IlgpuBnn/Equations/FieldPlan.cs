using IlgpuBnn.Devices;

namespace IlgpuBnn.Equations;

/// <summary>Where the streams of all networks' fields stand at a point, one network after the other: [field of the network, stream].</summary>
internal sealed class FieldPlan
{
    /// <summary>Of <see cref="Places"/>: whether a field is positive, then the place of its value, then of derivatives: first ones [input], second ones [input, input].</summary>
    public const int ValueColumn = 1, FirstColumn = 2;

    private readonly int[] _starts;
    private readonly StreamPlan[] _networks;
    private readonly PointSizes _sizes;

    /// <param name="inputs">Coordinates.</param>
    public FieldPlan(IReadOnlyList<FieldNetwork> networks, StreamPlan[] plans, int inputs, int unknowns)
    {
        _networks = plans;
        _starts = new int[networks.Count + 1];
        int fields = networks.Sum(own => own.Fields.Count), columns = FirstColumn + inputs + (inputs * inputs);

        // Behind them what the last fault was of, and which one; then what was read.
        Places = new int[(2 * fields * columns) + 2];
        for (int n = 0, field = 0; n < networks.Count; n++)
        {
            for (int f = 0; f < networks[n].Fields.Count; f++, field++)
            {
                Place(Places.AsSpan(field * columns, columns), networks[n].Fields[f].Positive, plans[n], _starts[n] + (f * plans[n].Count), inputs);
            }

            _starts[n + 1] = _starts[n] + (networks[n].Fields.Count * plans[n].Count);
        }

        _sizes = new PointSizes { Fields = fields, Inputs = inputs, Streams = _starts[^1], Unknowns = unknowns, Columns = columns, Stride = 1, Takes = NoteTaking.Faults };
    }

    /// <summary>[field, column]: places among the streams of a point, -1 for what there is not; then what equations note.</summary>
    public int[] Places { get; }

    /// <summary>Of a point whose numbers are adjacent.</summary>
    public PointSizes Sizes => _sizes;

    /// <summary>Of a point.</summary>
    public int StreamCount => _starts[^1];

    private int FaultAt => _sizes.Fields * _sizes.Columns;

    /// <summary>Streams of each network that an equation reads.</summary>
    /// <param name="inputs">Coordinates.</param>
    /// <exception cref="ArgumentException">It reads a field, coordinate or unknown that there is not.</exception>
    public static StreamPlan[] Trace<TEquation>(IReadOnlyList<FieldNetwork> networks, int inputs, int unknowns)
        where TEquation : IEquation
    {
        var plan = new FieldPlan(networks, [.. networks.Select(_ => StreamPlan.Values)], inputs, unknowns);
        var numbers = new Dual[Math.Max(plan.StreamCount + 1, unknowns)];
        Array.Fill(numbers, new Dual(0.5, 0));
        plan.Residual<TEquation>(new double[inputs], numbers.AsSpan(0, plan.StreamCount + 1), numbers.AsSpan(0, unknowns), NoteTaking.Reads);
        if (plan.Fault() is { } fault)
        {
            throw new ArgumentException($"{typeof(TEquation).Name} reads {fault}.");
        }

        (int Network, int Column)[] reads = [.. plan.Reads(networks)];
        return
        [
            .. networks.Select((_, n) => new StreamPlan(
                reads.Where(own => own.Network == n && own.Column < inputs).Select(own => own.Column),
                reads.Where(own => own.Network == n && own.Column >= inputs).Select(own => Math.DivRem(own.Column - inputs, inputs)).Select(own => (own.Quotient, own.Remainder)))),
        ];
    }

    /// <summary>Of a network, the streams of its first field.</summary>
    public int Start(int network) => _starts[network];

    public StreamPlan Of(int network) => _networks[network];

    /// <summary>An equation's residual.</summary>
    /// <param name="streams">[stream], and one number more for what there is not.</param>
    public unsafe Dual Residual<TEquation>(ReadOnlySpan<double> coordinates, ReadOnlySpan<Dual> streams, ReadOnlySpan<Dual> unknowns, NoteTaking takes = NoteTaking.Faults)
        where TEquation : IEquation
    {
        fixed (int* places = Places)
        fixed (double* at = coordinates)
        fixed (Dual* first = streams, unknown = unknowns)
        {
            return TEquation.Residual(new EquationPoint<Dual>(places, at, first, unknown, _sizes with { Takes = takes }));
        }
    }

    /// <summary>The value of a field.</summary>
    public unsafe Dual Value(int field, ReadOnlySpan<Dual> streams)
    {
        fixed (int* places = Places)
        fixed (Dual* first = streams)
        {
            return new EquationPoint<Dual>(places, null, first, null, _sizes).Value(field);
        }
    }

    /// <exception cref="InvalidOperationException">An equation has read what there was not when it was traced.</exception>
    public void RequireTraced()
    {
        if (Places[FaultAt] != (int)ReadKind.None)
        {
            throw new InvalidOperationException("An equation asks for a derivative that it did not ask for before: which derivatives it reads must not depend on values.");
        }
    }

    private static void Place(Span<int> places, bool isPositive, StreamPlan plan, int start, int inputs)
    {
        places.Fill(-1);
        (places[0], places[ValueColumn]) = (isPositive ? 1 : 0, start);
        for (int d = 0; d < plan.Directions.Length; d++)
        {
            places[FirstColumn + plan.Directions[d]] = start + 1 + d;
        }

        for (int p = 0; p < plan.Pairs.Length; p++)
        {
            (int a, int b) = (plan.Directions[plan.Pairs[p].First], plan.Directions[plan.Pairs[p].Second]);
            places[FirstColumn + ((1 + a) * inputs) + b] = places[FirstColumn + ((1 + b) * inputs) + a] = start + 1 + plan.Directions.Length + p;
        }
    }

    /// <summary>What an equation read that there is not, in words; null for none.</summary>
    private string? Fault()
    {
        (string What, int Count) = (ReadKind)Places[FaultAt] switch
        {
            ReadKind.Field => ("field", _sizes.Fields),
            ReadKind.Coordinate => ("coordinate", _sizes.Inputs),
            ReadKind.Unknown => ("unknown", _sizes.Unknowns),
            _ => ("", 0),
        };
        return What.Length == 0 ? null : $"{What} {Places[FaultAt + 1]}, counted from 0; there are {Count}";
    }

    /// <summary>Derivatives that were read: [input], then [input, input].</summary>
    private IEnumerable<(int Network, int Column)> Reads(IReadOnlyList<FieldNetwork> networks)
    {
        int[] network = [.. networks.SelectMany((own, n) => own.Fields.Select(_ => n))];
        for (int at = 0; at < FaultAt; at++)
        {
            (int field, int column) = Math.DivRem(at, _sizes.Columns);
            if (Places[FaultAt + 2 + at] != 0 && column >= FirstColumn)
            {
                yield return (network[field], column - FirstColumn);
            }
        }
    }
}
