namespace IlgpuBnn.Equations;

/// <summary>What an equation sees of one point: its coordinates, fields with their derivatives, and unknown numbers, all in raw units.</summary>
/// <remarks>Which derivatives are read must not depend on their values. It holds addresses and counts alone, so that it compiles into a GPU's kernel, too.</remarks>
public readonly unsafe ref struct EquationPoint<T>
    where T : struct, IReal<T>
{
#pragma warning disable CS8500 // Numbers are plain structures: nothing here is moved by the garbage collector.
    private readonly int* _places;
    private readonly double* _coordinates;
    private readonly T* _streams;
    private readonly T* _unknowns;
    private readonly PointSizes _sizes;

    /// <param name="places">Of fields, see <see cref="FieldPlan.Places"/>.</param>
    /// <param name="coordinates">[coordinate].</param>
    /// <param name="streams">
    /// [stream], <see cref="PointSizes.Stride"/> apart: networks' outputs and their derivatives, scaled to raw units but for the exponential of positive fields; behind the last, what
    /// is no number.
    /// </param>
    /// <param name="unknowns">[unknown], as far apart.</param>
    internal EquationPoint(int* places, double* coordinates, T* streams, T* unknowns, PointSizes sizes)
    {
        _places = places;
        _coordinates = coordinates;
        _streams = streams;
        _unknowns = unknowns;
        _sizes = sizes;
    }
#pragma warning restore CS8500

    /// <summary>A coordinate.</summary>
    /// <param name="input">Index of the input.</param>
    public double At(int input) => IsThere(ReadKind.Coordinate, input, _sizes.Inputs) ? _coordinates[input] : double.NaN;

    /// <summary>A field.</summary>
    /// <param name="field">Index over the fields of all networks.</param>
    public T Value(int field)
    {
        T own = Stream(field, FieldPlan.ValueColumn);
        return IsPositive(field) ? T.Exp(own) : own;
    }

    /// <summary>First derivative of a field by an input.</summary>
    /// <inheritdoc cref="Value"/>
    public T Derivative(int field, int input)
    {
        T own = First(field, input);
        return IsPositive(field) ? Value(field) * own : own;
    }

    /// <summary>Second derivative of a field by two inputs, or twice by the same.</summary>
    /// <inheritdoc cref="Value"/>
    public T Derivative(int field, int first, int second)
    {
        bool isThere = IsThere(ReadKind.Coordinate, first, _sizes.Inputs) & IsThere(ReadKind.Coordinate, second, _sizes.Inputs);
        T own = Stream(field, isThere ? FieldPlan.FirstColumn + ((1 + first) * _sizes.Inputs) + second : -1);
        return IsPositive(field) ? Value(field) * ((First(field, first) * First(field, second)) + own) : own;
    }

    /// <summary>An unknown number of the equation.</summary>
    /// <param name="index">Among <see cref="EquationProblem.Unknowns"/>.</param>
    public T Unknown(int index) =>
        IsThere(ReadKind.Unknown, index, _sizes.Unknowns) ? _unknowns[index * _sizes.Stride] : _streams[_sizes.Streams * _sizes.Stride];

    private T First(int field, int input) => Stream(field, IsThere(ReadKind.Coordinate, input, _sizes.Inputs) ? FieldPlan.FirstColumn + input : -1);

    private bool IsPositive(int field) => (uint)field < (uint)_sizes.Fields && _places[field * _sizes.Columns] != 0;

    /// <param name="column">Of <see cref="FieldPlan.Places"/>; -1 for none.</param>
    private T Stream(int field, int column)
    {
        int place = -1;
        if (IsThere(ReadKind.Field, field, _sizes.Fields) & column >= 0)
        {
            int at = (field * _sizes.Columns) + column;
            place = _places[at];
            Note(at, place);
        }

        return _streams[(place < 0 ? _sizes.Streams : place) * _sizes.Stride];
    }

    private bool IsThere(ReadKind kind, int index, int count)
    {
        bool isThere = (uint)index < (uint)count;
        if (_sizes.Takes != NoteTaking.None && !isThere)
        {
            Complain(kind, index);
        }

        return isThere;
    }

    private void Note(int at, int place)
    {
        if (_sizes.Takes == NoteTaking.Reads)
        {
            _places[(_sizes.Fields * _sizes.Columns) + 2 + at] = 1;
        }
        else if (_sizes.Takes == NoteTaking.Faults && place < 0)
        {
            Complain(ReadKind.Derivative, at);
        }
    }

    private void Complain(ReadKind kind, int index)
    {
        int at = _sizes.Fields * _sizes.Columns;
        (_places[at], _places[at + 1]) = ((int)kind, index);
    }
}

/// <summary>Counts of what an <see cref="EquationPoint{T}"/> reads.</summary>
internal struct PointSizes
{
    public int Fields;
    public int Inputs;
    public int Streams;
    public int Unknowns;

    /// <summary>Of a field in <see cref="FieldPlan.Places"/>.</summary>
    public int Columns;

    /// <summary>From a stream, or an unknown, to the next.</summary>
    public int Stride;

    /// <summary>What is written behind the places.</summary>
    public NoteTaking Takes;
}

/// <summary>What an <see cref="EquationPoint{T}"/> notes behind its places.</summary>
internal enum NoteTaking
{
    /// <summary>Nothing, as on a GPU: what is not there is no number.</summary>
    None,

    /// <summary>What is read and is not there.</summary>
    Faults,

    /// <summary>All that is read.</summary>
    Reads,
}

/// <summary>What an equation reads.</summary>
internal enum ReadKind
{
    /// <summary>As every other of a derivative is the sign that there is no fault.</summary>
    None,
    Field,
    Coordinate,
    Unknown,
    Derivative,
}

/// <summary>An equation that fields obey: its residual is 0 where they do.</summary>
/// <remarks>
/// Written once, generic over the number, and differentiated by dual numbers: <c>static T Residual&lt;T&gt;(in EquationPoint&lt;T&gt; at) =&gt; at.Derivative(u, t) +
/// (at.Value(u) * at.Derivative(u, x)) - (at.Unknown(nu) * at.Derivative(u, x, x));</c> A GPU compiles what <see cref="IReal{T}"/> has, arithmetic of <c>double</c> and loops; no
/// classes, arrays or exceptions, and of <see cref="Math"/> little.
/// </remarks>
public interface IEquation
{
    /// <summary>Left side less right side at a point.</summary>
    static abstract T Residual<T>(in EquationPoint<T> at)
        where T : struct, IReal<T>;
}
