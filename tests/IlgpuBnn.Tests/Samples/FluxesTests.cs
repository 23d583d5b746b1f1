using DailySeries.Fluxes;

namespace IlgpuBnn.Tests.Samples;

public sealed class FluxesTests
{
    [Fact]
    public void Sites_are_decided_by_their_seed_and_differ()
    {
        Site site = Site.Draw("A", 400, 3), again = Site.Draw("A", 400, 3), other = Site.Draw("B", 400, 4);
        Assert.Equal(site.Measured, again.Measured);
        Assert.NotEqual(site.Weather, other.Weather);

        // Measurements miss 15 % of the days.
        Assert.InRange(site.Measured.Count(double.IsNaN), 35, 90);
        Assert.Equal(4, Enumerable.Range(0, 97).Count(day => !Site.IsRecorded(day)));
    }

    /// <summary>No rain for two months, then a flood.</summary>
    [Fact]
    public void Uptake_falls_where_the_soil_dries_out_and_comes_back_with_rain()
    {
        Weather[] weather = [.. Enumerable.Range(0, 90).Select(day => new Weather(day == 80 ? 500 : 0, 40, 18))];
        (double[] uptake, double[] water) = Site.Uptake(weather, 80);

        // Enough water, and light of 40 and half of it at 32: 0.62 * 40 / (1 + 40 / 32).
        Assert.Equal(0.62 * 40 / (1 + (40 / 32.0)), uptake[0], 1e-12);
        Assert.True(uptake[79] < 0.2 * uptake[0] && water[79] < 0.1);
        Assert.Equal(uptake[0], uptake[80], 1e-12);
        (double[] large, _) = Site.Uptake(weather, 160);
        Assert.True(large[40] > 1.2 * uptake[40]);

        // Every drop is in the bucket, has evaporated, or ran over.
        Assert.All(water, own => Assert.InRange(own, 0, 1));
    }

    [Fact]
    public void Uptake_follows_the_warmth_of_two_weeks()
    {
        Weather[] weather = [.. Enumerable.Range(0, 60).Select(day => new Weather(20, 30, day < 30 ? 0 : 18))];
        (double[] uptake, _) = Site.Uptake(weather, 100);
        Assert.Equal(0, uptake[29], 1e-9);
        Assert.Equal(1 - Math.Pow(1 - (1 / 14.0), 14), uptake[43] / (0.62 * 30 / (1 + (30 / 32.0))), 1e-6);
    }

    [Fact]
    public void Recurrent_networks_beat_the_day_alone_at_new_sites_and_states_go_on()
    {
        Results results = Study.Run(new Sizes(6, 365, 6, 8, 600), TextWriter.Null);
        Assert.Equal(4, results.NewSites.Count);
        Assert.True(results.NewSites[^1].Scores.PerTarget[0].Crps < results.NewSites[0].Scores.PerTarget[0].Crps);

        // A window of 60 days has forgotten nothing that counts.
        Assert.Equal(results.StepByStep.Windows, results.StepByStep.States, 0.25 * results.StepByStep.Windows);
        Assert.True(results.NewSites[0].Predictable > results.NewSites[2].Predictable);
        Assert.Equal(results.NewSites[0].Predictable, results.NewSites[^1].Predictable);
        Assert.All(results.NewSites.Zip(results.NewSites.Skip(1)), own => Assert.Equal(own.First.Rows.RowCount, own.Second.Rows.RowCount));
        string page = Page.Create(results).Html();
        Assert.Contains("A year of a new site", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }
}
