using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Equations;

/// <summary>An equation, and the points at which fields are to obey it.</summary>
public abstract class EquationTerm
{
    private readonly double[,]? _points;
    private readonly int _count, _seed;

    private protected EquationTerm(double[,]? points, int count, EquationPrecision precision, int seed) => (_points, _count, Precision, _seed) = (points, count, precision, seed);

    /// <summary>How far the residual may be from 0.</summary>
    public EquationPrecision Precision { get; }

    /// <summary>Of the equation, for people.</summary>
    internal abstract string Name { get; }

    /// <summary>Its kernel on a GPU.</summary>
    internal abstract Action<PointResidualArguments> DeviceKernel { get; }

    /// <summary>Of observations the field; otherwise -1.</summary>
    internal virtual int ObservedField => -1;

    /// <summary>Of observations [row]: their values; otherwise empty.</summary>
    internal virtual double[] ObservedValues => [];

    /// <summary>An equation at points spread over the whole domain by a Sobol sequence.</summary>
    /// <typeparam name="TEquation">The equation.</typeparam>
    /// <param name="points">At least 1.</param>
    /// <param name="standardDeviation">See <see cref="EquationPrecision.Given"/>. Above 0.</param>
    /// <param name="seed">Of the points.</param>
    public static EquationTerm Of<TEquation>(int points, double standardDeviation, int seed = 0)
        where TEquation : IEquation => Of<TEquation>(points, EquationPrecision.Given(standardDeviation), seed);

    /// <param name="precision">How closely it is to hold.</param>
    /// <inheritdoc cref="Of{TEquation}(int, double, int)"/>
    public static EquationTerm Of<TEquation>(int points, EquationPrecision precision, int seed = 0)
        where TEquation : IEquation => new EquationTerm<TEquation>(null, points, precision, seed);

    /// <summary>An equation, or a boundary or initial condition, at given points.</summary>
    /// <param name="points">[point, coordinate], raw units.</param>
    /// <inheritdoc cref="Of{TEquation}(int, double, int)"/>
    public static EquationTerm Of<TEquation>(double[,] points, double standardDeviation)
        where TEquation : IEquation => Of<TEquation>(points, EquationPrecision.Given(standardDeviation));

    /// <inheritdoc cref="Of{TEquation}(double[,], double)"/>
    /// <inheritdoc cref="Of{TEquation}(int, EquationPrecision, int)"/>
    public static EquationTerm Of<TEquation>(double[,] points, EquationPrecision precision)
        where TEquation : IEquation => new EquationTerm<TEquation>(points, points.GetLength(0), precision, 0);

    /// <summary>[point, coordinate], raw units.</summary>
    internal double[,] PointsIn(IReadOnlyList<Coordinate> coordinates)
    {
        if (_points is not null)
        {
            return _points;
        }

        double[,] points = SobolSequence.Points(_count, coordinates.Count, _seed);
        for (int k = 0; k < points.Length; k++)
        {
            ref double own = ref points[k / coordinates.Count, k % coordinates.Count];
            Coordinate coordinate = coordinates[k % coordinates.Count];
            own = coordinate.Low + (own * (coordinate.High - coordinate.Low));
        }

        return points;
    }

    /// <summary>Streams of each network that the equation reads.</summary>
    internal abstract StreamPlan[] Trace(EquationProblem problem);

    /// <summary>The residual at a point.</summary>
    /// <param name="row">Of the point.</param>
    /// <param name="streams">[stream], and one number more, which is none, for what there is not.</param>
    internal abstract Dual Residual(FieldPlan plan, int row, ReadOnlySpan<double> coordinates, ReadOnlySpan<Dual> streams, ReadOnlySpan<Dual> unknowns);

    internal IEnumerable<string> Problems(EquationProblem problem)
    {
        if (_count < 1)
        {
            yield return $"{Name} has {_count} points; it needs at least 1.";
        }

        foreach (string own in Precision.Problems(Name, problem))
        {
            yield return own;
        }

        if (_points is not null && _points.GetLength(1) != problem.Coordinates.Count)
        {
            yield return $"{Name} has points of {_points.GetLength(1)} coordinates; there are {problem.Coordinates.Count}.";
        }
        else if (_points is not null && problem.OutsideOf(_points) is { } outside)
        {
            yield return $"{Name} has a point outside the domain: {outside}.";
        }
    }
}

/// <summary>Of one equation.</summary>
internal sealed class EquationTerm<TEquation>(double[,]? points, int count, EquationPrecision precision, int seed) : EquationTerm(points, count, precision, seed)
    where TEquation : IEquation
{
    internal override string Name => typeof(TEquation).Name;

    internal override Action<PointResidualArguments> DeviceKernel => PointResiduals.Run<DeviceResidual<TEquation>>;

    internal override StreamPlan[] Trace(EquationProblem problem) => FieldPlan.Trace<TEquation>(problem.Networks, problem.Coordinates.Count, problem.Unknowns.Count);

    internal override Dual Residual(FieldPlan plan, int row, ReadOnlySpan<double> coordinates, ReadOnlySpan<Dual> streams, ReadOnlySpan<Dual> unknowns) =>
        plan.Residual<TEquation>(coordinates, streams, unknowns);
}

/// <summary>That a field has its observed values.</summary>
/// <param name="index">Of the field.</param>
/// <param name="values">[row], as a particle sees them.</param>
internal sealed class ObservationTerm(FieldObservations observations, int index, double[] values)
    : EquationTerm(observations.Points, values.Length, EquationPrecision.Given(observations.StandardDeviation), 0)
{
    internal override string Name => $"The observation of {observations.Field}";

    internal override Action<PointResidualArguments> DeviceKernel => PointResiduals.Run<DeviceObservation>;

    internal override int ObservedField => index;

    internal override double[] ObservedValues => values;

    internal override StreamPlan[] Trace(EquationProblem problem) => [.. problem.Networks.Select(_ => StreamPlan.Values)];

    internal override Dual Residual(FieldPlan plan, int row, ReadOnlySpan<double> coordinates, ReadOnlySpan<Dual> streams, ReadOnlySpan<Dual> unknowns) =>
        plan.Value(index, streams) - values[row];
}
