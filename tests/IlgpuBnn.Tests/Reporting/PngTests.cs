using IlgpuBnn.Cli;
using IlgpuBnn.Png;
using IlgpuBnn.Reporting;
using IlgpuBnn.Tests.Cli;
using SkiaSharp;

namespace IlgpuBnn.Tests.Reporting;

/// <summary>Figures as PNG, by their pixels. Beside the tests of commands, since one takes the fonts away.</summary>
[Collection(CommandLineTests.Name)]
public sealed class PngTests(Cli.TrainedModel trained) : IDisposable
{
    private static readonly Chart OfLine = new("Growth", new ChartAxis("day"), new ChartAxis("leaf area"), [new Line("l", [0, 1, 2], [0, 5, 2])]);

    private readonly TemporaryFolder _folder = new();

    [FontFact]
    public void Cells_have_the_colours_and_places_of_the_SVG()
    {
        var map = new HeatMap("m", "", ["a", "b"], "", ["c", "d"], new double[,] { { 0, 1 }, { 2, double.NaN } }, new ChartAxis("s"));
        using SKBitmap picture = Draw(map, 2);

        var svg = new SvgPicture(map.Svg());
        Assert.Equal((Math.Ceiling(2 * svg.Width), Math.Ceiling(2 * svg.Height)), (picture.Width, picture.Height));
        Assert.Equal(4, svg.Rectangles("cell").Count);
        Assert.All(svg.Rectangles("cell"), cell => Assert.Equal(SKColor.Parse(cell.Fill), picture.GetPixel((int)(2 * (cell.X + 3)), (int)(2 * (cell.Y + 3)))));
        Assert.Equal(SKColors.White, picture.GetPixel(0, 0));
        Assert.Equal(SKColors.White, picture.GetPixel(picture.Width - 1, picture.Height - 1));
    }

    [FontFact]
    public void Texts_are_written_where_the_SVG_has_them()
    {
        using SKBitmap picture = Draw(OfLine with { Legend = false }, 2);

        // Above the frame only the title; left of the numbers only the axis title, from below upwards.
        SKRectI title = Ink(picture, new SKRectI(0, 0, picture.Width, 50)), axis = Ink(picture, new SKRectI(0, 60, 44, picture.Height));
        Assert.InRange(title.Height, 15, 30);
        Assert.InRange(title.Width, 80, 110);
        Assert.InRange(axis.Width, 15, 30);
        Assert.InRange(axis.Height, 90, 110);
    }

    [FontFact]
    public void Nothing_is_drawn_outside_the_frame()
    {
        Chart chart = OfLine with { Legend = false, Y = new ChartAxis("leaf area") { From = 1, To = 3 } };
        using SKBitmap picture = Draw(chart, 2);

        SKColor line = SKColor.Parse(ChartStyle.Series(0).Colour);
        SKRectI drawn = Where(picture, new SKRectI(0, 0, picture.Width, picture.Height), colour => colour == line);
        var plot = PlotArea.Fit(chart.X, [0, 1, 2], chart.Y, [0, 5, 2], ChartStyle.Margin + ChartStyle.TitleSize + ChartStyle.Gap, chart.Width, chart.Height);
        Assert.InRange(drawn.Top, 2 * plot.Top - 1, 2 * plot.Top + 4);
        Assert.InRange(drawn.Bottom, 2 * plot.Bottom - 4, 2 * plot.Bottom + 1);
    }

    [FontFact]
    public void Panels_are_the_same_pictures_side_by_side()
    {
        Chart chart = OfLine with { Legend = false };
        using SKBitmap both = Draw(new Panels("", [chart, chart], 2), 2);
        Assert.Equal(4 * chart.Width, both.Width);
        int half = both.Width / 2;
        // Sums of coordinates round differently.
        Assert.All(Enumerable.Range(0, both.Height), y => Assert.All(
            Enumerable.Range(0, half), x => Assert.InRange(both.GetPixel(half + x, y).Red - both.GetPixel(x, y).Red, -16, 16)));
        Assert.True(Ink(both, new SKRectI(half, 0, both.Width, both.Height)).Width > half / 2);
    }

    [FontFact]
    public void Bands_are_translucent_and_guides_dashed()
    {
        var chart = new Chart("", new ChartAxis("x") { From = 0, To = 1 }, new ChartAxis("y") { From = 0, To = 1 },
            [new Band("b", [0, 1], [0.6, 0.6], [0.9, 0.9]), new Guide("g") { Y = 0.3 }, new Line("l", [0, 1], [0.1, 0.1])])
        {
            Legend = false,
        };
        using SKBitmap picture = Draw(chart, 2);
        var plot = PlotArea.Fit(chart.X, [0, 1], chart.Y, [0, 1], ChartStyle.Margin, chart.Width, chart.Height);
        int middle = (int)(2 * plot.X.Pixels(0.55));

        double expected = 255 - ((255 - 0x22) * ChartStyle.BandOpacity);
        Assert.InRange(picture.GetPixel(middle, (int)(2 * plot.Y.Pixels(0.75))).Red, expected - 1, expected + 1);
        int row = (int)(2 * plot.Y.Pixels(0.3));
        byte[] along = [.. Enumerable.Range(middle, 80).Select(x => picture.GetPixel(x, row).Red)];
        Assert.Contains(along, red => red < 150);
        Assert.Contains(along, red => red > 220);
    }

    [FontFact]
    public void Scale_is_chosen_and_limited()
    {
        using SKBitmap picture = Draw(OfLine, 3);
        Assert.Equal((1440, 1020), (picture.Width, picture.Height));
        foreach (double scale in new[] { 0, -1, double.NaN, 100 })
        {
            Assert.Contains("cannot be drawn at scale", Assert.Throws<ArgumentException>(() => OfLine.WritePng(new MemoryStream(), scale)).Message, StringComparison.Ordinal);
        }

        using var tall = new MemoryStream();
        (OfLine with { Height = 9000 }).WritePng(tall);
        using var decoded = SKBitmap.Decode(tall.ToArray());
        Assert.InRange(decoded.Height, 15_990, 16_000);
    }

    [FontFact]
    public void A_page_with_PNGs_lists_them_and_one_without_removes_them()
    {
        ReportPage page = new ReportPage("p").AddFigure("growth", OfLine, "c");
        page.Save(_folder.Path, PngFigures.WritePng);
        OfLine.SavePng(_folder.File("other.png"));
        Assert.Equal(File.ReadAllBytes(_folder.File("growth.png")), File.ReadAllBytes(_folder.File("other.png")));
        Assert.Contains("content=\"growth.png growth.svg\"", File.ReadAllText(_folder.File("report.html")), StringComparison.Ordinal);

        page.Save(_folder.Path);
        Assert.False(File.Exists(_folder.File("growth.png")));
        Assert.True(File.Exists(_folder.File("growth.svg")) && File.Exists(_folder.File("other.png")));
    }

    [FontFact]
    public void Commands_write_a_PNG_beside_each_SVG()
    {
        string report = _folder.File("report"), uncertainty = _folder.File("uncertainty"), demo = _folder.File("demo");
        CommandLine.Run("report", "--model", trained.ModelPath, "--data", trained.Data, "--out", report, "--png").AssertExitCode(ExitCode.Success);
        CommandLine.Run("uncertainty", "--model", trained.ModelPath, "--out", uncertainty, "--points", "256", "--png").AssertExitCode(ExitCode.Success);
        CommandLine.Run("demo", "--out", demo, "--max-iterations", "5", "--png").AssertExitCode(ExitCode.Success);
        foreach (string folder in new[] { report, uncertainty, demo })
        {
            string[] figures = Directory.GetFiles(folder, "*.svg");
            Assert.NotEmpty(figures);
            Assert.Equal(figures.Length, Directory.GetFiles(folder, "*.png").Length);
            foreach (string figure in figures)
            {
                using var picture = SKBitmap.Decode(Path.ChangeExtension(figure, ".png"));
                Assert.Equal(Math.Ceiling(2 * new SvgPicture(File.ReadAllText(figure)).Width), picture.Width);
            }
        }
    }

    [Fact]
    public void Without_a_font_nothing_is_computed_or_written()
    {
        Directory.CreateDirectory(_folder.File("fonts"));
        File.WriteAllText(_folder.File("fonts/DejaVuSans.ttf"), "damaged");
        FontFiles fonts = PngFigures.Fonts;
        PngFigures.Fonts = new FontFiles([_folder.File("fonts"), _folder.File("missing")]);
        try
        {
            const string Remedy = "a PNG would be without its text: install one, such as the package fonts-dejavu-core";
            Assert.Contains(Remedy, Assert.Throws<PngException>(() => OfLine.SavePng(_folder.File("a.png"))).Message, StringComparison.Ordinal);
            string[][] commands =
            [
                ["report", "--model", trained.ModelPath, "--data", trained.Data, "--out", _folder.File("r"), "--png"],
                ["sensitivity", "--model", trained.ModelPath, "--out", _folder.File("r"), "--png"],
                ["learning-curve", "--data", trained.Data, "--targets", "y", "--out", _folder.File("r"), "--png"],
                ["demo", "--out", _folder.File("r"), "--png"],
            ];
            Assert.All(commands, command => CommandLine.Run(command).AssertFailure(ExitCode.Failure, Remedy));
            Assert.Equal(["fonts"], Directory.GetFileSystemEntries(_folder.Path).Select(path => Path.GetFileName(path)));
        }
        finally
        {
            PngFigures.Fonts = fonts;
        }
    }

    [FontFact]
    public void Type_without_a_bold_file_is_made_bold_and_unknown_letters_need_no_font()
    {
        Directory.CreateDirectory(_folder.File("fonts"));
        File.Copy(FontFactAttribute.AnyFile, _folder.File("fonts/LiberationSans-Regular.ttf"));
        Assert.True(new FontFiles([_folder.Path]).Choose("a", bold: true).IsThin);
        Assert.False(new FontFiles([_folder.Path]).Choose("a", bold: false).IsThin);
        Assert.NotNull(new FontFiles([_folder.Path]).Choose("\U0010fffd", bold: false).Typeface);

        File.Copy(FontFactAttribute.AnyFile, _folder.File("fonts/LiberationSans-Bold.ttf"));
        Assert.False(new FontFiles([_folder.Path]).Choose("a", bold: true).IsThin);
    }

    public void Dispose() => _folder.Dispose();

    private static SKBitmap Draw(Figure figure, double scale)
    {
        using var stream = new MemoryStream();
        figure.WritePng(stream, scale);
        return SKBitmap.Decode(stream.ToArray());
    }

    private static SKRectI Ink(SKBitmap picture, SKRectI within) => Where(picture, within, colour => colour.Red < 150);

    /// <summary>The smallest rectangle around pixels of a kind.</summary>
    private static SKRectI Where(SKBitmap picture, SKRectI within, Func<SKColor, bool> isOfKind)
    {
        (int X, int Y)[] found =
        [
            .. from y in Enumerable.Range(within.Top, within.Height)
               from x in Enumerable.Range(within.Left, within.Width)
               where isOfKind(picture.GetPixel(x, y))
               select (x, y),
        ];
        Assert.NotEmpty(found);
        return new SKRectI(found.Min(at => at.X), found.Min(at => at.Y), found.Max(at => at.X) + 1, found.Max(at => at.Y) + 1);
    }
}

/// <summary>A test that draws text: skipped, with the reason, on a machine without fonts, unless ILGPUBNN_REQUIRE names them.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FontFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> _file = new(() => FontFiles.Folders().Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.ttf", SearchOption.AllDirectories)).FirstOrDefault());

    public FontFactAttribute() => Skip = _file.Value is null && !TestDevices.IsRequired("fonts") ? "There is no font." : null;

    public static string AnyFile => _file.Value!;
}
