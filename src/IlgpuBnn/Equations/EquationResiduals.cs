using System.Runtime.InteropServices;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Equations;

/// <summary>Residuals of one term at its points, and their derivatives by all weights and unknowns of a particle.</summary>
internal sealed class EquationResiduals
{
    private readonly EquationProblem _problem;
    private readonly EquationTerm _term;
    private readonly FieldPlan _plan;
    private readonly DerivativeStreams[] _networks;
    private readonly double[,] _points;
    private readonly double[] _inputs, _scales;
    private readonly Field[] _fields;
    private readonly Dual[] _streams, _unknowns;

    // [field][row, stream of the field, 1 + stream of the network] of fields with a form; empty of others.
    private readonly double[][] _maps;
    private readonly double[] _raw;

    public EquationResiduals(EquationProblem problem, IReadOnlyList<Network> networks, EquationTerm term)
    {
        (_problem, _term, _fields) = (problem, term, [.. problem.Fields]);
        StreamPlan[] plans = term.Trace(problem);
        _plan = new FieldPlan(problem.Networks, plans, problem.Coordinates.Count, problem.Unknowns.Count);
        _points = term.PointsIn(problem.Coordinates);
        Deviation = term.Precision.Start(problem, Count);
        _networks = [.. networks.Select((own, n) => new DerivativeStreams(own, plans[n], Count))];
        (_inputs, _scales) = Scaled(problem.Coordinates, _points);
        (_streams, _unknowns) = (new Dual[_plan.StreamCount + 1], new Dual[problem.Unknowns.Count]);
        _streams[^1] = double.NaN;
        _maps = [.. problem.Networks.SelectMany((own, n) => own.Fields.Select(field => MapOf(field, plans[n])))];
        _raw = new double[plans.Max(own => own.Count)];
    }

    /// <summary>How far residuals may be from 0, in their own unit; a search that learns it changes it.</summary>
    public double Deviation { get; set; }

    /// <summary>Points.</summary>
    public int Count => _points.GetLength(0);

    /// <summary>Points [row, coordinate] with coordinates from -1 to 1, and what a raw unit of each is in these.</summary>
    public static (double[] Inputs, double[] Scales) Scaled(IReadOnlyList<Coordinate> coordinates, double[,] points)
    {
        var inputs = new double[points.Length];
        for (int k = 0; k < inputs.Length; k++)
        {
            (int row, int i) = Math.DivRem(k, coordinates.Count);
            inputs[k] = ((points[row, i] - coordinates[i].Low) * 2 / (coordinates[i].High - coordinates[i].Low)) - 1;
        }

        return (inputs, [.. coordinates.Select(own => 2 / (own.High - own.Low))]);
    }

    /// <summary>A field's value, or its logarithm for a positive one, from a network's output.</summary>
    public static double Raw(Field field, double output) => (field.Positive ? Math.Log(field.Centre) : field.Centre) + (field.Scale * output);

    /// <summary>An unknown number from its standardised parameter.</summary>
    public static double Raw(Unknown unknown, double parameter) =>
        unknown.Positive ? unknown.Centre * Math.Exp(unknown.StandardDeviation * parameter) : unknown.Centre + (unknown.StandardDeviation * parameter);

    /// <param name="networks">[network]: weights, biases, and what is frozen.</param>
    /// <param name="unknowns">[unknown]: standardised.</param>
    /// <param name="residuals">[point], in standard deviations; written.</param>
    /// <param name="jacobian">[point, parameter]: of all networks' weights, then unknowns; must be 0, and is added to. Empty for none.</param>
    public void Evaluate(IReadOnlyList<double[]> networks, ReadOnlySpan<double> unknowns, Span<double> residuals, Span<double> jacobian) =>
        Differentiate(networks, unknowns, residuals, jacobian, jacobian.Length / Count, summed: false);

    /// <summary>Residuals, and the gradient of half the sum of their squares.</summary>
    /// <param name="networks">[network]: weights, biases, and what is frozen.</param>
    /// <param name="unknowns">[unknown]: standardised.</param>
    /// <param name="residuals">[point], in standard deviations; written.</param>
    /// <param name="gradient">[parameter]; is added to.</param>
    public void AddGradient(IReadOnlyList<double[]> networks, ReadOnlySpan<double> unknowns, Span<double> residuals, Span<double> gradient) =>
        Differentiate(networks, unknowns, residuals, gradient, gradient.Length, summed: true);

    /// <summary>The term for a device.</summary>
    /// <param name="targets">[particle]: observed values; otherwise empty.</param>
    public ResidualTerm OnDevice(IReadOnlyList<double[]> targets) => new(
        _term.Name, _term.DeviceKernel, Count, [.. _points.Cast<double>()], _inputs, _scales, [.. _networks.Select(own => own.Plan)], _plan.Places,
        [.. _problem.Networks.SelectMany((own, n) => own.Fields.Select((field, index) => (n, index))).Select((own, f) =>
            new ResidualField(own.n, own.index, Raw(_fields[f], 0), _fields[f].Scale, _maps[f]))],
        _term.ObservedField, targets);

    /// <summary>Of observations [row]: their values; otherwise empty.</summary>
    public double[] ObservedValues => _term.ObservedValues;

    private void Differentiate(IReadOnlyList<double[]> networks, ReadOnlySpan<double> unknowns, Span<double> residuals, Span<double> derivatives, int width, bool summed)
    {
        for (int n = 0; n < _networks.Length; n++)
        {
            _networks[n].Forward(networks[n], _inputs, _scales);
            _networks[n].ClearAdjoints();
        }

        for (int k = 0; k < _unknowns.Length; k++)
        {
            _unknowns[k] = Raw(_problem.Unknowns[k], unknowns[k]);
        }

        for (int row = 0; row < Count; row++)
        {
            Gather(row);
            residuals[row] = Residual(row).Value / Deviation;
            if (width > 0)
            {
                Differentiate(row, derivatives.Slice(summed ? 0 : row * width, width), summed ? residuals[row] : 1);
            }
        }

        _plan.RequireTraced();
        int offset = 0;
        for (int n = 0; n < _networks.Length && width > 0; n++)
        {
            DerivativeStreams own = _networks[n];
            own.Backward();
            for (int row = 0; row < Count; row++)
            {
                own.AddGradient(row, derivatives.Slice((summed ? 0 : row * width) + offset, own.ParameterCount));
            }

            offset += own.ParameterCount;
        }
    }

    /// <summary>Equation and point, in words.</summary>
    public string Describe(int row) => $"{_term.Name} is not finite at " + string.Join(", ", _problem.Coordinates.Select((own, i) => $"{own.Name} = {_points[row, i]}"));

    private Dual Residual(int row)
    {
        int width = _problem.Coordinates.Count;
        return _term.Residual(_plan, row, MemoryMarshal.CreateReadOnlySpan(ref _points[row, 0], width), _streams, _unknowns);
    }

    /// <summary>Streams in raw units, without derivatives of their own.</summary>
    private void Gather(int row)
    {
        int field = 0;
        for (int n = 0; n < _networks.Length; n++)
        {
            DerivativeStreams own = _networks[n];
            int streams = own.Plan.Count;
            for (int f = 0; f < _problem.Networks[n].Fields.Count; f++, field++)
            {
                for (int k = 0; k < streams; k++)
                {
                    double output = own[row, k, f];
                    _raw[k] = k == 0 ? Raw(_fields[field], output) : _fields[field].Scale * output;
                }

                for (int k = 0; k < streams; k++)
                {
                    _streams[_plan.Start(n) + (f * streams) + k] = _maps[field].Length == 0 ? _raw[k] : Mapped(MapAt(field, row, k, streams), _raw);
                }
            }
        }
    }

    /// <summary>Sets the networks' adjoints to the residual's derivatives by each stream times a factor, and adds those by the unknowns.</summary>
    private void Differentiate(int row, Span<double> derivatives, double factor)
    {
        int field = 0;
        for (int n = 0; n < _networks.Length; n++)
        {
            DerivativeStreams own = _networks[n];
            for (int f = 0; f < _problem.Networks[n].Fields.Count; f++, field++)
            {
                int streams = own.Plan.Count;
                for (int k = 0; k < streams; k++)
                {
                    _raw[k] = By(ref _streams[_plan.Start(n) + (f * streams) + k], row) * _fields[field].Scale * factor;
                }

                for (int l = 0; l < streams; l++)
                {
                    own.Adjoints(row, l)[f] = _maps[field].Length == 0 ? _raw[l] : MappedBack(field, row, l, streams);
                }
            }
        }

        int first = derivatives.Length - _unknowns.Length;
        for (int k = 0; k < _unknowns.Length; k++)
        {
            Unknown own = _problem.Unknowns[k];
            derivatives[first + k] += By(ref _unknowns[k], row) * own.StandardDeviation * (own.Positive ? _unknowns[k].Value : 1) * factor;
        }
    }

    private double[] MapOf(Field field, StreamPlan plan)
    {
        if (field.Form is not { } form)
        {
            return [];
        }

        int size = plan.Count * (plan.Count + 1);
        var map = new double[Count * size];
        for (int row = 0; row < Count; row++)
        {
            form.WriteMap(plan, MemoryMarshal.CreateReadOnlySpan(ref _points[row, 0], _problem.Coordinates.Count), map.AsSpan(row * size, size));
        }

        return map;
    }

    private ReadOnlySpan<double> MapAt(int field, int row, int stream, int streams) => _maps[field].AsSpan(((row * streams) + stream) * (streams + 1), streams + 1);

    private static double Mapped(ReadOnlySpan<double> map, ReadOnlySpan<double> raw)
    {
        double sum = map[0];
        for (int k = 1; k < map.Length; k++)
        {
            sum += map[k] * raw[k - 1];
        }

        return sum;
    }

    private double MappedBack(int field, int row, int stream, int streams)
    {
        double sum = 0;
        for (int k = 0; k < streams; k++)
        {
            sum += MapAt(field, row, k, streams)[1 + stream] * _raw[k];
        }

        return sum;
    }

    private double By(ref Dual variable, int row)
    {
        variable = new Dual(variable.Value, 1);
        double derivative = Residual(row).Tangent / Deviation;
        variable = new Dual(variable.Value, 0);
        return derivative;
    }
}
