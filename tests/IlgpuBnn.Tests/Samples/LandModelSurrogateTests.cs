using System.Xml.Linq;
using LandModelSurrogate;

namespace IlgpuBnn.Tests.Samples;

/// <summary>The sample's experiments, as small as they can be.</summary>
[Long]
public sealed class LandModelSurrogateTests : IDisposable
{
    private static readonly Plan s_tiny = new()
    {
        Settings = [Tiny(Settings.Paper), Tiny(Settings.StoppedEarly)],
        Seeds = 3,
        Sizes = [10, 30, 900],
        EpochsRows = 30,
        Epochs = [2, 5],
        GridRows = 25,
        GridUnits = [2, 50],
        GridParticles = [2, 3],
        GridEpochs = 5,
    };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_small_study_leaves_data_a_picture_and_verdicts_for_every_figure()
    {
        Run(Exhibits.All);

        string reproduction = File.ReadAllText(_folder.File("reproduction.md")), report = File.ReadAllText(_folder.File("report.html"));
        foreach (Exhibit exhibit in Exhibits.All)
        {
            Assert.NotEqual(0, CsvTable.Read(_folder.File($"{exhibit.Name}.csv")).RowCount);
            Assert.Contains(exhibit.Title.Replace("'", "&#39;"), report);
            Assert.Equal("svg", XDocument.Load(_folder.File($"{exhibit.Name}.svg")).Root!.Name.LocalName);
        }

        Assert.All(Claims.All, claim => Assert.Contains(claim.Statement, reproduction));
        int sizes = 2 * 3 * 3 * 3, lengths = 2 * 2 * 2 * 3, grid = 2 * 2 * 2;
        Assert.Equal(sizes + lengths + grid, Trainings().Length);
    }

    [Fact]
    public void A_second_run_repeats_only_the_trainings_that_are_missing()
    {
        Exhibit[] grid = [.. Exhibits.All.Where(exhibit => exhibit.Experiment == Experiment.Grid)];
        Run(grid);
        string[] paths = Trainings();
        string lost = paths[3], before = File.ReadAllText(lost);
        File.Delete(lost);
        foreach (string path in paths.Except([lost]))
        {
            File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        }

        Run(grid);

        Assert.Equal(paths, Trainings());
        Assert.Equal([lost], paths.Where(path => File.GetLastWriteTimeUtc(path) != DateTime.UnixEpoch));
        // The same numbers again; only the last column, the time, may differ.
        static string[] WithoutTime(string text) => [.. text.Split('\n').Select(line => line[..(line.LastIndexOf(',') + 1)])];
        Assert.Equal(WithoutTime(before), WithoutTime(File.ReadAllText(lost)));
    }

    [Theory]
    [InlineData(0.6, -0.2, true)]
    [InlineData(0.6, 0.55, false)]
    [InlineData(0.2, 0.6, false)]
    public void Verdict_follows_from_the_figures(double bayesian, double deterministic, bool holds)
    {
        OutputScores[] scores =
        [
            .. from rows in s_tiny.Sizes
               from seed in new[] { 1, 2, 3 }
               from entry in new[] { (Method: Methods.Svgd, R2: bayesian), (Method: Methods.Deterministic, R2: deterministic) }
               from output in new[] { ("NEE_2010", 0.0), ("TLAI_2010", -0.5), ("GPP_2010", 0.3) }
               select Scores(entry.Method, rows, seed, output.Item1, entry.R2 + output.Item2),
        ];
        var results = new Results(s_tiny, LandModel.Read(Study.SampleData), scores, [], [], []);
        Claim much = Claims.All.Single(claim => claim.Statement.Contains("much better", StringComparison.Ordinal));

        Finding finding = much.Test(results, s_tiny.Settings[0]);

        Assert.Equal(holds, finding.Holds);
        Assert.Contains($"{bayesian:F2} against {deterministic:F2} (10 rows)", finding.Ours);
    }

    public void Dispose() => _folder.Dispose();

    private static Settings Tiny(Settings settings) => settings with
    {
        Options = Settings.Change(settings.Options, method => method with { Particles = 2 }) with { MaxIterations = 20 },
    };

    private static OutputScores Scores(string method, int rows, int seed, string output, double r2) => new(
        Settings.Paper.Name, method, rows, 50, 2, 20, seed, output, r2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0);

    private void Run(IReadOnlyList<Exhibit> figures) => new Study(s_tiny, figures, Study.SampleData, "cpu", _folder.Path, _ => { }).Run();

    private string[] Trainings() => [.. Directory.GetFiles(_folder.File("trainings")).Order(StringComparer.Ordinal)];
}
