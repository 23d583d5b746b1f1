using System.Globalization;
using CsvHelper;
using IlgpuBnn.Data;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Analysis;

/// <summary>Predictions as columns of a CSV file: six per target, or of classes the most probable, their probabilities and entropies; one that names inputs outside the training range, and one that says why a row is not predicted.</summary>
internal static class PredictionColumns
{
    /// <summary>Column with the names of a row's inputs outside the training range, separated by commas; empty for none.</summary>
    public const string Outside = "outside_training_range";

    /// <summary>Last column: why a row has no predictions; empty for others.</summary>
    public const string Note = "note";

    private static readonly string[] Suffixes = ["_mean", "_sd", "_aleatoric_sd", "_epistemic_sd", "_lower", "_upper"];

    private static readonly string[] EntropySuffixes = ["_entropy", "_aleatoric_entropy", "_epistemic_entropy"];

    private static readonly NumberFormatInfo DecimalComma = new() { NumberDecimalSeparator = "," };

    /// <summary>Of the predictions of a row.</summary>
    public static string[] Names(BayesianNetwork model) => model.Classes is { } classes
        ? [$"{model.TargetNames[0]}_predicted", .. classes.Select(name => $"{model.TargetNames[0]}_p_{name}"), .. EntropySuffixes.Select(suffix => model.TargetNames[0] + suffix)]
        : [.. model.TargetNames.SelectMany(target => Suffixes.Select(suffix => target + suffix))];

    /// <summary>Of quantiles of a row: target by target, such as <c>yield_q0.05</c>.</summary>
    public static string[] QuantileNames(BayesianNetwork model, IReadOnlyList<double> probabilities) =>
        [.. model.TargetNames.SelectMany(target => probabilities.Select(own => string.Create(CultureInfo.InvariantCulture, $"{target}_q{own}")))];

    /// <summary>Columns of the input file, then those of the predictions.</summary>
    /// <param name="names">Result of <see cref="Names"/> or <see cref="QuantileNames"/>.</param>
    /// <exception cref="DataException">Two columns would have the same name.</exception>
    public static string[] Header(string sourceName, IReadOnlyList<string> existing, IReadOnlyList<string> names)
    {
        string[] header = [.. existing, .. names, Outside, Note];
        HashSet<string> own = [.. header.Skip(existing.Count)];
        string[] twice = [.. existing.Where(own.Contains).Distinct()];
        return twice.Length == 0 ? header : throw new DataException(
            sourceName,
            $"the table already has columns with the names of predictions: {ColumnSelection.List(twice)}. Rename or remove these columns.");
    }

    /// <remarks>A first cell that begins with # is quoted, so that its row is no comment.</remarks>
    public static CsvWriter CreateWriter(Stream stream, char separator = ',') =>
        CsvWriter.Create(stream, new CsvWriterOptions { Separator = separator, NewLine = "\n", CommentPrefix = '#' }, leaveOpen: true);

    /// <summary>The predictions of one row, in the order of <see cref="Header"/>.</summary>
    /// <param name="interval">[row, target], raw units.</param>
    /// <param name="outside">Names of the row's inputs outside the training range.</param>
    public static void WriteFields(
        CsvWriter csv, PredictiveDistribution prediction, (double[,] Lower, double[,] Upper) interval, int row, IEnumerable<string> outside)
    {
        WriteNumbers(csv, prediction, interval, row, false);
        WriteEnd(csv, outside);
    }

    /// <summary>The predicted numbers of one row.</summary>
    /// <param name="interval">[row, target], raw units.</param>
    /// <param name="decimalComma">Whether numbers have one.</param>
    public static void WriteNumbers(
        CsvWriter csv, PredictiveDistribution prediction, (double[,] Lower, double[,] Upper) interval, int row, bool decimalComma)
    {
        IFormatProvider? format = decimalComma ? DecimalComma : null;
        for (int target = 0; target < prediction.TargetNames.Count; target++)
        {
            WriteNumber(csv, prediction.Mean[row, target], format);
            WriteNumber(csv, Math.Sqrt(prediction.Variance[row, target]), format);
            WriteNumber(csv, Math.Sqrt(prediction.AleatoricVariance[row, target]), format);
            WriteNumber(csv, Math.Sqrt(prediction.EpistemicVariance[row, target]), format);
            WriteNumber(csv, interval.Lower[row, target], format);
            WriteNumber(csv, interval.Upper[row, target], format);
        }
    }

    /// <summary>The quantiles of one row, in the order of <see cref="QuantileNames"/>.</summary>
    /// <param name="quantiles">[probability][row, target], raw units.</param>
    /// <param name="decimalComma">Whether numbers have one.</param>
    public static void WriteQuantiles(CsvWriter csv, double[][,] quantiles, int row, bool decimalComma)
    {
        IFormatProvider? format = decimalComma ? DecimalComma : null;
        for (int target = 0; target < quantiles[0].GetLength(1); target++)
        {
            foreach (double[,] own in quantiles)
            {
                WriteNumber(csv, own[row, target], format);
            }
        }
    }

    /// <summary>The predicted class of one row.</summary>
    /// <param name="decimalComma">Whether numbers have one.</param>
    public static void WriteClass(CsvWriter csv, ClassPredictions prediction, int row, bool decimalComma)
    {
        IFormatProvider? format = decimalComma ? DecimalComma : null;
        csv.WriteField(ShownText.ForCell(prediction.PredictedLabel(row)));
        for (int k = 0; k < prediction.ClassNames.Count; k++)
        {
            WriteNumber(csv, prediction.Probabilities[row, k], format);
        }

        WriteNumber(csv, prediction.Entropy[row], format);
        WriteNumber(csv, prediction.ExpectedEntropy[row], format);
        WriteNumber(csv, prediction.MutualInformation[row], format);
    }

    /// <summary>The last columns of a row with a prediction.</summary>
    /// <param name="outside">Names of the row's inputs outside the training range.</param>
    public static void WriteEnd(CsvWriter csv, IEnumerable<string> outside)
    {
        csv.WriteField(ShownText.ForCell(string.Join(',', outside)));
        csv.WriteField("");
    }

    /// <summary>A row without predictions.</summary>
    /// <param name="columns">Of predictions: as many as <see cref="Names"/>.</param>
    public static void WriteUnpredicted(CsvWriter csv, int columns, string reason)
    {
        for (int column = 0; column < columns + 1; column++)
        {
            csv.WriteField("");
        }

        csv.WriteField(ShownText.ForCell(reason));
    }

    /// <summary>Shortest digits that round-trip; an empty cell for NaN.</summary>
    public static void WriteNumber(CsvWriter csv, double value, IFormatProvider? format = null)
    {
        if (double.IsNaN(value))
        {
            csv.WriteField("");
        }
        else
        {
            csv.WriteField(value, default, format);
        }
    }
}
