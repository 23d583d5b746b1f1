using System.Diagnostics;
using CsvHelper;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Analysis;

/// <summary>A table with predictions beside its columns, a piece at a time, however long it is; of series the whole table is in memory.</summary>
internal sealed class PredictionTable
{
    private const int MaxExamples = 5;

    // Rows, and particles' outputs, in memory at once.
    private const int MaxRows = 4096;
    private const long MaxOutputs = 1 << 22;

    private readonly BayesianNetwork _model;
    private readonly CsvTableReader _reader;
    private readonly PieceReader _pieces;
    private readonly double _level;
    private readonly bool _conformal;
    private readonly IReadOnlyList<double>? _probabilities;
    private readonly Device _device;
    private readonly string[] _names, _header;
    private readonly Stopwatch _computing = new();
    private readonly List<string> _examples = [];

    /// <param name="sourceName">What messages call the table.</param>
    /// <param name="level">Probability of intervals.</param>
    /// <param name="conformal">Whether these have a guarantee.</param>
    /// <param name="probabilities">Of quantiles, which are then written instead; not of a model of classes. Null for moments and intervals.</param>
    /// <exception cref="DataException">A column has the name of a prediction's.</exception>
    public PredictionTable(
        BayesianNetwork model, CsvTableReader reader, string sourceName, double level, bool conformal, Device device, IReadOnlyList<double>? probabilities = null)
    {
        (_model, _reader, _level, _conformal, _device, _probabilities) = (model, reader, level, conformal, device, probabilities);
        _pieces = new PieceReader(model, reader);
        _names = probabilities is null ? PredictionColumns.Names(model) : PredictionColumns.QuantileNames(model, probabilities);
        string[] label = reader.RowLabelName is { } name ? [name] : [];
        _header = PredictionColumns.Header(sourceName, [.. label, .. reader.ColumnNames], _names);
        AddedColumns = _header.Length - label.Length - reader.ColumnNames.Count;
    }

    public int AddedColumns { get; }

    public long Rows { get; private set; }

    /// <summary>Of them, with inputs outside the training range.</summary>
    public long RowsOutside { get; private set; }

    public long Unpredicted { get; private set; }

    /// <summary>Why some rows could not be predicted.</summary>
    public string UnpredictedExamples => string.Join("; ", _examples) + (Unpredicted > _examples.Count ? "; ..." : "");

    /// <summary>Time of prediction alone.</summary>
    public TimeSpan Computing => _computing.Elapsed;

    /// <summary>Rows of which all particles' outputs may be in memory.</summary>
    public static int PieceRows(BayesianNetwork model) => (int)Math.Clamp(MaxOutputs / ((long)model.ParticleCount * model.Model.Ensemble.TargetNames.Count), 1, MaxRows);

    /// <summary>Reads a whole table, and predicts nothing.</summary>
    /// <param name="rowsRead">Is given the number of rows so far, and may throw.</param>
    /// <exception cref="DataException">It lacks an input, or a cell cannot be used.</exception>
    public static void Check(BayesianNetwork model, CsvTableReader reader, Action<long> rowsRead)
    {
        var pieces = new PieceReader(model, reader);
        for (long rows = 0; pieces.Next(MaxRows) is { } piece;)
        {
            // A table of series is read whole before its first piece.
            rowsRead(rows = Math.Max(rows + piece.Table.RowCount, pieces.RowsInMemory));
        }
    }

    public void WriteHeader(CsvWriter csv) => csv.WriteRecord([.. _header.Select(ShownText.ForCell)]);

    /// <summary>Writes the next rows; false after the last.</summary>
    /// <exception cref="DataException">The table lacks an input, or a cell cannot be used.</exception>
    public bool WriteNext(CsvWriter csv) => Next(csv);

    /// <summary>Writes the whole table with the other processes of a group, each of which predicts every K-th piece of it: the bytes that one would write.</summary>
    /// <param name="stream">Written by the first process alone; each has all counts.</param>
    /// <exception cref="DataException">The table lacks an input, or a cell cannot be used; on all processes alike.</exception>
    public void WriteAll(Stream stream, IProcessGroup group)
    {
        using var own = new MemoryStream();
        using CsvWriter csv = PredictionColumns.CreateWriter(own, _reader.Separator);
        if (group.Rank == 0)
        {
            WriteHeader(csv);
        }

        for (bool more = true; more;)
        {
            for (int rank = 0; rank < group.Size && more; rank++)
            {
                more = Next(rank == group.Rank ? csv : null);
            }

            csv.Flush();
            foreach (byte[] part in group.Gather([own.ToArray()], group.Size))
            {
                if (group.Rank == 0)
                {
                    stream.Write(part);
                }
            }

            own.SetLength(0);
        }
    }

    /// <param name="csv">Null where another process predicts the next rows.</param>
    private bool Next(CsvWriter? csv)
    {
        if (_pieces.Next(PieceRows(_model)) is not var (table, found))
        {
            return false;
        }

        string[][] outside = Outside(found);
        Rows += table.RowCount;
        RowsOutside += outside.Count(names => names.Length > 0);
        NoteUnpredicted(table, found);
        if (csv is not null)
        {
            _computing.Start();
            Action<int>? write = found.Rows.Count > 0 ? Predict(csv, found) : null;
            _computing.Stop();
            WriteRows(csv, table, found, outside, write);
        }

        return true;
    }

    /// <summary>[row to predict]: inputs outside the training range.</summary>
    private string[][] Outside(PredictableRows found)
    {
        InputRange range = _model.InputRange;
        return [.. found.Rows.Select((_, row) => (string[])[.. range.Outside(found.Inputs, row).Select(input => _model.InputNames[input])])];
    }

    /// <returns>Writes the predictions of one of these rows.</returns>
    private Action<int> Predict(CsvWriter csv, PredictableRows found)
    {
        if (_model.Classes is not null)
        {
            ClassPredictions classes = _model.PredictClasses(found.Inputs, _device);
            return row => PredictionColumns.WriteClass(csv, classes, row, found.HasDecimalCommas);
        }

        PredictiveDistribution prediction = _model.Predict(found.Inputs, _device);
        if (_probabilities is not null)
        {
            double[][,] quantiles = [.. _probabilities.Select(prediction.Quantile)];
            return row => PredictionColumns.WriteQuantiles(csv, quantiles, row, found.HasDecimalCommas);
        }

        (double[,] Lower, double[,] Upper) interval = _conformal ? _model.ConformalInterval(found.Inputs, _level, _device) : prediction.Interval(_level);
        return row => PredictionColumns.WriteNumbers(csv, prediction, interval, row, found.HasDecimalCommas);
    }

    private void WriteRows(CsvWriter csv, CsvTable table, PredictableRows found, string[][] outside, Action<int>? writePrediction)
    {
        int predicted = 0;
        for (int row = 0; row < table.RowCount; row++)
        {
            if (table.RowLabelName is not null)
            {
                csv.WriteField(ShownText.ForCell(table.RowLabel(row)));
            }

            for (int column = 0; column < table.ColumnNames.Count; column++)
            {
                csv.WriteField(ShownText.ForCell(table.Cell(row, column)));
            }

            if (writePrediction is null || found.Reasons[row].Length > 0)
            {
                PredictionColumns.WriteUnpredicted(csv, _names.Length, found.Reasons[row]);
            }
            else
            {
                writePrediction(predicted);
                PredictionColumns.WriteEnd(csv, outside[predicted++]);
            }

            csv.EndRecord();
        }
    }

    private void NoteUnpredicted(CsvTable table, PredictableRows found)
    {
        for (int row = 0; row < table.RowCount; row++)
        {
            if (found.Reasons[row].Length > 0)
            {
                Unpredicted++;
                if (_examples.Count < MaxExamples)
                {
                    _examples.Add($"row {table.LineNumber(row)}: {found.Reasons[row]}");
                }
            }
        }
    }
}
