using CsvHelper;
using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Cli;

/// <summary>Predictions as columns of a CSV file: six per target, and one that names inputs outside the training range.</summary>
internal static class PredictionColumns
{
    /// <summary>Column with the names of a row's inputs outside the training range, separated by commas; empty for none.</summary>
    public const string Outside = "outside_training_range";

    private static readonly string[] Suffixes = ["_mean", "_sd", "_aleatoric_sd", "_epistemic_sd", "_lower", "_upper"];

    /// <summary>Columns of the input file, then those of the predictions.</summary>
    /// <exception cref="DataException">Two columns would have the same name.</exception>
    public static string[] Header(string sourceName, IReadOnlyList<string> existing, IReadOnlyList<string> targetNames)
    {
        string[] header = [.. existing, .. targetNames.SelectMany(target => Suffixes.Select(suffix => target + suffix)), Outside];
        string[] twice = [.. header.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key)];
        return twice.Length == 0 ? header : throw new DataException(
            sourceName,
            $"the table already has columns with the names of predictions: {ColumnSelection.List(twice)}. Rename or remove these columns.");
    }

    public static CsvWriter CreateWriter(Stream stream, char separator = ',') =>
        CsvWriter.Create(stream, new CsvWriterOptions { Separator = separator, NewLine = "\n" }, leaveOpen: true);

    /// <summary>The predictions of one row, in the order of <see cref="Header"/>.</summary>
    /// <param name="interval">[row, target], raw units.</param>
    /// <param name="outside">Names of the row's inputs outside the training range.</param>
    public static void WriteFields(
        CsvWriter csv, PredictiveDistribution prediction, (double[,] Lower, double[,] Upper) interval, int row, IEnumerable<string> outside)
    {
        for (int target = 0; target < prediction.TargetNames.Count; target++)
        {
            WriteNumber(csv, prediction.Mean[row, target]);
            WriteNumber(csv, Math.Sqrt(prediction.Variance[row, target]));
            WriteNumber(csv, Math.Sqrt(prediction.AleatoricVariance[row, target]));
            WriteNumber(csv, Math.Sqrt(prediction.EpistemicVariance[row, target]));
            WriteNumber(csv, interval.Lower[row, target]);
            WriteNumber(csv, interval.Upper[row, target]);
        }

        csv.WriteField(ShownText.ForCell(string.Join(',', outside)));
    }

    /// <summary>Shortest digits that round-trip; an empty cell for NaN.</summary>
    public static void WriteNumber(CsvWriter csv, double value)
    {
        if (double.IsNaN(value))
        {
            csv.WriteField("");
        }
        else
        {
            csv.WriteField(value);
        }
    }
}
