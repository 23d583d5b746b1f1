namespace DailySeries.Fluxes;

/// <summary>A made-up site: its days, what its plants take up, and what a tower measures of it.</summary>
/// <remarks>
/// Gross primary production rises with light to a limit, and two things of it have a memory. Water: a bucket of the site's capacity, filled by rain, emptied by evaporation, which light
/// drives, and running over. Warmth: plants follow the temperature of the last two weeks, not the day's (Maekelae et al. 2004), so that a warm day in winter means little.
/// </remarks>
internal sealed class Site
{
    // Days of the running mean of temperature; the efficiency, g C mol-1; light of half of it, mol m-2 d-1.
    private const double WarmthDays = 14, Efficiency = 0.62, HalfLight = 32;

    // Plants begin to suffer where the bucket holds less than this fraction of its capacity.
    private const double Stress = 0.5;

    // Of evaporation, mm per mol of light at 20 degrees.
    private const double Evaporation = 0.11;

    // What no column says of a site, as a standard deviation of its logarithm; of a measurement, g C m-2 d-1, and as a fraction of the flux.
    private const double SiteSd = 0.08, NoiseSd = 0.25, NoiseFraction = 0.07;

    private Site(string name, double capacity, Weather[] weather, double[] expected, double[] water, double[] measured)
    {
        (Name, Capacity, Weather, Expected, Water, Measured) = (name, capacity, weather, expected, water, measured);
    }

    public string Name { get; }

    /// <summary>Of the bucket, mm; a column of the table.</summary>
    public double Capacity { get; }

    public IReadOnlyList<Weather> Weather { get; }

    /// <summary>[day]: what a site of such weather and capacity takes up on average, g C m-2 d-1: the best that can be predicted.</summary>
    public IReadOnlyList<double> Expected { get; }

    /// <summary>[day]: of the bucket, as a fraction of its capacity; in no column.</summary>
    public IReadOnlyList<double> Water { get; }

    /// <summary>[day], g C m-2 d-1; NaN where the tower did not measure.</summary>
    public IReadOnlyList<double> Measured { get; }

    /// <summary>Whether a day's weather was recorded: otherwise the table has no such row.</summary>
    public static bool IsRecorded(int day) => day % 97 is < 90 or > 93;

    public static Site Draw(string name, int days, int seed)
    {
        var noise = new Noise(seed);
        var climate = Climate.Draw(noise);
        double capacity = noise.Between(40, 160), factor = Math.Exp(SiteSd * noise.Normal());
        Weather[] weather = climate.Draw(days, noise);
        (double[] expected, double[] water) = Uptake(weather, capacity);
        double[] measured = [.. expected.Select(own => noise.Next() < 0.15 ? double.NaN : (factor * own) + ((NoiseSd + (NoiseFraction * factor * own)) * noise.Normal()))];
        return new Site(name, Math.Round(capacity), weather, expected, water, measured);
    }

    /// <summary>The rule.</summary>
    /// <param name="capacity">mm.</param>
    /// <returns>[day]: g C m-2 d-1, and the bucket's filling.</returns>
    internal static (double[] Uptake, double[] Water) Uptake(IReadOnlyList<Weather> weather, double capacity)
    {
        double[] uptake = new double[weather.Count], water = new double[weather.Count];
        double bucket = 0.8 * capacity, warmth = weather[0].Temperature;
        for (int day = 0; day < uptake.Length; day++)
        {
            (double rain, double light, double temperature) = weather[day];
            warmth += (temperature - warmth) / WarmthDays;
            bucket = Math.Min(capacity, bucket + rain);
            double dry = Math.Min(1, bucket / (Stress * capacity)), demand = Evaporation * light * Math.Clamp(temperature / 20, 0.1, 1.5);
            uptake[day] = Efficiency * light / (1 + (light / HalfLight)) * Math.Clamp(warmth / 18, 0, 1) * dry;
            bucket = Math.Max(0, bucket - (demand * dry));
            water[day] = bucket / capacity;
        }

        return (uptake, water);
    }
}
