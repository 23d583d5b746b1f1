using IlgpuBnn.Training;
using Spectre.Console;

namespace IlgpuBnn.Cli;

/// <summary>Shows progress on standard error: a bar in a terminal, a few plain lines elsewhere.</summary>
internal static class ProgressDisplay
{
    private const int PlainLines = 10;
    private const long MemoryWorthTelling = 250_000_000;

    public static T Show<T>(Func<IProgress<TrainingProgress>, T> train) => IsInteractive() ? ShowBar(train) : train(PlainReporter());

    /// <summary>One line per training of a search.</summary>
    /// <param name="classes">Whether these are learnt, rather than numbers.</param>
    public static IProgress<SearchStep> ReportSearch(bool classes) => new Relay<SearchStep>(step => Console.Error.WriteLine(
        $"{step.Elapsed.TotalSeconds,6:F0} s  {(classes ? $"log loss {step.Score:F4}" : $"CRPS {step.Score:F4} of a standard deviation")}, {step.Change}{(step.IsBest ? ": best so far" : "")}"));

    /// <summary>A line for the first training of a learning curve, and for every fifth.</summary>
    public static IProgress<int> ReportTrainings() => new Relay<int>(done =>
    {
        if (done == 1 || done % 5 == 0)
        {
            Console.Error.WriteLine($"{done} {(done == 1 ? "training" : "trainings")} done");
        }
    });

    /// <summary>One line if a training will need much memory; of several processes what each needs.</summary>
    /// <exception cref="InsufficientMemoryException">It needs more than there is.</exception>
    public static void ShowMemory(TrainingMemory memory)
    {
        memory.RequireRoom(Ranks.ProcessesHere);
        if (memory.MainBytes + memory.DeviceBytes >= MemoryWorthTelling)
        {
            string onDevice = memory.DeviceBytes == 0 ? "" : $" and {TrainingMemory.Gigabytes(memory.DeviceBytes)} of GPU memory";
            Console.Error.WriteLine($"{(Ranks.ProcessesHere > 1 ? $"Each process, of {Ranks.ProcessesHere} on this machine," : "This")} needs about {TrainingMemory.Gigabytes(memory.MainBytes)} of memory{onDevice}.");
        }
    }

    private static bool IsInteractive() =>
        !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("CI") is null && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private static T ShowBar<T>(Func<IProgress<TrainingProgress>, T> train)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("training");
                return train(new Relay<TrainingProgress>(progress =>
                {
                    (bar.MaxValue, bar.Value, bar.Description) = (progress.Total, progress.Completed, $"{Stage(progress)}, {Describe(progress.Step)}");
                }));
            });
    }

    private static Relay<TrainingProgress> PlainReporter()
    {
        long shown = 0;
        bool scored = true;
        return new Relay<TrainingProgress>(progress =>
        {
            long due = (long)progress.Completed * PlainLines / progress.Total;
            bool hasScore = double.IsFinite(progress.Step.ValidationScore), scoreAppears = !scored && hasScore;
            scored = hasScore;
            if (due > shown || scoreAppears)
            {
                shown = due;
                Console.Error.WriteLine(
                    $"{Stage(progress)}: iteration {progress.Completed} of at most {progress.Total}, {Describe(progress.Step)}, {progress.Step.Elapsed.TotalSeconds:F1} s");
            }
        });
    }

    private static string Stage(TrainingProgress progress) => progress.Stage == 1 ? "training" : "trying tanh in the last hidden layer";

    private static string Describe(StepInfo step) => double.IsNaN(step.ValidationScore)
        ? $"log density {step.MeanLogDensity:G5}"
        : $"validation score {step.ValidationScore:F3} (best {step.BestValidationScore:F3})";
}
