using System.CommandLine;
using CsvHelper;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn windows</c>.</summary>
internal static class WindowsCommand
{
    private const string Description =
        "Make a table of windows from series, for recurrent and other networks: a row for each step becomes a row for each window, with a column for each step of each input.\n\n"
        + "Example:\n"
        + "  ilgpubnn windows --data daily.csv --time date --group site --inputs rain,light --steps 30 --out windows.csv\n"
        + "  ilgpubnn train --data windows.csv --targets flux --group site --exclude date --network \"field(3,30) lstm(32,masked)\" --model flux.safetensors";

    public static Command Create()
    {
        var data = new DataArguments("A row for each step of each series; in each, times rise.");
        var time = new Option<string>("--time")
        {
            Description = "Column of times: numbers or dates (2020-01-31, 2020-01-31 06:00) in equal steps; steps may be missing.",
            Required = true,
            HelpName = "column",
        };
        Option<string[]> groups = CommonOptions.Columns("--group", "Columns that tell series apart, such as the site. Without it there is one series.");
        Option<string[]> inputs = CommonOptions.Columns("--inputs", "Columns of which every step of a window is wanted; names, first..last or patterns.");
        inputs.Required = true;
        TextOption<int> steps = TextOption.Whole("--steps", "Steps of a window.", null);
        steps.Required = true;
        TextOption<int> every = TextOption.Whole("--every", "Steps from a window's end to the next, counted back from the end of each series.", 1);
        Option<string[]> sequences = CommonOptions.Columns(
            "--sequences", "Columns of which every step is wanted as a target, for networks that give one at each step. Other columns are kept as they are at the window's last step.");
        var output = new Option<string>("--out") { Description = "CSV file to write. An existing file is replaced.", Required = true, HelpName = "W.csv" };
        var command = new Command("windows", Description) { time, groups, inputs, steps, every, sequences, output };
        data.AddTo(command);
        OutputPlace.RefuseInputs(command, output, data.Files);
        command.SetAction(parse => Run(
            data.ReadWithProblems(parse), parse.GetRequiredValue(time), parse.GetValue(groups) ?? [], parse.GetRequiredValue(inputs),
            steps.Of(parse), every.Of(parse), parse.GetValue(sequences) ?? [], parse.GetRequiredValue(output)));
        return command;
    }

    private static int Run(
        CsvTable table, string time, string[] groups, string[] inputs, int steps, int every, string[] sequences, string outputPath)
    {
        SeriesWindows windows = SeriesWindows.Of(table, time, groups, inputs, steps, every, sequences);
        OutputPlace.RequireWritable(outputPath);
        AtomicFile.Write(outputPath, stream =>
        {
            using CsvWriter csv = PredictionColumns.CreateWriter(stream);
            csv.WriteRecord([.. windows.ColumnNames.Select(ShownText.ForCell)]);
            for (int row = 0; row < windows.RowCount; row++)
            {
                csv.WriteRecord([.. Enumerable.Range(0, windows.ColumnNames.Count).Select(column => ShownText.ForCell(windows.Cell(row, column)))]);
            }
        });
        CommonOptions.PrintNotes(table.Notes);
        Console.Error.WriteLine(
            $"Wrote {outputPath}: {windows.RowCount} windows of {windows.Steps} steps. A network of them begins with field({windows.Channels},{windows.Steps}), such as "
                + $"--network \"field({windows.Channels},{windows.Steps}) lstm(32,masked)\".");
        return ExitCode.Success;
    }
}
