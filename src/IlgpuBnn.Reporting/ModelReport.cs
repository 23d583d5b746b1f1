using IlgpuBnn.Data;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Reporting;

/// <summary>A report on a model's predictions of known rows: accuracy, calibration and errors; of classes also which are confused.</summary>
public static class ModelReport
{
    /// <summary>Predicts every row of a table that has a target, and compiles scores, figures and tables.</summary>
    /// <param name="model">The model.</param>
    /// <param name="table">With the model's inputs and targets, found by name, of rows that it was not trained on.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="groups">
    /// A number per row of the table, the same for rows that may be alike, such as runs of one site. Null (default) where all are independent.
    /// </param>
    /// <exception cref="ArgumentException">There are not as many groups as rows of the table.</exception>
    /// <exception cref="DataException">A column is missing, no row has a target, or a cell cannot be used.</exception>
    public static ReportPage Create(BayesianNetwork model, CsvTable table, Device? device = null, IReadOnlyList<int>? groups = null)
    {
        if (groups is not null && groups.Count != table.RowCount)
        {
            throw new ArgumentException(
                $"There are {groups.Count} groups, and {table.SourceName} has {table.RowCount} rows. Give a group per row.", nameof(groups));
        }

        RequireColumns(model, table);
        Dataset data = model.ReadDataset(table);
        if (model.Classes is not null)
        {
            return ClassReport.Create(model, model.Model.Encoding.Align(data), device);
        }

        var rows = new ScoredRows(model, table, data, model.Predict(data, device), groups);
        string targets = data.TargetCount <= 3 ? string.Join(", ", data.TargetNames) : $"{data.TargetCount} targets";
        var page = new ReportPage($"How well {targets} can be predicted");
        AddIntroduction(page, rows);
        ScoreSection.Add(page, rows);
        SpectrumSection.Add(page, rows);
        CalibrationSection.Add(page, rows);
        ResidualSection.Add(page, rows);
        RowSection.AddLargestErrors(page, rows);
        RowSection.AddLeastSure(page, rows);
        TrainingSection.Add(page, model);
        return page;
    }

    private static void RequireColumns(BayesianNetwork model, CsvTable table)
    {
        const string remedy = "A report compares predictions with known targets: add them, or use \"ilgpubnn predict\" for rows without targets.";
        IReadOnlyList<string> inputNames = model.Model.SeriesIn(table.ColumnNames)?.Inputs ?? model.InputNames;
        int[] inputs = Columns(inputNames), targets = Columns(model.TargetNames);
        ColumnSelection.RequireInputs(table.SourceName, inputNames, inputs, table.ColumnNames);
        string[] missing = [.. model.TargetNames.Where((_, i) => targets[i] < 0)];
        if (missing.Length > 0)
        {
            throw new DataException(
                table.SourceName, $"{missing.Length} of {targets.Length} targets are missing: {ColumnSelection.List(missing)}. {remedy}");
        }

        if (!Enumerable.Range(0, table.RowCount).Any(row => targets.Any(column => !table.IsMissing(row, column))))
        {
            throw new DataException(table.SourceName, $"no row has a target. {remedy}");
        }

        int[] Columns(IReadOnlyList<string> names) => [.. names.Select(name => ColumnSelection.IndexOf(table.ColumnNames, name))];
    }

    private static void AddIntroduction(ReportPage page, ScoredRows rows)
    {
        BayesianNetwork model = rows.Model;
        string networks = model.ParticleCount == 1 ? "One neural network" : $"An ensemble of {model.ParticleCount} neural networks";
        page.AddText(
            $"{networks}, trained on {model.Report.TrainingRows + model.Report.ValidationRows} rows, predicted {rows.Data.RowCount} rows of "
            + $"{Path.GetFileName(rows.Data.SourceName)} from {(model.Model.Series is { } series ? series.Text : $"{rows.Data.InputCount} inputs")}. This page compares the predictions with the observed values. "
            + "If the model was trained on these rows, the results are optimistic: judge it by rows that it was not trained on.");
        page.AddText(Summary(rows));
        foreach (string note in rows.Data.Notes)
        {
            // The file name only, so that the page does not depend on the folder.
            page.AddText("Note: " + note.Replace(rows.Data.SourceName, Path.GetFileName(rows.Data.SourceName), StringComparison.Ordinal));
        }
    }

    private static string Summary(ScoredRows rows)
    {
        int[] byR2 = [.. Enumerable.Range(0, rows.Data.TargetCount).Where(target => !double.IsNaN(rows.Scores.PerTarget[target].R2))
            .OrderBy(target => rows.Scores.PerTarget[target].R2)];
        string r2(int target) => $"{NumberText.Short(rows.Scores.PerTarget[target].R2)} ({rows.Targets[target]})";
        string fit = byR2.Length switch
        {
            0 => "R2 is undefined: no target varies.",
            1 => $"R2, the fraction of the variance explained, is {r2(byR2[0])}.",
            _ => $"R2, the fraction of the variance explained, lies between {r2(byR2[0])} and {r2(byR2[^1])}.",
        };
        string covered(double level) => NumberText.Percent(rows.Calibration.PooledShares[LevelIndex(rows, level)]);
        string coverage = rows.HasIntervals
            ? $" Of all observed values, {covered(0.5)} lie inside their 50 % intervals and {covered(0.95)} inside their 95 % intervals; "
                + "fewer mean an overconfident model, more an underconfident one."
            : " The model is a single network without noise: it says nothing about its uncertainty.";
        int outside = Enumerable.Range(0, rows.Data.RowCount).Count(row => rows.Outside(row).Any());
        return fit + coverage + (outside == 0
            ? " No row has an input outside the range of the training rows."
            : $" {outside} of {rows.Data.RowCount} rows have an input outside the range of the training rows, where networks extrapolate poorly.");
    }

    internal static int LevelIndex(ScoredRows rows, double level) =>
        Enumerable.Range(0, rows.Calibration.NominalLevels.Count).MinBy(i => Math.Abs(rows.Calibration.NominalLevels[i] - level));
}
