using System.Text;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Reporting;

/// <summary>Pages on very many targets stay small, and fit screen and paper.</summary>
[Long]
public sealed class ManyTargetsTests : IDisposable
{
    private const int Targets = 500, MaxBytes = 5_000_000;

    // Of A4 between margins of 15 mm.
    private const int PaperWidth = 680;

    private static readonly Lazy<(BayesianNetwork Model, CsvTable Table)> _trained = new(() =>
    {
        string[] targets = [.. Enumerable.Range(0, Targets).Select(k => $"\"GPP[{k / 20},{k % 20}]\"")];
        var text = new StringBuilder($"a,b,{string.Join(',', targets)}\n");
        for (int row = 0; row < 60; row++)
        {
            (double a, double b) = (row / 60.0, row * 7 % 60);
            text.AppendJoin(',', Enumerable.Range(0, Targets).Select(k => Math.Sin((a * (1 + (k % 7))) + k) + (0.01 * ((row * k) % 11))).Prepend(b).Prepend(a)).Append('\n');
        }

        CsvTable table = Tests.Data.Tables.Parse(text.ToString());
        var options = new TrainingOptions { MaxIterations = 5, HiddenUnits = [2], Method = new AnchoredEnsemble { Particles = 4, Folds = 2 }, SelectEncodings = false };
        return (BayesianNetwork.Fit(Dataset.FromTable(table, ["GPP*"]), options), table);
    });

    private static readonly Lazy<ReportPage> _report = new(() => ModelReport.Create(_trained.Value.Model, _trained.Value.Table));
    private static readonly Lazy<ReportPage> _uncertainty = new(() => UncertaintyReport.Create(_trained.Value.Model, points: 256));

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Pages => ["report", "uncertainty"];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_page_is_small_and_its_files_have_every_target(string kind)
    {
        ReportPage page = Page(kind);
        Assert.InRange(page.Html().Length, 10_000, MaxBytes);
        page.Save(_folder.File(kind));
        Assert.Equal(Targets, CsvTable.Read(Path.Combine(_folder.File(kind), kind == "report" ? "scores.csv" : "distributions.csv")).RowCount);
    }

    [Fact]
    public void A_table_of_tens_of_thousands_of_rows_shows_the_first()
    {
        var table = new ReportTable(["target", "R2"], [.. Enumerable.Range(0, 60_000).Select(k => (TableCell[])[$"t{k}", 0.5])]);
        ReportPage page = new ReportPage("p").AddTable("scores", table, "Scores.");
        string html = page.Html();
        Assert.InRange(html.Length, 10_000, 100_000);
        Assert.Contains("<td>t499</td>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<td>t500</td>", html, StringComparison.Ordinal);
        Assert.Contains("Scores. The first 500 of 60000 rows are shown; the file has all.", html, StringComparison.Ordinal);
    }

    [ChromiumFact]
    public async Task Pages_fit_a_screen_and_a_sheet_of_paper()
    {
        foreach (string kind in (IEnumerable<string>)["report", "uncertainty"])
        {
            Page(kind).Save(_folder.File(kind));
            await using Browser browser = await Browser.OpenAsync(ChromiumFactAttribute.Program!, $"file://{_folder.File(kind)}/{ReportPage.FileName}");
            await browser.WaitForAsync("document.readyState === 'complete' && location.protocol === 'file:'");
            Assert.Equal("fits", await browser.WaitForAsync(Fits));
            await browser.ShowAsPrintedAsync(PaperWidth);
            await browser.WaitForAsync($"innerWidth === {PaperWidth}");
            Assert.Equal("fits", await browser.WaitForAsync(Fits));

            // Headings stand beside what they head: nothing that goes over several sheets is kept together.
            Assert.Equal("yes", await browser.WaitForAsync("[...document.querySelectorAll('*')].every(own => own.offsetHeight < 1000 || getComputedStyle(own).breakInside !== 'avoid') ? 'yes' : 'no'"));
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>"fits", or something that is cut off at the right; on a screen, wide tables are moved in boxes of their own.</summary>
    private const string Fits = "(() => { const far = [...document.body.querySelectorAll('*')].filter(own => own.getBoundingClientRect().right > innerWidth + 1"
        + " && !(matchMedia('screen').matches && own.closest('.table')?.getBoundingClientRect().right <= innerWidth));"
        + " return far.length ? far[0].outerHTML.slice(0, 200) : 'fits'; })()";

    private static ReportPage Page(string kind) => (kind == "report" ? _report : _uncertainty).Value;
}
