using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Prediction;

namespace IlgpuBnn.Reporting;

/// <summary>Predictions of known rows, with the statistics of a report.</summary>
internal sealed class ScoredRows
{
    public const double Level = 0.95;
    public const int MaxInputsShown = 8, MaxInputsInTables = 6;

    private const int MaxRowsDrawn = 1000;

    // Of more targets, these are drawn: of the worst, the middle and the best, by R2.
    private const int MaxTargetsDrawn = 16, DrawnOfEach = 3;

    private static readonly TableColumn LineColumn = new("row", "F0");

    private readonly CsvTable _table;
    private readonly int? _idColumn;
    private readonly Dictionary<int, int> _tableRows;

    /// <param name="groups">A number per row of the table, the same for rows that may be alike; null where all are independent.</param>
    public ScoredRows(BayesianNetwork model, CsvTable table, Dataset data, PredictiveDistribution prediction, IReadOnlyList<int>? groups = null)
    {
        (Model, _table, Data, Prediction) = (model, table, data, prediction);
        HasIntervals = model.Options.Method is not Deterministic;
        Interval = prediction.Interval(Level);
        Scores = Scores.Evaluate(prediction, data.Targets);
        Calibration = CalibrationCurve.Evaluate(prediction, data.Targets);
        _tableRows = Enumerable.Range(0, table.RowCount).ToDictionary(table.LineNumber);
        _idColumn = IdColumn();
        Groups = groups is null ? null : [.. Enumerable.Range(0, data.RowCount).Select(row => groups[_tableRows[data.LineNumber(row)]])];
        Pit = prediction.Pit(data.Targets);
        Links = FindLinks();
        DrawnTargets = ChooseTargets();
        TargetOrder = [.. DrawnTargets, .. Enumerable.Range(0, data.TargetCount).Except(DrawnTargets)];
    }

    public BayesianNetwork Model { get; }

    public Dataset Data { get; }

    public PredictiveDistribution Prediction { get; }

    /// <summary>[row, target].</summary>
    public (double[,] Lower, double[,] Upper) Interval { get; }

    public Scores Scores { get; }

    public CalibrationCurve Calibration { get; }

    /// <summary>Probability integral transforms, [row, target].</summary>
    public double[,] Pit { get; }

    /// <summary>Of each row; null where all are independent.</summary>
    public IReadOnlyList<int>? Groups { get; }

    /// <summary>Of a single network without noise, no.</summary>
    public bool HasIntervals { get; }

    public IReadOnlyList<string> Targets => Data.TargetNames;

    /// <summary>Targets for charts: all, or of very many the worst, the middle and the best ones.</summary>
    public int[] DrawnTargets { get; }

    /// <summary>Targets for tables: those drawn come first.</summary>
    public int[] TargetOrder { get; }

    /// <summary>How many rows of a table, one per target, are on the page; null for all.</summary>
    public int? TargetsShown => DrawsAllTargets ? null : DrawnTargets.Length;

    public bool DrawsAllTargets => DrawnTargets.Length == Data.TargetCount;

    /// <summary>Dependence of absolute residuals on inputs (<see cref="EqualGroups.Link"/>), [input, target].</summary>
    public double[,] Links { get; }

    /// <summary>Rows for a chart: all, or an even sample of very many.</summary>
    public int[] DrawnRows => [.. Enumerable.Range(0, Math.Min(Data.RowCount, MaxRowsDrawn))
        .Select(i => (int)((long)i * Data.RowCount / Math.Min(Data.RowCount, MaxRowsDrawn)))];

    /// <summary>Observed minus predicted; NaN if the target is missing.</summary>
    public double Residual(int row, int target) => Data.Targets[row, target] - Prediction.Mean[row, target];

    /// <summary>Standard deviation of a target over the training rows.</summary>
    public double Scale(int target) => Model.Model.Ensemble.TargetScaling.Scale[target];

    /// <summary>The predicted mean in standard deviations of the target from its mean, both over the training rows.</summary>
    public double Standardised(int row, int target) => Model.Model.Ensemble.TargetScaling.Standardise(Prediction.Mean[row, target], target);

    /// <summary>How far inputs lie from the mean of the training rows, each in its standard deviations over them.</summary>
    public double Distance(int row) => Math.Sqrt(Enumerable.Range(0, Data.InputCount)
        .Sum(input => Math.Pow(Model.Model.Ensemble.InputScaling.Standardise(Data.Inputs[row, input], input), 2)));

    public PitHistogram PitOf(int target) => PitHistogram.OfTarget(Pit, target, Groups);

    /// <summary>A column's name, with its unit if the table has one.</summary>
    public string WithUnit(string name) =>
        ColumnSelection.IndexOf(_table.ColumnNames, name) is >= 0 and int column && _table.Units[column] is { Length: > 0 } unit ? $"{name} ({unit})" : name;

    /// <summary>Rows where a target is present.</summary>
    public int[] Present(int target) => [.. Enumerable.Range(0, Data.RowCount).Where(row => !double.IsNaN(Data.Targets[row, target]))];

    /// <summary>Inputs that the residuals of a target (null for all) depend on most, in the order of the inputs.</summary>
    public int[] ShownInputs(int? target, int most) =>
    [
        .. Enumerable.Range(0, Data.InputCount)
            .OrderByDescending(input => target is { } one
                ? Links[input, one]
                : Enumerable.Range(0, Data.TargetCount).Sum(t => Links[input, t]))
            .Take(most).Order(),
    ];

    /// <summary>Inputs outside the range of the training rows.</summary>
    public IEnumerable<int> Outside(int row) => Model.InputRange.Outside(Data.Inputs, row);

    /// <summary>Columns that identify a row: line of the file, and a column of names, if there is one.</summary>
    public IReadOnlyList<TableColumn> RowColumns => _idColumn is { } id ? [LineColumn, _table.ColumnNames[id]] : [LineColumn];

    public IReadOnlyList<TableCell> RowCells(int row) =>
        _idColumn is { } id ? [Data.LineNumber(row), _table.Cell(_tableRows[Data.LineNumber(row)], id)] : [Data.LineNumber(row)];

    /// <summary>The first unused column with distinct names or integers, not measurements.</summary>
    private int? IdColumn()
    {
        int[] rows = [.. Enumerable.Range(0, Data.RowCount).Select(row => _tableRows[Data.LineNumber(row)])];
        for (int column = 0; column < _table.ColumnNames.Count; column++)
        {
            string name = _table.ColumnNames[column];
            string[] cells = Array.ConvertAll(rows, row => _table.Cell(row, column));
            bool isUsed = Data.InputNames.Contains(name) || Data.TargetNames.Contains(name);
            if (!isUsed && cells.Distinct().Count() == cells.Length && !Array.Exists(cells, IsMeasurement))
            {
                return column;
            }
        }

        return null;
    }

    private int[] ChooseTargets()
    {
        int[] all = [.. Enumerable.Range(0, Data.TargetCount)];
        if (all.Length <= MaxTargetsDrawn)
        {
            return all;
        }

        int[] byR2 = [.. all.Where(target => !double.IsNaN(Scores.PerTarget[target].R2)).OrderBy(target => Scores.PerTarget[target].R2)];
        int middle = Math.Max(0, (byR2.Length - DrawnOfEach) / 2);
        int[] chosen = [.. byR2.Take(DrawnOfEach).Concat(byR2.Skip(middle).Take(DrawnOfEach)).Concat(byR2.TakeLast(DrawnOfEach)).Distinct()];
        return chosen.Length > 0 ? chosen : all[..DrawnOfEach];
    }

    private static bool IsMeasurement(string cell) =>
        double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value != Math.Floor(value);

    private double[,] FindLinks()
    {
        var links = new double[Data.InputCount, Data.TargetCount];
        for (int target = 0; target < Data.TargetCount; target++)
        {
            int[] present = Present(target);
            double[] sizes = Array.ConvertAll(present, row => Math.Abs(Residual(row, target)));
            for (int input = 0; input < Data.InputCount; input++)
            {
                links[input, target] = EqualGroups.Link(Array.ConvertAll(present, row => Data.Inputs[row, input]), sizes);
            }
        }

        return links;
    }
}
