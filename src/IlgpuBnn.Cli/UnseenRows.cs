using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Prediction;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary>Predictions of rows that networks had not seen, and what they say of a model.</summary>
internal interface IUnseenRows
{
    void PrintScores();

    /// <summary>Writes into the open object.</summary>
    void WriteScores(Utf8JsonWriter json);

    IReadOnlyList<string> Sentences();
}

/// <summary>Of targets that are numbers.</summary>
internal sealed class UnseenNumbers(BayesianNetwork model, PredictiveDistribution prediction, Dataset rows, Dataset data, Device device) : IUnseenRows
{
    // Enough for the effective number of particles.
    private const int RowsToCompare = 500;

    private readonly IReadOnlyList<FieldSpectrum> _spectra = FieldSpectrum.Evaluate(prediction, rows.Targets, model.TargetFields);

    public Scores Scores { get; } = Scores.Evaluate(prediction, rows.Targets);

    /// <param name="rows">Out-of-fold rows, all of them, or validation rows.</param>
    public static UnseenNumbers Of(BayesianNetwork model, Dataset rows, Dataset data, Device device) =>
        new(model, model.Report.Folds > 0 ? model.PredictOutOfFold(rows, device) : model.Predict(rows, device), rows, data, device);

    public void PrintScores() => ScoresReport.Print(Scores);

    public void WriteScores(Utf8JsonWriter json)
    {
        ScoresReport.Write(json, Scores);
        SpectraReport.Write(json, _spectra);
    }

    public IReadOnlyList<string> Sentences()
    {
        int[] some = [.. Enumerable.Range(0, Math.Min(rows.RowCount, RowsToCompare))];
        return
        [
            .. Verdict.Sentences(model, prediction, rows.Targets, Scores, model.Predict(rows.SelectRows(some), device), RelatedRows.Numbers(rows),
                [.. data.FillValues.Select(fill => fill.Column)]),
            .. SpectraReport.Sentences(_spectra),
        ];
    }
}

/// <summary>Of classes.</summary>
internal sealed class UnseenClasses(BayesianNetwork model, ClassPredictions prediction, Dataset rows) : IUnseenRows
{
    private readonly ClassScores _scores = ClassScores.Evaluate(prediction, rows);

    /// <param name="rows">Out-of-fold rows, all of them, or validation rows.</param>
    public static UnseenClasses Of(BayesianNetwork model, Dataset rows, Device device) =>
        new(model, model.Report.Folds > 0 ? model.PredictClassesOutOfFold(rows, device) : model.PredictClasses(rows, device), rows);

    public void PrintScores() => ClassScoresReport.Print(_scores);

    public void WriteScores(Utf8JsonWriter json) => ClassScoresReport.Write(json, _scores);

    public IReadOnlyList<string> Sentences() => ClassVerdict.Sentences(model, prediction, rows, _scores);
}
