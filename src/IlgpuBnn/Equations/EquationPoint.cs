namespace IlgpuBnn.Equations;

/// <summary>What an equation sees of one point: its coordinates, fields with their derivatives, and unknown numbers, all in raw units.</summary>
/// <remarks>Which derivatives are read must not depend on their values.</remarks>
public readonly ref struct EquationPoint<T>
    where T : struct, IReal<T>
{
    private readonly FieldPlan _plan;
    private readonly ReadOnlySpan<double> _coordinates;
    private readonly ReadOnlySpan<T> _streams;
    private readonly ReadOnlySpan<T> _unknowns;

    /// <param name="streams">Networks' outputs and their derivatives, scaled to raw units but for the exponential of positive fields.</param>
    internal EquationPoint(FieldPlan plan, ReadOnlySpan<double> coordinates, ReadOnlySpan<T> streams, ReadOnlySpan<T> unknowns)
    {
        _plan = plan;
        _coordinates = coordinates;
        _streams = streams;
        _unknowns = unknowns;
    }

    /// <summary>A coordinate.</summary>
    /// <param name="input">Index of the input.</param>
    public double At(int input) => _coordinates[_plan.Checked("coordinate", input, _coordinates.Length)];

    /// <summary>A field.</summary>
    /// <param name="field">Index over the fields of all networks.</param>
    public T Value(int field)
    {
        T own = _streams[_plan.Value(field)];
        return _plan.IsPositive(field) ? T.Exp(own) : own;
    }

    /// <summary>First derivative of a field by an input.</summary>
    /// <inheritdoc cref="Value"/>
    public T Derivative(int field, int input)
    {
        T own = _streams[_plan.First(field, input)];
        return _plan.IsPositive(field) ? Value(field) * own : own;
    }

    /// <summary>Second derivative of a field by two inputs, or twice by the same.</summary>
    /// <inheritdoc cref="Value"/>
    public T Derivative(int field, int first, int second)
    {
        T own = _streams[_plan.Second(field, first, second)];
        return _plan.IsPositive(field) ? Value(field) * ((_streams[_plan.First(field, first)] * _streams[_plan.First(field, second)]) + own) : own;
    }

    /// <summary>An unknown number of the equation.</summary>
    /// <param name="index">Among <see cref="EquationProblem.Unknowns"/>.</param>
    public T Unknown(int index) => _unknowns[_plan.Checked("unknown", index, _unknowns.Length)];
}

/// <summary>An equation that fields obey: its residual is 0 where they do.</summary>
/// <remarks>
/// Written once, generic over the number, and differentiated by dual numbers: <c>static T Residual&lt;T&gt;(in EquationPoint&lt;T&gt; at) =&gt; at.Derivative(u, t) +
/// (at.Value(u) * at.Derivative(u, x)) - (at.Unknown(nu) * at.Derivative(u, x, x));</c>
/// </remarks>
public interface IEquation
{
    /// <summary>Left side less right side at a point.</summary>
    static abstract T Residual<T>(in EquationPoint<T> at)
        where T : struct, IReal<T>;
}
