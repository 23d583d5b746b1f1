namespace IlgpuBnn.Equations;

/// <summary>Where the streams of all networks' fields stand at a point, one network after the other: [field of the network, stream].</summary>
internal sealed class FieldPlan
{
    private readonly (int Network, int Index, bool Positive)[] _fields;
    private readonly int[] _starts;
    private readonly HashSet<(int Network, int Input)>? _firsts;
    private readonly HashSet<(int Network, int First, int Second)>? _seconds;
    private readonly StreamPlan[] _networks;
    private readonly string? _equation;
    private readonly int _inputs;

    public FieldPlan(IReadOnlyList<FieldNetwork> networks, StreamPlan[] plans)
    {
        _networks = plans;
        _fields = [.. networks.SelectMany((own, n) => own.Fields.Select((field, index) => (n, index, field.Positive)))];
        _starts = new int[networks.Count + 1];
        for (int n = 0; n < networks.Count; n++)
        {
            _starts[n + 1] = _starts[n] + (networks[n].Fields.Count * plans[n].Count);
        }
    }

    /// <summary>Notes what an equation asks for; every place is the first.</summary>
    private FieldPlan(IReadOnlyList<FieldNetwork> networks, int inputs, string equation)
        : this(networks, [.. networks.Select(_ => StreamPlan.Values)]) => (_firsts, _seconds, _inputs, _equation) = ([], [], inputs, equation);

    /// <summary>Of a point.</summary>
    public int StreamCount => _starts[^1];

    /// <summary>Streams of each network that an equation reads.</summary>
    /// <param name="inputs">Coordinates.</param>
    /// <exception cref="ArgumentException">It reads a field, coordinate or unknown that there is not.</exception>
    public static StreamPlan[] Trace<TEquation>(IReadOnlyList<FieldNetwork> networks, int inputs, int unknowns)
        where TEquation : IEquation
    {
        var plan = new FieldPlan(networks, inputs, typeof(TEquation).Name);
        var numbers = new Dual[Math.Max(plan.StreamCount, unknowns)];
        Array.Fill(numbers, new Dual(0.5, 0));
        TEquation.Residual(new EquationPoint<Dual>(plan, new double[inputs], numbers, numbers.AsSpan(0, unknowns)));
        return
        [
            .. networks.Select((_, n) => new StreamPlan(
                plan._firsts!.Where(own => own.Network == n).Select(own => own.Input), plan._seconds!.Where(own => own.Network == n).Select(own => (own.First, own.Second)))),
        ];
    }

    /// <summary>Of a network, the streams of its first field.</summary>
    public int Start(int network) => _starts[network];

    public StreamPlan Of(int network) => _networks[network];

    /// <summary>The index; while it is traced, an equation that reads beyond what there is is told so.</summary>
    public int Checked(string what, int index, int count) => _equation is null || (index >= 0 && index < count)
        ? index
        : throw new ArgumentException($"{_equation} reads {what} {index}, counted from 0; there are {count}.");

    public bool IsPositive(int field) => _fields[Checked("field", field, _fields.Length)].Positive;

    public int Value(int field) => At(field, 0);

    public int First(int field, int input)
    {
        if (_firsts is null)
        {
            return At(field, _networks[_fields[field].Network].First(input));
        }

        _firsts.Add((_fields[Checked("field", field, _fields.Length)].Network, Checked("coordinate", input, _inputs)));
        return 0;
    }

    public int Second(int field, int first, int second)
    {
        if (_seconds is null)
        {
            return At(field, _networks[_fields[field].Network].Second(first, second));
        }

        _seconds.Add((_fields[Checked("field", field, _fields.Length)].Network, Checked("coordinate", first, _inputs), Checked("coordinate", second, _inputs)));
        return 0;
    }

    private int At(int field, int stream)
    {
        (int network, int index, _) = _fields[Checked("field", field, _fields.Length)];
        return _starts[network] + (index * _networks[network].Count) + stream;
    }
}
