using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;
using IlgpuBnn.Cli;

[assembly: InternalsVisibleTo("IlgpuBnn.Tests")]

var root = new RootCommand(
    """
    Surrogates with uncertainties: Bayesian neural networks (anchored ensembles, Stein variational gradient descent) trained on a CSV file of runs.

    Example:
      ilgpubnn train --data runs.csv --targets yield --model yield.safetensors
      ilgpubnn predict --model yield.safetensors --data new.csv --out predictions.csv
    """)
{
    TrainCommand.Create(),
    MergeCommand.Create(),
    PredictCommand.Create(),
    EvaluateCommand.Create(),
    ReportCommand.Create(),
    SensitivityCommand.Create(),
    UncertaintyCommand.Create(),
    CalibrateCommand.Create(),
    HistoryMatchCommand.Create(),
    DesignCommand.Create(),
    WindowsCommand.Create(),
    LearningCurveCommand.Create(),
    ExportCommand.Create(),
    ServeCommand.Create(),
    DemoCommand.Create(),
    DevicesCommand.Create(),
    BenchCommand.Create(),
};

string? refusal = Ranks.Watch(args, root.Subcommands.Select(command => command.Name));
if (refusal is not null)
{
    Console.Error.WriteLine(refusal);
    return Ranks.End(ExitCode.WrongUsage);
}

root.Options.OfType<HelpOption>().Single().Action = new GroupedHelp();
ParseResult parse = root.Parse(args);
if (parse.Action is ParseErrorAction error)
{
    error.ShowHelp = false;
    parse.Invoke();
    string name = parse.CommandResult.Command == root ? "" : $" {parse.CommandResult.Command.Name}";
    Console.Error.WriteLine($"Run \"ilgpubnn{name} --help\" for the options and their defaults.");
    return Ranks.End(ExitCode.WrongUsage);
}

if (parse.CommandResult.Command == root)
{
    // Examples belong to a command's own help.
    foreach (Command command in root.Subcommands)
    {
        command.Description = command.Description?.Split("\n\n")[0];
    }
}

Interruption.Watch();
return Failures.Guard(() => parse.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }));
