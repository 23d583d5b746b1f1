namespace DailySeries.Fluxes;

/// <summary>Weather of a day.</summary>
/// <param name="Rain">mm.</param>
/// <param name="Light">Photosynthetically active radiation, mol m-2.</param>
/// <param name="Temperature">Mean of the day, degrees Celsius.</param>
internal readonly record struct Weather(double Rain, double Light, double Temperature);

/// <summary>A site's climate, and days of it drawn at random.</summary>
/// <param name="Warmth">Mean temperature of the year, degrees Celsius.</param>
/// <param name="Season">Half of the difference between summer and winter, K.</param>
/// <param name="Wetness">Fraction of wet days in the long run.</param>
/// <param name="Depth">Mean rain of a wet day, mm.</param>
internal sealed record Climate(double Warmth, double Season, double Wetness, double Depth)
{
    private const double DaysOfYear = 365.25;

    // Wet days follow wet days, and warm ones warm ones.
    private const double WetStays = 0.55, TemperatureStays = 0.8, TemperatureSd = 2.4;

    public static Climate Draw(Noise noise) => new(noise.Between(6, 15), noise.Between(5, 11), noise.Between(0.18, 0.42), noise.Between(4, 9));

    /// <summary>Days from the first of a year on.</summary>
    public Weather[] Draw(int days, Noise noise)
    {
        var weather = new Weather[days];
        bool wet = noise.Next() < Wetness;
        double anomaly = TemperatureSd * noise.Normal();
        for (int day = 0; day < days; day++)
        {
            // In the long run wet days are as frequent as the climate says.
            wet = noise.Next() < (wet ? WetStays : Wetness * (1 - WetStays) / (1 - Wetness));
            anomaly = (TemperatureStays * anomaly) + (Math.Sqrt(1 - (TemperatureStays * TemperatureStays)) * TemperatureSd * noise.Normal());
            double phase = Math.Cos(2 * Math.PI * (day - 200) / DaysOfYear), clear = 34 + (20 * Math.Cos(2 * Math.PI * (day - 172) / DaysOfYear));
            double sky = wet ? noise.Between(0.25, 0.7) : noise.Between(0.65, 1);
            weather[day] = new Weather(wet ? -Depth * Math.Log(1 - noise.Next()) : 0, clear * sky, Warmth + (Season * phase) + anomaly);
        }

        return weather;
    }
}

/// <summary>Random numbers that a seed decides.</summary>
internal sealed class Noise(int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>At least 0, below 1.</summary>
    public double Next() => _random.NextDouble();

    public double Between(double low, double high) => low + ((high - low) * Next());

    /// <summary>Mean 0, standard deviation 1.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Next())) * Math.Cos(2 * Math.PI * Next());
}
