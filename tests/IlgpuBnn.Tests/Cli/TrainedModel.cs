using System.Globalization;
using System.Text;

namespace IlgpuBnn.Tests.Cli;

/// <summary>A small table, with names and cells that need quotes and one missing target, and a model that the program trained on it.</summary>
public sealed class TrainedModel : IDisposable
{
    public const int Rows = 60;
    public const int ValidationRows = 12;
    public const int Iterations = 120;

    /// <summary>As an argument of --targets: the second name holds a comma.</summary>
    public const string Targets = "y,\"leaf, area\"";

    private readonly TemporaryFolder _folder = new();

    public TrainedModel()
    {
        Data = _folder.Write("runs.csv", Table(Rows));
        ModelPath = _folder.File("model.safetensors");
        Training = CommandLine.Run(TrainArguments(ModelPath));
        Training.AssertExitCode(0);
    }

    public string Data { get; }

    public string ModelPath { get; }

    internal CommandResult Training { get; }

    /// <summary>Columns: run, x1, x 2, y, leaf, area.</summary>
    public static string Table(int rows, char separator = ',')
    {
        var random = new Random(20);
        var text = new StringBuilder(string.Join(separator, "run", "x1", "x 2", "y", "\"leaf, area\"")).Append('\n');
        for (int row = 0; row < rows; row++)
        {
            double first = random.NextDouble(), second = random.NextDouble();
            string y = row == 5 ? "" : Number((2 * first) - second + (0.1 * random.NextDouble()));
            text.Append(string.Join(separator, $"\"run {row}, \"\"a\"\"; b\"", Number(first), Number(second), y, Number(Math.Sin(6 * first)))).Append('\n');
        }

        return text.ToString();

        static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
    }

    public string[] TrainArguments(string modelPath, params string[] more) =>
    [
        "train", "--data", Data, "--targets", Targets, "--exclude", "run", "--model", modelPath, "--hidden-units", "8", "--particles", "4",
        "--max-iterations", $"{Iterations}", "--method", "svgd", "--validation-fraction", "0.2", "--json", .. more,
    ];

    public void Dispose() => _folder.Dispose();
}

/// <summary>Tests of one trained model.</summary>
[Long]
[CollectionDefinition(Name)]
public sealed class CommandLineTests : ICollectionFixture<TrainedModel>
{
    public const string Name = "Command line";
}
