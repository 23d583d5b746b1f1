namespace SeaIceClasses;

/// <summary>How sea ice looks to the four inputs, in a season.</summary>
/// <remarks>
/// All is Gaussian given the concentration C in [0, 1], the fraction of the sea that is ice, and its age, new or old, so that the probabilities of the classes are exact integrals over C
/// (<see cref="BayesClassifier"/>). Microwaves see a mixture, T = (1 - C) T_water + C T_ice, as concentration algorithms take it (Cavalieri et al. 1984); the emissivities behind the temperatures here are
/// rounded, of that order. Waves and clouds warm open water, old ice is colder than new ice, most at 37 GHz, and what a satellite averages over tens of kilometres is not what the chart's cell has.
/// Ice keeps the sea at its freezing point and cuts the air off from it: the more ice, the colder the winter's air.
/// </remarks>
internal sealed record Season
{
    // Kelvin, vertical polarisation, 19 and 37 GHz.
    private static readonly double[] _water = [180, 205], _newIce = [250, 240], _oldIce = [222, 185], _waves = [10, 8];
    private const double Footprint = 6, ShareSpread = 0.1, Freezing = -1.8;

    /// <summary>Kinds of ice by the mean fraction of it that is old, with how often there are of each.</summary>
    public static IReadOnlyList<(double OldShare, double Frequency)> Kinds { get; } = [(0.1, 0.6), (0.8, 0.4)];

    /// <summary>In the order of the inputs.</summary>
    public static IReadOnlyList<string> Inputs { get; } = ["sst", "t2m", "tb19v", "tb37v"];

    /// <summary>Cold air over ice, old ice told by its colour in microwaves.</summary>
    public static Season Winter { get; } = new() { AirOverWater = -6, AirOverIce = -20, AirSpread = 7 };

    /// <summary>Air just above freezing everywhere; ponds on the ice look like water, and wet snow hides whether it is old.</summary>
    public static Season Melt { get; } = new() { AirOverWater = 2, AirOverIce = 1, AirSpread = 1.5, PondShare = 0.3, PondSpread = 0.15, SnowIsWet = true };

    /// <summary>Open water alone, warmer, under rain clouds, which warm it in microwaves as ice would: the false ice that weather filters are for (Gloersen and Cavalieri 1986).</summary>
    public static Season Storm { get; } = new() { AirOverWater = 5, AirOverIce = 5, AirSpread = 2, Sea = 1.2, Rain = 45, RainSpread = 12, HasIce = false };

    /// <summary>Mean air temperature at 2 m over open water, degrees Celsius.</summary>
    public required double AirOverWater { get; init; }

    /// <summary>Mean air temperature over closed ice.</summary>
    public required double AirOverIce { get; init; }

    /// <summary>Standard deviation of the air temperature.</summary>
    public required double AirSpread { get; init; }

    /// <summary>Mean fraction of the ice that ponds cover. Default 0.</summary>
    public double PondShare { get; init; }

    /// <summary>Its standard deviation between scenes.</summary>
    public double PondSpread { get; init; }

    /// <summary>Whether old ice looks like new ice.</summary>
    public bool SnowIsWet { get; init; }

    /// <summary>Temperature of open water above 0, degrees Celsius, on the average.</summary>
    public double Sea { get; init; } = 0.2;

    /// <summary>What clouds add to the brightness of both bands over open water, K.</summary>
    public double Rain { get; init; }

    /// <summary>Its standard deviation between scenes.</summary>
    public double RainSpread { get; init; }

    /// <summary>Whether there is ice at all.</summary>
    public bool HasIce { get; init; } = true;

    /// <summary>Means, independent standard deviations, and what varies jointly: each column of loadings is multiplied by its own standard normal number.</summary>
    /// <param name="concentration">Fraction of the sea that is ice.</param>
    /// <param name="oldShare">Mean fraction of the ice that is old.</param>
    public (double[] Mean, double[] Sd, double[][] Loadings) Given(double concentration, double oldShare)
    {
        double open = 1 - concentration, old = SnowIsWet ? 0 : 1;
        double[] ice = [.. _newIce.Select((own, band) => own + (old * oldShare * (_oldIce[band] - own)))];
        double seen = concentration * (1 - PondShare);
        return (
            [Freezing + ((Sea - Freezing) * open), AirOverWater + (concentration * (AirOverIce - AirOverWater)), Mixed(0), Mixed(1)],
            [0.3 + (1.5 * open), AirSpread, Footprint, Footprint],
            [
                [0, 0, .. _waves.Select(own => open * own)],
                [0, 0, .. _oldIce.Select((own, band) => concentration * old * ShareSpread * (own - _newIce[band]))],
                [0, 0, open * RainSpread, open * RainSpread],
                [0, 0, .. ice.Select((own, band) => concentration * PondSpread * (_water[band] - own))],
            ]);

        double Mixed(int band) => ((1 - seen) * _water[band]) + (seen * ice[band]) + (open * Rain);
    }
}

/// <summary>What a chart calls the ice, by its concentration: below 15 %, up to 80 %, and above (the thresholds in use for the ice edge and the marginal ice zone).</summary>
internal static class IceChart
{
    public const double IceEdge = 0.15, PackIce = 0.8;

    // Analysts judge concentration by eye.
    public const double Misjudged = 0.07;

    public static IReadOnlyList<string> Classes { get; } = ["open water", "marginal ice", "pack ice"];

    /// <summary>Index of the class that is written down for a concentration as it was judged.</summary>
    public static int ClassOf(double judged) => judged < IceEdge ? 0 : judged < PackIce ? 1 : 2;
}
