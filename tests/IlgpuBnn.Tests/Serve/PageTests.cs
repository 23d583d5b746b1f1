namespace IlgpuBnn.Tests.Serve;

/// <summary>The page as a browser shows it.</summary>
[Long]
public sealed class PageTests(ServedModel served) : IClassFixture<ServedModel>
{
    [ChromiumFact]
    public async Task A_slider_moves_predictions_and_curves_and_nothing_comes_from_elsewhere()
    {
        await using Browser browser = await Browser.OpenAsync(ChromiumFactAttribute.Program!, served.Url);
        await browser.WaitForAsync("document.body?.dataset.ready === 'yes'");
        Assert.Equal("soil & <b>wind</b>", await browser.WaitForAsync("document.querySelector('h1').textContent"));
        Assert.Equal("2,1", await browser.WaitForAsync("[document.querySelectorAll('input[type=range]').length, document.querySelectorAll('#inputs select').length]"));
        Assert.Equal("3", await browser.WaitForAsync("document.querySelectorAll('#effects svg').length"));

        // The page's own prediction at the start: all inputs at their means.
        const string shown = "document.querySelector('[data-target=\"yield, dry\"] .mean').textContent";
        const string curve = "document.querySelector('[data-effect=wind] polyline').getAttribute('points')";
        double before = double.Parse(await browser.WaitForAsync(shown)), mean = served.Model.Model.Ensemble.TargetScaling.Mean[0];
        Assert.InRange(before, mean - 4, mean + 4);
        string firstCurve = await browser.WaitForAsync(curve);

        // A colder day: yield falls with temp / 10, and so does the curve of another input.
        await browser.WaitForAsync("(() => { const slider = document.querySelectorAll('input[type=range]')[0]; slider.value = 0; slider.dispatchEvent(new Event('input')); return true; })()");
        double after = double.Parse(await browser.WaitForAsync($"{shown} !== '{before}' && {shown}"));
        double[] row = [double.Parse(await browser.WaitForAsync("state.values[0]")), double.Parse(await browser.WaitForAsync("state.model.inputs[1].levels.indexOf(state.values[1]) + 0.25")), double.Parse(await browser.WaitForAsync("state.values[2]"))];
        Assert.Equal(served.Model.InputRange.Smallest[0], row[0], 1e-2);
        row[1] = Math.Floor(row[1]);
        Assert.Equal(served.Model.Predict(new double[,] { { row[0], row[1], row[2] } }).Mean[0, 0], after, 0.05);
        Assert.NotEqual(firstCurve, await browser.WaitForAsync($"{curve} !== '{firstCurve}' && {curve}"));

        await browser.WaitForAsync("(document.querySelector('[data-target=straw]').click(), true)");
        Assert.Equal("Effects on straw (kg)", await browser.WaitForAsync("document.getElementById('effects-title').textContent.includes('straw') && document.getElementById('effects-title').textContent"));
        Assert.Equal("empty", await browser.WaitForAsync("document.getElementById('message').textContent || 'empty'"));
        Assert.Equal("true", await browser.WaitForAsync("performance.getEntriesByType('resource').every(own => own.name.startsWith(location.origin))"));
        Assert.DoesNotContain(browser.Console, line => !line.Contains("favicon", StringComparison.Ordinal));
    }
}
