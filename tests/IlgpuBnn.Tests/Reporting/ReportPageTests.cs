using System.Xml.Linq;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Tests.Reporting;

public sealed class ReportPageTests : IDisposable
{
    private static readonly ReportTable Numbers = new(
        ["name", new TableColumn("share, observed", "P1"), "value"], [["a<b", 0.4567, 1234.5678], ["\"c\", d", double.NaN, -1e-9]]);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Page_is_one_well_formed_document_with_nothing_to_load_or_run()
    {
        string html = Page().Html();
        XElement page = XElement.Parse(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));

        string[] elements = [.. page.Descendants().Select(element => element.Name.LocalName).Distinct()];
        Assert.All(["script", "link", "img", "iframe", "object", "image", "use"], element => Assert.DoesNotContain(element, elements));
        string[] attributes = [.. page.Descendants().Attributes().Select(attribute => attribute.Name.LocalName)];
        Assert.DoesNotContain(attributes, name => name == "src" || name.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain("url(", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);
        Assert.All(page.Descendants().Attributes("href"), link => Assert.Matches("^(#section-[0-9]+|[a-z0-9-]+\\.(svg|csv))$", link.Value));
        Assert.Equal(
            ["A & <title>", "A & <title>"],
            page.Descendants().Where(element => element.Name.LocalName is "title" or "h1").Select(element => element.Value));
    }

    [Fact]
    public void Figures_and_tables_are_numbered_and_their_captions_stand_beside_them()
    {
        string html = Page().Html();
        Assert.Contains("<b>Figure 1.</b> What it &lt;shows&gt;.", html, StringComparison.Ordinal);
        Assert.Contains("<b>Table 1.</b> All.", html, StringComparison.Ordinal);
        Assert.Contains("<b>Table 2.</b> The first.", html, StringComparison.Ordinal);
        Assert.Contains("<th class=\"number\">value</th>", html, StringComparison.Ordinal);
        Assert.Contains("<td>a&lt;b</td><td class=\"number\">45.7&#160;%</td><td class=\"number\">1235</td>", html,
            StringComparison.Ordinal);
        Assert.Single(html.Split('\n'), line => line.Contains("&quot;c&quot;", StringComparison.Ordinal));
    }

    [Fact]
    public void Same_content_makes_the_same_bytes() => Assert.Equal(Page().Html(), Page().Html());

    [Fact]
    public void Folder_has_the_page_the_pictures_and_all_digits()
    {
        string folder = Path.Combine(_folder.Path, "new", "report") + Path.DirectorySeparatorChar;
        Page().Save(folder);

        Assert.Equal(["a-figure.csv", "a-figure.svg", "numbers-2.csv", "numbers.csv", "report.html"], Names(folder));
        Assert.Equal(Page().Html(), File.ReadAllText(Path.Combine(folder, "report.html")));
        Assert.Equal("name,\"share, observed\",value\na<b,0.4567,1234.5678\n\"\"\"c\"\", d\",,-1E-09\n",
            File.ReadAllText(Path.Combine(folder, "numbers.csv")));
        Assert.Equal("x,y\n1,3\n2,4\n", File.ReadAllText(Path.Combine(folder, "a-figure.csv")));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path, "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_second_report_replaces_the_first_and_leaves_other_files_alone()
    {
        string folder = _folder.File("report");
        Page().Save(folder);
        File.WriteAllText(Path.Combine(folder, "notes.csv"), "mine");
        new ReportPage("other").AddTable("new", Numbers, "New.").Save(folder);

        Assert.Equal(["new.csv", "notes.csv", "report.html"], Names(folder));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(folder, "notes.csv")));
    }

    [Fact]
    public void Very_long_names_become_files_of_their_own()
    {
        string folder = _folder.File("report"), name = new('y', 300);
        new ReportPage("long").AddTable(name, Numbers, "First.").AddTable($"{name}2", Numbers, "Second.").Save(folder);
        Assert.Equal(3, Names(folder).Length);
        Assert.All(Names(folder), own => Assert.InRange(own.Length, 1, 120));
    }

    [Fact]
    public void A_report_that_failed_leaves_the_earlier_one_and_does_not_block_the_next()
    {
        string folder = _folder.File("report");
        Page().Save(folder);
        var files = new Dictionary<string, Action<Stream>>
        {
            ["calibration.csv"] = stream => stream.WriteByte(1),
            ["full.csv"] = _ => throw new IOException("No space left on device"),
        };
        Assert.Throws<ReportFolderException>(() => ReportFolder.Write(folder, files, "page"));
        Assert.Equal(["a-figure.csv", "a-figure.svg", "numbers-2.csv", "numbers.csv", "report.html"], Names(folder));

        // As a process leaves it that is killed.
        Directory.CreateDirectory(Path.Combine(folder, ".ilgpubnn-report.tmp"));
        File.WriteAllText(Path.Combine(folder, ".ilgpubnn-report.tmp", "calibration.csv"), "half");
        files.Remove("full.csv");
        ReportFolder.Write(folder, files, "page");
        Assert.Equal(["calibration.csv", "report.html"], Names(folder));
    }

    [Theory]
    [InlineData("numbers.csv")]
    [InlineData("report.html")]
    public void A_file_that_no_report_wrote_is_not_replaced(string name)
    {
        _folder.Write(name, "mine");
        ReportFolderException refused = Assert.Throws<ReportFolderException>(() => Page().Save(_folder.Path));

        Assert.Contains($"has {name}, which no report wrote", refused.Message, StringComparison.Ordinal);
        Assert.Equal([name], Names(_folder.Path));
        Assert.Equal("mine", File.ReadAllText(_folder.File(name)));
    }

    [Fact]
    public void A_changed_list_of_files_cannot_have_others_deleted()
    {
        string outside = _folder.Write("mine.csv", "mine"), folder = _folder.File("report");
        Page().Save(folder);
        string page = Path.Combine(folder, "report.html");
        File.WriteAllText(page, File.ReadAllText(page)
            .Replace("content=\"a-figure.csv", "content=\"../mine.csv a-figure.csv", StringComparison.Ordinal));
        Page().Save(folder);
        Assert.True(File.Exists(outside));
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_said_to_be_one() => Assert.Contains(
        "this is a file", Assert.Throws<ReportFolderException>(() => Page().Save(_folder.Write("f", ""))).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Nothing_is_left_where_a_report_could_not_be_finished()
    {
        var broken = new Dictionary<string, Action<Stream>> { ["a.csv"] = _ => throw new IOException("full") };
        Assert.Throws<ReportFolderException>(() => ReportFolder.Write(_folder.File("report"), broken, "page"));
        Assert.Empty(Names(_folder.Path));

        Page().Save(_folder.File("report"));
        Assert.Throws<ReportFolderException>(() => ReportFolder.Write(_folder.File("report"), broken, "page"));
        Assert.Equal(Page().Html(), File.ReadAllText(Path.Combine(_folder.File("report"), "report.html")));
    }

    [Fact]
    public void Tables_whose_rows_do_not_fit_are_refused()
    {
        var table = new ReportTable(["a", "b"], [["x"]]);
        Assert.Contains("1 cells in a table of 2 columns",
            Assert.Throws<ArgumentException>(() => new ReportPage("").AddTable("t", table, "")).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ReportTable.OfColumns(("a", [1, 2]), ("b", [1])));
    }

    public void Dispose() => _folder.Dispose();

    private static ReportPage Page() => new ReportPage("A & <title>")
        .AddHeading("Numbers & co").AddText("It is so.")
        .AddFigure("A figure", new Chart("c", new ChartAxis("x"), new ChartAxis("y"), [new Line("l", [1, 2], [3, 4])]), "What it <shows>.",
            ReportTable.OfColumns(("x", [1, 2]), ("y", [3, 4])))
        .AddTable("numbers", Numbers, "All.")
        .AddTable("numbers", Numbers, "The first.", 1);

    private static string[] Names(string folder) =>
        [.. Directory.GetFileSystemEntries(folder).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];
}
