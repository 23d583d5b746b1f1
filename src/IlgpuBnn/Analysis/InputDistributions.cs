using IlgpuBnn.Data;

namespace IlgpuBnn.Analysis;

/// <summary>What is known of all inputs of a model, each independent of the others.</summary>
public sealed class InputDistributions
{
    private static readonly string[] _columns = ["input", "distribution", "low", "high", "mode", "mean", "median", "sd", "value"];

    /// <param name="names">One per input.</param>
    /// <param name="distributions">As many.</param>
    /// <exception cref="ArgumentException">They are not equally many, or a distribution's numbers make no sense; the message names the input.</exception>
    public InputDistributions(IReadOnlyList<string> names, IReadOnlyList<InputDistribution> distributions)
    {
        if (names.Count != distributions.Count || names.Count == 0)
        {
            throw new ArgumentException($"There are {names.Count} names and {distributions.Count} distributions. Give one distribution per input.", nameof(distributions));
        }

        (Names, Distributions) = (names, distributions);
        for (int i = 0; i < names.Count; i++)
        {
            if (distributions[i].Problem() is { } problem)
            {
                throw new ArgumentException($"The distribution of \"{names[i]}\" is {distributions[i].Describe()}: {problem}.", nameof(distributions));
            }
        }
    }

    /// <summary>[input].</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>[input].</summary>
    public IReadOnlyList<InputDistribution> Distributions { get; }

    /// <summary>Indices of the inputs that vary.</summary>
    internal IReadOnlyList<int> Free => [.. Enumerable.Range(0, Names.Count).Where(i => Distributions[i] is not Fixed)];

    /// <summary>Uniform between the smallest and the largest value of the training rows; a category's values, a constant's value.</summary>
    public static InputDistributions OfTraining(BayesianNetwork model) => new(model.InputNames, [.. model.InputNames.Select((_, i) => OfTraining(model, i))]);

    /// <summary>Reads a CSV file of distributions; inputs that it does not name are as in <see cref="OfTraining(BayesianNetwork)"/>.</summary>
    /// <remarks>
    /// Columns <c>input</c>, <c>distribution</c> (uniform, log-uniform, triangular, normal, log-normal, fixed), and as these need them <c>low</c>, <c>high</c>,
    /// <c>mode</c>, <c>mean</c>, <c>median</c>, <c>sd</c> (of a log-normal, of its natural logarithm), <c>value</c>; low and high cut a normal or log-normal off.
    /// </remarks>
    /// <exception cref="DataException">A column is missing or unknown, an input is not one of the model's, or a number is missing or makes no sense.</exception>
    public static InputDistributions ReadCsv(string path, BayesianNetwork model)
    {
        CsvTable table = CsvTable.Read(path);
        Dictionary<string, InputDistribution> given = Read(table);
        if (given.Keys.FirstOrDefault(name => !model.InputNames.Contains(name)) is { } unknown)
        {
            throw new DataException(table.SourceName, $"\"{unknown}\" is no input of the model, whose inputs are {ColumnSelection.List(model.InputNames)}.");
        }

        return new InputDistributions(
            model.InputNames, [.. model.InputNames.Select((name, i) => given.TryGetValue(name, out InputDistribution? own) ? own : OfTraining(model, i))]);
    }

    /// <summary>Reads a CSV file of the distributions of all inputs, where there is no model yet.</summary>
    /// <inheritdoc cref="ReadCsv(string, BayesianNetwork)"/>
    public static InputDistributions ReadCsv(string path)
    {
        Dictionary<string, InputDistribution> given = Read(CsvTable.Read(path));
        return new InputDistributions([.. given.Keys], [.. given.Values]);
    }

    /// <summary>Values of the inputs for points of the unit cube.</summary>
    /// <param name="points">[row, input], probabilities.</param>
    /// <returns>[row, input], raw units.</returns>
    internal double[,] At(double[,] points)
    {
        var values = new double[points.GetLength(0), Names.Count];
        for (int row = 0; row < values.GetLength(0); row++)
        {
            for (int i = 0; i < Names.Count; i++)
            {
                values[row, i] = Distributions[i].Quantile(points[row, i]);
            }
        }

        return values;
    }

    /// <summary>Points of the unit cube of all inputs; fixed ones are at 0.5.</summary>
    /// <param name="points">[row, dimension], of the unit cube of the inputs that vary; further dimensions are left out.</param>
    internal double[,] Whole(double[,] points)
    {
        IReadOnlyList<int> free = Free;
        var whole = new double[points.GetLength(0), Names.Count];
        for (int row = 0; row < whole.GetLength(0); row++)
        {
            for (int i = 0; i < Names.Count; i++)
            {
                whole[row, i] = 0.5;
            }

            for (int d = 0; d < free.Count; d++)
            {
                whole[row, free[d]] = points[row, d];
            }
        }

        return whole;
    }

    private static InputDistribution OfTraining(BayesianNetwork model, int input)
    {
        if (model.InputRange.Levels?[input] is { } levels)
        {
            return new Choice(levels) { Names = (model.Model.Encoding.Inputs[input] as CategoryEncoding)?.Texts };
        }

        (double low, double high) = (model.InputRange.Smallest[input], model.InputRange.Largest[input]);
        return low < high ? new Uniform(low, high) : new Fixed(low);
    }

    private static Dictionary<string, InputDistribution> Read(CsvTable table)
    {
        string[] strange = [.. table.ColumnNames.Where(name => !_columns.Contains(name))];
        if (strange.Length > 0 || !table.ColumnNames.Contains(_columns[0]) || !table.ColumnNames.Contains(_columns[1]))
        {
            throw new DataException(
                table.SourceName, $"the columns are {ColumnSelection.List(table.ColumnNames)}. A file of distributions has input and distribution, and of these what it "
                + $"needs: {string.Join(", ", _columns[2..])}.");
        }

        var result = new Dictionary<string, InputDistribution>();
        for (int row = 0; row < table.RowCount; row++)
        {
            string name = Text(row, "input");
            InputDistribution own = Text(row, "distribution") switch
            {
                "uniform" => new Uniform(Number(row, "low"), Number(row, "high")),
                "log-uniform" => new LogUniform(Number(row, "low"), Number(row, "high")),
                "triangular" => new Triangular(Number(row, "low"), Number(row, "mode"), Number(row, "high")),
                "normal" => new Gaussian(Number(row, "mean"), Number(row, "sd"), Number(row, "low", double.NegativeInfinity), Number(row, "high", double.PositiveInfinity)),
                "log-normal" => new LogNormal(Number(row, "median"), Number(row, "sd"), Number(row, "low", 0), Number(row, "high", double.PositiveInfinity)),
                "fixed" => new Fixed(Number(row, "value")),
                string other => throw new DataException(
                    table.SourceName, "is none of uniform, log-uniform, triangular, normal, log-normal, fixed.", table.LineNumber(row), "distribution", other),
            };
            if (own.Problem() is { } problem)
            {
                throw new DataException(table.SourceName, $"the {Text(row, "distribution")} distribution of \"{name}\": {problem}.", table.LineNumber(row));
            }

            if (!result.TryAdd(name, own))
            {
                throw new DataException(table.SourceName, "has a distribution already. Give each input one row.", table.LineNumber(row), "input", name);
            }
        }

        return result.Count > 0 ? result : throw new DataException(table.SourceName, "there is no distribution. Give each input a row.");

        string Text(int row, string column) => table.Cell(row, ColumnSelection.IndexOf(table.ColumnNames, column)).Trim();

        double Number(int row, string column, double? otherwise = null)
        {
            int at = ColumnSelection.IndexOf(table.ColumnNames, column);
            double number = double.NaN;
            return at >= 0 && table.ReadCell(row, at, out number) == CellKind.Text ? throw table.NotANumber(row, at, "Give a number.")
                : !double.IsNaN(number) ? number
                : otherwise ?? throw new DataException(table.SourceName, $"a {Text(row, "distribution")} distribution needs it.", table.LineNumber(row), column);
        }
    }
}
