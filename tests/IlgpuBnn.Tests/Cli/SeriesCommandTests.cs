using System.Globalization;
using System.Text;
using IlgpuBnn.Analysis;
using IlgpuBnn.Cli;
using IlgpuBnn.Serve;

namespace IlgpuBnn.Tests.Cli;

/// <summary>Series from a long table: train, predict, evaluate, report, shards, and over HTTP.</summary>
[Collection(CommandLineTests.Name)]
public sealed class SeriesCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_recurrent_network_predicts_every_row_of_a_long_table()
    {
        string data = _folder.Write("daily.csv", Series()), model = _folder.File("m"), predicted = _folder.File("p.csv");
        CommandResult trained = CommandLine.Run(Train(data, model, "--network", "lstm(4)")).AssertExitCode(ExitCode.Success);
        Assert.Contains("Network: field(2,4) lstm(4,last,masked).", trained.Output, StringComparison.Ordinal);
        Assert.Contains("inputs are windows of 4 steps of 1 day by day, of series told apart by site; there are 4 series.", trained.Output, StringComparison.Ordinal);
        Assert.Contains("1 input: rain, of 4 steps each; 1 target: flux.", trained.Error, StringComparison.Ordinal);
        CommandLine.Run("predict", "--model", model, "--data", data, "--out", predicted).AssertExitCode(ExitCode.Success);
        string[] lines = File.ReadAllLines(predicted);
        Assert.Equal(Series().TrimEnd().Split('\n').Select(line => line.Split(',')[1]), lines.Select(line => line.Split(',')[1]));
        Assert.All(lines.Skip(1), line => Assert.EndsWith(",,", line, StringComparison.Ordinal));
        CommandResult scores = CommandLine.Run("evaluate", "--model", model, "--data", data).AssertExitCode(ExitCode.Success);
        Assert.StartsWith("64 rows", scores.Output, StringComparison.Ordinal);
        CommandLine.Run("report", "--model", model, "--data", data, "--out", _folder.File("report")).AssertExitCode(ExitCode.Success);
        Assert.Contains("from windows of 4 steps of 1 day by day", File.ReadAllText(Path.Combine(_folder.File("report"), "report.html")), StringComparison.Ordinal);
    }

    /// <summary>The same windows by way of "windows" give the same predictions.</summary>
    [Fact]
    public void A_table_of_windows_is_predicted_as_the_long_one()
    {
        string data = _folder.Write("daily.csv", Series()), windows = _folder.File("w.csv"), model = _folder.File("m");
        CommandLine.Run(Train(data, model, "--network", "gru(3) dense(4)")).AssertExitCode(ExitCode.Success);
        CommandLine.Run("windows", "--data", data, "--time", "day", "--group", "site", "--inputs", "rain", "--steps", "4", "--out", windows).AssertExitCode(ExitCode.Success);
        var loaded = BayesianNetwork.Load(model);
        double[,] expected = loaded.Predict(loaded.ReadRows(CsvTable.Read(windows)).Inputs).Mean, found = loaded.Predict(loaded.ReadRows(CsvTable.Read(data)).Inputs).Mean;
        Assert.Equal(64, found.Length);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Dense_layers_on_lags_leave_rows_without_a_full_window_empty()
    {
        string data = _folder.Write("daily.csv", Series()), model = _folder.File("m"), predicted = _folder.File("p.csv");
        CommandResult trained = CommandLine.Run(Train(data, model)).AssertExitCode(ExitCode.Success);
        Assert.Contains("12 rows without a full window of 4 steps were left out", trained.Output, StringComparison.Ordinal);
        CommandResult told = CommandLine.Run("predict", "--model", model, "--data", data, "--out", predicted).AssertExitCode(ExitCode.Success);
        Assert.Contains("12 of 64 rows could not be predicted", told.Error, StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(predicted);
        Assert.EndsWith(",,,,,,,,only 3 of the 4 steps of its window are there", lines[3], StringComparison.Ordinal);
        Assert.EndsWith(",,", lines[4], StringComparison.Ordinal);
    }

    /// <summary>Of more rows than a piece has, whose windows reach into the piece before.</summary>
    [Fact]
    public void Pieces_of_a_long_table_know_the_steps_before_them()
    {
        string data = _folder.Write("daily.csv", Series()), model = _folder.File("m");
        CommandLine.Run(Train(data, model)).AssertExitCode(ExitCode.Success);
        var loaded = BayesianNetwork.Load(model);
        var text = new StringBuilder("site,day,rain\n");
        for (int day = 0; day < 5000; day++)
        {
            text.Append(CultureInfo.InvariantCulture, $"a,{DateTime.UnixEpoch.AddDays(day):yyyy-MM-dd},{day % 7}\n");
        }

        string later = _folder.Write("later.csv", text.ToString()), predicted = _folder.File("p.csv");
        CommandLine.Run("predict", "--model", model, "--data", later, "--out", predicted).AssertExitCode(ExitCode.Success);
        int piece = PredictionTable.PieceRows(loaded);
        Assert.InRange(piece, 4, 4990);
        string[] lines = File.ReadAllLines(predicted);
        Assert.Equal(5001, lines.Length);
        Assert.Equal(Means(lines, 1 + piece - 7, 14), Means(lines, 1 + piece - 14, 14));

        static string[] Means(string[] lines, int first, int count) => [.. lines.Skip(first).Take(count).Select(line => line.Split(',')[3])];
    }

    [Fact]
    public void Shards_keep_the_windows()
    {
        string data = _folder.Write("daily.csv", Series()), whole = _folder.File("whole"), merged = _folder.File("merged");
        CommandLine.Run(Train(data, whole, "--network", "lstm(3)")).AssertExitCode(ExitCode.Success);
        string[] parts = [_folder.File("0"), _folder.File("1")];
        for (int k = 0; k < 2; k++)
        {
            CommandLine.Run(Train(data, parts[k], "--network", "lstm(3)", "--shard", $"{k}/2")).AssertExitCode(ExitCode.Success);
        }

        CommandLine.Run("merge", parts[0], parts[1], "--data", data, "--model", merged).AssertExitCode(ExitCode.Success);
        BayesianNetwork one = BayesianNetwork.Load(whole), other = BayesianNetwork.Load(merged);
        Assert.Equal(one.Series!.InputNames, other.Series!.InputNames);
        CsvTable table = CsvTable.Read(data);
        Assert.Equal(one.Predict(one.ReadRows(table).Inputs).Mean, other.Predict(other.ReadRows(table).Inputs).Mean);
    }

    [Fact]
    public async Task Long_tables_are_answered_over_http()
    {
        string data = _folder.Write("daily.csv", Series()), model = _folder.File("m"), predicted = _folder.File("p.csv");
        CommandLine.Run(Train(data, model, "--network", "lstm(3)")).AssertExitCode(ExitCode.Success);
        CommandLine.Run("predict", "--model", model, "--data", data, "--out", predicted).AssertExitCode(ExitCode.Success);
        var options = new ServerOptions { Urls = ["http://127.0.0.1:0"] };
        await using PredictionServer server = await PredictionServer.StartAsync(BayesianNetwork.Load(model), DeviceCatalog.Default, options, _ => { }, default);
        using var client = new HttpClient { BaseAddress = new Uri(server.Urls.First()) };
        using var content = new StringContent(Series(), Encoding.UTF8, "text/csv");
        using HttpResponseMessage answer = await client.PostAsync(new Uri("/predict", UriKind.Relative), content);
        Assert.Equal(File.ReadAllText(predicted), await answer.Content.ReadAsStringAsync());
        using var unsorted = new StringContent("site,day,rain\na,2020-01-02,1\na,2020-01-01,1\n", Encoding.UTF8, "text/csv");
        using HttpResponseMessage refused = await client.PostAsync(new Uri("/predict", UriKind.Relative), unsorted);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("Sort the rows by time", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("\"series\":{\"time\":\"day\",\"groups\":[\"site\"],\"inputs\":[\"rain\"],\"steps\":4,\"step\":\"1 day\"}", await client.GetStringAsync(new Uri("/model", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'days'", "'years'", "$.step.unit")]
    [InlineData("'steps':4", "'steps':5", "its inputs are not the windows of its series")]
    [InlineData("'length':1", "'length':-1", "the step of its series is no time")]
    [InlineData("'inputs':['rain']", "'inputs':[]", "its series lack columns or steps")]
    public void A_model_file_whose_windows_are_none_is_refused(string from, string to, string message)
    {
        string data = _folder.Write("daily.csv", Series()), model = _folder.File("m");
        CommandLine.Run(Train(data, model, "--network", "lstm(3)")).AssertExitCode(ExitCode.Success);
        byte[] bytes = File.ReadAllBytes(model);
        int length = (int)BitConverter.ToUInt64(bytes, 0);
        string header = Encoding.UTF8.GetString(bytes, 8, length).Replace("\\u0022", "'", StringComparison.Ordinal);
        Assert.Contains(from, header, StringComparison.Ordinal);
        byte[] changed = Encoding.UTF8.GetBytes(header.Replace(from, to, StringComparison.Ordinal).Replace("'", "\\u0022", StringComparison.Ordinal));
        File.WriteAllBytes(model, [.. BitConverter.GetBytes((ulong)changed.Length), .. changed, .. bytes.Skip(8 + length)]);
        Assert.Contains(message, Assert.Throws<IlgpuBnn.Persistence.ModelFileException>(() => BayesianNetwork.Load(model)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lstm(32)", "field(3,7) lstm(32,last,masked)", true)]
    [InlineData("lstm(8,sequence) gru(4) dense(5)", "field(3,7) lstm(8,sequence,masked) gru(4,last,masked) dense(5,silu)", true)]
    [InlineData("gru(4,sequence) conv1d(4,3) lstm(5,sequence) pool(7) gru(3)", "field(3,7) gru(4,sequence,masked) conv1d(4,3,stride=1,padding=zero,silu) lstm(5,sequence,masked) pool(7) gru(3,last)", true)]
    [InlineData("conv1d(4,3) lstm(5)", "field(3,7) conv1d(4,3,stride=1,padding=zero,silu) lstm(5,last)", false)]
    [InlineData("field(3,7) lstm(5)", "field(3,7) lstm(5,last)", false)]
    [InlineData("field(3,7) lstm(5,masked)", "field(3,7) lstm(5,last,masked)", true)]
    [InlineData("dense(5)", "dense(5,silu)", false)]
    public void Networks_get_the_field_of_their_windows(string text, string expected, bool marked)
    {
        Assert.Equal(expected, NetworkDescription.Of(NetworkDescription.Parse(text, 3, 7)));
        Assert.Equal(marked, SeriesLayers.AreMarked(NetworkDescription.Layers(text)));
    }

    public void Dispose() => _folder.Dispose();

    private static string[] Train(string data, string model, params string[] more) =>
    [
        "train", "--data", data, "--targets", "flux", "--group", "site", "--time", "day", "--window", "4", "--particles", "6", "--folds", "3", "--max-iterations", "50", "--model", model, .. more,
    ];

    private static string Series()
    {
        var text = new StringBuilder("site,day,rain,flux\n");
        var random = new Random(1);
        foreach (string site in new[] { "a", "b", "c", "d" })
        {
            double store = 0;
            for (int day = 0; day < 16; day++)
            {
                double rain = random.NextDouble();
                store = (0.5 * store) + rain;
                text.Append(CultureInfo.InvariantCulture, $"{site},2020-01-{day + 1:00},{rain},{store}\n");
            }
        }

        return text.ToString();
    }
}
