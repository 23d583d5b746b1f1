using IlgpuBnn.Networks;

namespace IlgpuBnn.Equations;

/// <summary>A coordinate of fields, and the interval on which they are sought.</summary>
/// <param name="Name">Such as x or t.</param>
/// <param name="Low">Below <paramref name="High"/>.</param>
/// <param name="High">Raw units.</param>
public sealed record Coordinate(string Name, double Low, double High);

/// <summary>A field that is sought.</summary>
/// <param name="Name">Of the field.</param>
/// <param name="Centre">Its prior mean, raw units; of a positive field its prior median. Default 0, of a positive field 1.</param>
/// <param name="Scale">Of its deviations, raw units; of a positive field, of its natural logarithm. Above 0. Default 1.</param>
/// <param name="Positive">Whether it is the exponential of a network's output.</param>
public sealed record Field(string Name, double Centre = 0, double Scale = 1, bool Positive = false)
{
    /// <summary>What the field is of its network, so that conditions hold exactly; of it, centre and scale are the network's. Not of a positive field. Null (default) for the network itself.</summary>
    public FieldForm? Form { get; init; }
}

/// <summary>A network whose outputs are fields of the coordinates.</summary>
/// <param name="Fields">At least one.</param>
/// <param name="Layers">Hidden layers, with activations that have the derivatives which equations ask for.</param>
public sealed record FieldNetwork(IReadOnlyList<Field> Fields, IReadOnlyList<Layer> Layers)
{
    /// <summary>Prior standard deviation of a layer's weights times the root of its fan-in, and of biases. Above 0. Default 1.</summary>
    public double WeightScale { get; init; } = 1;

    /// <summary>The same of the first layer, whose inputs lie between -1 and 1. Above 0. Default 2.5.</summary>
    public double FirstWeightScale { get; init; } = 2.5;
}

/// <summary>A number of an equation that is not known.</summary>
/// <param name="Name">Of the number.</param>
/// <param name="Centre">Its prior mean; of a positive one its prior median.</param>
/// <param name="StandardDeviation">Of the prior; of a positive one, of its natural logarithm. Above 0.</param>
/// <param name="Positive">Whether its logarithm is normal beforehand. Default true.</param>
public sealed record Unknown(string Name, double Centre, double StandardDeviation, bool Positive = true);

/// <summary>Observed values of a field.</summary>
/// <param name="Field">Its name.</param>
/// <param name="Points">[row, coordinate], raw units.</param>
/// <param name="Values">[row]; NaN where there is none.</param>
/// <param name="StandardDeviation">Of the measurements' errors, raw units. Above 0.</param>
public sealed record FieldObservations(string Field, double[,] Points, IReadOnlyList<double> Values, double StandardDeviation)
{
    /// <summary>Whether each particle sees the values with an error of its own, as measurements ask for; known values, such as boundary conditions, have none. Default true.</summary>
    public bool Perturbed { get; init; } = true;
}

/// <summary>Fields that obey equations and were observed, with unknown numbers or fields in the equations.</summary>
public sealed record EquationProblem
{
    /// <summary>At least one.</summary>
    public required IReadOnlyList<Coordinate> Coordinates { get; init; }

    /// <summary>At least one. Fields are numbered over all networks.</summary>
    public required IReadOnlyList<FieldNetwork> Networks { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<EquationTerm> Equations { get; init; }

    /// <summary>Default none.</summary>
    public IReadOnlyList<FieldObservations> Observations { get; init; } = [];

    /// <summary>Default none.</summary>
    public IReadOnlyList<Unknown> Unknowns { get; init; } = [];

    /// <summary>Of all networks.</summary>
    internal IReadOnlyList<Field> Fields => [.. Networks.SelectMany(own => own.Fields)];

    /// <exception cref="ArgumentException">Something makes no sense; the message names every such thing.</exception>
    public void Validate() => OptionChecks.Require(Problems());

    private IEnumerable<string> Problems()
    {
        if (Coordinates.Count == 0 || Networks.Count == 0 || Networks.Any(own => own.Fields.Count == 0) || Equations.Count == 0)
        {
            yield return "A problem needs coordinates, networks with fields, and equations.";
            yield break;
        }

        foreach (Coordinate own in Coordinates.Where(own => !(own.Low < own.High) || !double.IsFinite(own.High - own.Low)))
        {
            yield return $"Coordinate {own.Name} reaches from {own.Low} to {own.High}; the first must be below the second.";
        }

        foreach (Field own in Fields.Where(own => !OptionChecks.IsPositive(own.Scale) || !double.IsFinite(own.Centre) || (own.Positive && own.Centre < 0)))
        {
            yield return $"Field {own.Name} has centre {own.Centre} and scale {own.Scale}; the scale must be above 0, and so must the centre of a positive field.";
        }

        foreach (Field own in Fields.Where(own => own.Form is not null && own.Positive))
        {
            yield return $"Field {own.Name} is positive and has a form, which may have any sign. Give it one of the two.";
        }

        string[] repeated = [.. Fields.Select(own => own.Name).Concat(Unknowns.Select(own => own.Name)).GroupBy(name => name).Where(own => own.Count() > 1).Select(own => own.Key)];
        if (repeated.Length > 0)
        {
            yield return $"There is more than one {string.Join(", ", repeated)}. Give each field and unknown a name of its own.";
        }

        foreach (Unknown own in Unknowns.Where(own => !OptionChecks.IsPositive(own.StandardDeviation) || !double.IsFinite(own.Centre) || (own.Positive && own.Centre <= 0)))
        {
            yield return $"Unknown {own.Name} has centre {own.Centre} and standard deviation {own.StandardDeviation}; without a prior it cannot be found: the deviation must be above 0, "
                + "and so must the centre of a positive one.";
        }

        foreach (FieldNetwork own in Networks.Where(own => !OptionChecks.IsPositive(own.WeightScale) || !OptionChecks.IsPositive(own.FirstWeightScale)))
        {
            yield return $"A network has weight scales {own.FirstWeightScale} and {own.WeightScale}; they must be above 0.";
        }

        foreach (string problem in Observations.SelectMany(ProblemsOf).Concat(Equations.SelectMany(own => own.Problems(this))))
        {
            yield return problem;
        }
    }

    private IEnumerable<string> ProblemsOf(FieldObservations own)
    {
        if (Fields.All(field => field.Name != own.Field))
        {
            yield return $"There are observations of {own.Field}, which is no field; the fields are {string.Join(", ", Fields.Select(field => field.Name))}.";
        }

        if (own.Points.GetLength(0) != own.Values.Count || own.Points.GetLength(1) != Coordinates.Count)
        {
            yield return $"Of {own.Field} there are {own.Values.Count} values at {own.Points.GetLength(0)} points of {own.Points.GetLength(1)} coordinates; give a point of "
                + $"{Coordinates.Count} coordinates for each value.";
        }
        else if (OutsideOf(own.Points) is { } outside)
        {
            yield return $"An observation of {own.Field} lies outside the domain: {outside}.";
        }

        if (!OptionChecks.IsPositive(own.StandardDeviation))
        {
            yield return $"The observations of {own.Field} have a standard deviation of {own.StandardDeviation}; it must be above 0.";
        }
    }

    /// <summary>The first point off the domain, in words; null for none.</summary>
    internal string? OutsideOf(double[,] points)
    {
        for (int row = 0; row < points.GetLength(0); row++)
        {
            for (int i = 0; i < Coordinates.Count; i++)
            {
                double slack = 1e-9 * (Coordinates[i].High - Coordinates[i].Low);
                if (!(points[row, i] >= Coordinates[i].Low - slack && points[row, i] <= Coordinates[i].High + slack))
                {
                    return $"point {row + 1} has {Coordinates[i].Name} = {points[row, i]}, which is from {Coordinates[i].Low} to {Coordinates[i].High}";
                }
            }
        }

        return null;
    }
}
