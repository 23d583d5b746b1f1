namespace DailySeries.NextDay;

/// <summary>Days that a training leaves out: a year of all sites, or a site.</summary>
/// <param name="Year">Null where a site is left out.</param>
/// <param name="Site">Null where a year is left out.</param>
internal sealed record LeftOut(int? Year, string? Site)
{
    public string Name => Site ?? $"{Year}";

    public bool Has(Day day) => day.Year == Year || day.Site == Site;
}

/// <summary>What all ways predict of the days that were left out.</summary>
/// <param name="Ways">Each on the same rows.</param>
/// <param name="StatesRmse">Of the first target, by the last way with states carried on from the first day of each year.</param>
internal sealed record Part(LeftOut LeftOut, WeatherTable Table, IReadOnlyList<Judged> Ways, double StatesRmse)
{
    public int Rows => Ways[0].Rows.RowCount;

    /// <summary>Mean square of the error where each day is to be as the one before.</summary>
    public double PersistenceSquare(int target) =>
        Enumerable.Range(0, Rows).Average(row => Math.Pow(Table.Today(Line(row), target) - Ways[0].Rows.Targets[row, target], 2));

    /// <summary>Mean square of the deviations from the mean of the part.</summary>
    public double Variance(int target)
    {
        double mean = Enumerable.Range(0, Rows).Average(row => Ways[0].Rows.Targets[row, target]);
        return Enumerable.Range(0, Rows).Average(row => Math.Pow(Ways[0].Rows.Targets[row, target] - mean, 2));
    }

    public Day DayOf(int row) => Table.DayOf(Line(row));

    private int Line(int row) => Ways[0].Rows.LineNumber(row);
}

/// <summary>Scores of a way over several parts, each row counting as much.</summary>
internal sealed record Pooled(double Rmse, double R2, double Crps, double Width95, IReadOnlyList<double> Coverages)
{
    /// <param name="way">Index; -1 for persistence, which has no intervals.</param>
    public static Pooled Of(IReadOnlyList<Part> parts, int way, int target)
    {
        double square = Mean(part => way < 0 ? part.PersistenceSquare(target) : Math.Pow(part.Ways[way].Scores.PerTarget[target].Rmse, 2));
        return new Pooled(
            Math.Sqrt(square), 1 - (square / Mean(part => part.Variance(target))), OfIntervals(own => own.Scores.PerTarget[target].Crps), OfIntervals(own => own.Scores.PerTarget[target].Width95),
            [.. Study.Levels.Select(level => OfIntervals(own => own.Coverage(level, target)))]);

        double Mean(Func<Part, double> of) => parts.Sum(part => part.Rows * of(part)) / parts.Sum(part => part.Rows);

        double OfIntervals(Func<Judged, double> of) => way < 0 ? double.NaN : Mean(part => of(part.Ways[way]));
    }
}
