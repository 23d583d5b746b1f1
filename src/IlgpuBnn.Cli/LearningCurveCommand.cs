using System.CommandLine;
using System.Globalization;
using IlgpuBnn.Analysis;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Reporting;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn learning-curve</c>.</summary>
internal static class LearningCurveCommand
{
    public static Command Create()
    {
        var table = new TableArguments(withClasses: false);
        var page = new PageArguments();
        TextOption<int[]?> sizes = new(
            "--sizes", "Numbers of training rows, rising, separated by commas. Default: five from a quarter of the most there are to the most.", null, "whole numbers, at least two, rising",
            TryReadSizes)
        {
            HelpName = "n,n",
        };
        TextOption<int> parts = TextOption.Whole("--parts", "Parts of the table; each is predicted once, for each number of rows, by networks trained on the others.", 5, 2);
        TextOption<double> wanted = TextOption.Positive("--wanted", "An error that would do, in standard deviations of a target: how many rows does it need?", null);
        TextOption<string> device = CommonOptions.Device();
        var arguments = new TrainingArguments(table.Classes, table.Window);
        var command = new GroupedCommand(
            "learning-curve",
            "Write a page on what more runs would bring: trains on rising numbers of the table's rows, measures errors on the others, and says with which number of rows which error is to be "
                + "expected. Options of training are those of \"train\".\n\n"
                + "Example:\n  ilgpubnn learning-curve --data runs.csv --targets yield --wanted 0.1 --out yield-curve",
            [.. table.Options, page.Folder, page.Png, sizes, parts, wanted, .. arguments.Common, device], arguments.Groups);
        OutputPlace.RefuseInputs(command, page.Folder, table.Data.Files);
        arguments.AddChecks(command);
        table.AddChecks(command);
        command.SetAction(parse =>
        {
            page.RequireDrawable(parse);
            (Dataset rows, IReadOnlyList<string> columns) = table.Read(parse, arguments);
            CommonOptions.PrintColumns(rows);
            CommonOptions.PrintNotes(rows.Notes);
            CommonOptions.PrintWarnings(rows.Warnings);
            var options = new LearningCurveOptions { Sizes = sizes.Of(parse), Parts = parts.Of(parse), Training = arguments.Read(parse, columns, rows) };
            return Run(rows, options, wanted.OrNull(parse), device.Of(parse)!, curves => page.Save(parse, curves));
        });
        return command;
    }

    private static int Run(Dataset rows, LearningCurveOptions options, double? wanted, string deviceId, Action<ReportPage> save)
    {
        // On the CPU, trainings side by side are faster than one on all processors.
        using Device? device = deviceId == "cpu" ? null : DeviceCatalog.Open(deviceId);
        var curve = LearningCurve.Measure(rows, options, device, ProgressDisplay.ReportTrainings());
        save(LearningCurveReport.Create(curve, wanted));
        foreach (string sentence in LearningCurveReport.Sentences(curve, wanted))
        {
            Console.WriteLine(sentence);
        }

        return ExitCode.Success;
    }

    private static bool TryReadSizes(string text, out int[]? sizes)
    {
        sizes = [.. text.Split(',').Select(cell => int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : 0)];
        return sizes.Length > 1 && sizes[0] > 0 && sizes.Zip(sizes.Skip(1)).All(own => own.First < own.Second);
    }
}
