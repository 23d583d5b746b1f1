using System.Globalization;
using System.Text;
using IlgpuBnn.Data;

namespace DailySeries.Fluxes;

/// <summary>Sites as a long table: a row for each day of each.</summary>
internal static class FluxTable
{
    public static readonly SeriesColumns Columns = new("date", ["gpp"], ["rain", "light", "temperature", "capacity"], ["site"]);

    private static readonly DateTime s_start = new(2018, 1, 1);

    public static string DateOf(int day) => s_start.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>As the table has them.</summary>
    public static double[] InputsOf(Weather weather, Site site) => [Math.Round(weather.Rain, 1), Math.Round(weather.Light, 1), Math.Round(weather.Temperature, 1), site.Capacity];

    public static string Text(IEnumerable<Site> sites)
    {
        var text = new StringBuilder("site,date,rain,light,temperature,capacity,gpp\n");
        foreach (Site site in sites)
        {
            for (int day = 0; day < site.Weather.Count; day++)
            {
                if (Site.IsRecorded(day))
                {
                    Weather weather = site.Weather[day];
                    string measured = double.IsNaN(site.Measured[day]) ? "" : site.Measured[day].ToString("F2", CultureInfo.InvariantCulture);
                    text.Append(CultureInfo.InvariantCulture, $"{site.Name},{DateOf(day)},{weather.Rain:F1},{weather.Light:F1},{weather.Temperature:F1},{site.Capacity},{measured}\n");
                }
            }
        }

        return text.ToString();
    }

    public static CsvTable Of(IEnumerable<Site> sites, string name)
    {
        using var reader = new CsvTableReader(new StringReader(Text(sites)), name);
        return reader.Read(int.MaxValue)!;
    }
}
