using System.CommandLine;
using CsvHelper;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Netcdf;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Cli;

/// <summary>The options of <c>ilgpubnn design</c> that choose the next runs by a model.</summary>
internal sealed class NextRunsArguments
{
    private const string GainColumn = "gain";
    private const int MaxTableRows = 20;

    public Option<string> Model { get; } = new("--model") { Description = "Model file written by \"ilgpubnn train\", whose next runs are wanted.", HelpName = "M" };

    public Option<string> Candidates { get; } = DesignCommand.Table(
        "--candidates", "CSV file of points that can be run, from which to choose; other columns are kept. Default: 4,096 points through the inputs' distributions.");

    public Option<string> Pending { get; } = DesignCommand.Table(
        "--pending", "CSV file of runs under way, whose outputs are not known yet: the batch is chosen as if they were in.");

    public Option<string> Posterior { get; } = DesignCommand.Table(
        "--posterior", "CSV file of draws of the inputs, such as draws.csv of \"ilgpubnn calibrate\": the model is to become better there. Default: over the inputs' distributions.");

    public Option<string[]> Targets { get; } = CommonOptions.Columns(
        "--targets", "Targets that count, separated by commas; first..last and patterns such as \"GPP_*\" name many. Default: all.");

    public TextOption<string> Device { get; } = CommonOptions.Device();

    /// <summary>Chooses runs, writes them, and prints what they are expected to bring.</summary>
    public int Run(ParseResult parse, string modelPath, string? inputsPath, int runs, int seed, string outputPath)
    {
        BayesianNetwork model = CommonOptions.LoadOfNumbers(modelPath, "design --model");
        InputDistributions inputs = inputsPath is null ? InputDistributions.OfTraining(model) : InputDistributions.ReadCsv(inputsPath, model);
        string[]? targets = parse.GetResult(Targets) is null ? null
            : [.. ColumnSelection.Resolve(modelPath, model.TargetNames, parse.GetValue(Targets)!, "target of --targets").SelectMany(names => names).Distinct()];
        CsvTable? candidates = parse.GetValue(Candidates) is { } path ? TableFile.Read(path) : null;
        PredictableRows? rows = candidates is null ? null : Read(model, candidates);
        if (candidates?.ColumnNames.Contains(GainColumn) == true)
        {
            throw new DataException(candidates.SourceName, $"has a column \"{GainColumn}\" already. Rename or remove it.");
        }

        OutputPlace.RequireWritable(outputPath);
        using Device device = DeviceCatalog.Open(Device.Of(parse)!);
        var next = NextRuns.Of(
            model, inputs,
            new NextRunsOptions
            {
                Runs = runs,
                Targets = targets,
                Candidates = rows?.Inputs,
                Pending = parse.GetValue(Pending) is { } pending ? Read(model, TableFile.Read(pending)).Inputs : null,
                Posterior = parse.GetValue(Posterior) is { } posterior ? Read(model, TableFile.Read(posterior)).Inputs : null,
                Seed = seed,
            },
            device);
        AtomicFile.Write(outputPath, stream => Write(stream, model, next, candidates, rows));
        Print(next, targets?.Length ?? model.TargetNames.Count);
        Console.Error.WriteLine($"Wrote {outputPath}: {runs} runs, the best first. Add the simulator's outputs, join them to the runs that are there, and train again.");
        return ExitCode.Success;
    }

    private static PredictableRows Read(BayesianNetwork model, CsvTable table)
    {
        PredictableRows rows = model.ReadRows(table);
        CommonOptions.PrintNotes(table.Notes);
        if (rows.Rows.Count < table.RowCount)
        {
            int row = rows.Reasons.ToList().FindIndex(reason => reason.Length > 0);
            CommonOptions.PrintNotes([$"{table.SourceName}: {table.RowCount - rows.Rows.Count} of {table.RowCount} rows are left out (row {table.LineNumber(row)}: {rows.Reasons[row]})."]);
        }

        return rows;
    }

    private static void Write(Stream stream, BayesianNetwork model, NextRuns next, CsvTable? candidates, PredictableRows? rows)
    {
        using CsvWriter csv = PredictionColumns.CreateWriter(stream);
        string[] label = candidates?.RowLabelName is { } name ? [name] : [];
        csv.WriteRecord([.. label.Concat(candidates?.ColumnNames ?? model.InputNames).Append(GainColumn).Select(ShownText.ForCell)]);
        for (int run = 0; run < next.Candidates.Count; run++)
        {
            foreach (string cell in candidates is null ? Cells(model, next.Inputs, run) : Cells(candidates, rows!.Rows[next.Candidates[run]]))
            {
                csv.WriteField(ShownText.ForCell(cell));
            }

            PredictionColumns.WriteNumber(csv, next.Gains[run]);
            csv.EndRecord();
        }
    }

    private static IEnumerable<string> Cells(CsvTable table, int row) =>
        (table.RowLabelName is null ? Array.Empty<string>() : [table.RowLabel(row)]).Concat(Enumerable.Range(0, table.ColumnNames.Count).Select(column => table.Cell(row, column)));

    private static IEnumerable<string> Cells(BayesianNetwork model, double[,] inputs, int run) => Enumerable.Range(0, model.InputNames.Count).Select(i =>
        model.Model.Encoding.Texts(i)?[(int)inputs[run, i]] ?? inputs[run, i].ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static void Print(NextRuns next, int targets)
    {
        if (next.ShareOutside > 0)
        {
            CommonOptions.PrintWarnings([FormattableString.Invariant($"{next.ShareOutside:P1} of the candidates have an input outside the range of the training rows, where the model guesses.")]);
        }

        if (targets > next.Targets.Count)
        {
            CommonOptions.PrintNotes([$"Of {targets} targets an even sample of {next.Targets.Count} decides."]);
        }

        Output.Table(
            ["target", "sd of the surrogate", "with the batch", "variance removed"],
            next.Targets.Take(MaxTableRows).Select(own => (string[])[own.Target, Number(own.Before), Number(own.After), FormattableString.Invariant($"{own.ShareRemoved:P0}")]));
        double half = 0;
        int most = 0;
        while (half < next.ShareRemoved / 2)
        {
            half += next.Gains[most++];
        }

        Console.WriteLine(FormattableString.Invariant(
            $"The batch is expected to remove {next.ShareRemoved:P0} of what the networks disagree on (variance, all targets)")
            + (next.Gains.Count > 1 && most > 0 ? $", half of it by the first {(most == 1 ? "run" : $"{most} runs")}." : "."));
    }

    private static string Number(double value) => value.ToString("G3", System.Globalization.CultureInfo.InvariantCulture);
}
