using IlgpuBnn.Inference;
using Spectre.Console;

namespace IlgpuBnn.Cli;

/// <summary>Shows how a training goes, on standard error: a bar for people, a few plain lines for log files.</summary>
internal static class TrainingProgress
{
    private const int PlainLines = 10;
    private const long MemoryWorthTelling = 250_000_000;

    private const string Again = "Now with tanh units in the last hidden layer, for comparison:";

    /// <param name="iterations">The most that there can be in a training; a second one may follow.</param>
    public static T Show<T>(int iterations, Func<IProgress<StepInfo>, T> train) =>
        IsInteractive() ? ShowBar(iterations, train) : train(PlainReporter(iterations));

    /// <summary>A line on standard error for every training of a search.</summary>
    public static IProgress<SearchStep> ReportSearch() => new Reporter<SearchStep>(step => Console.Error.WriteLine(
        $"{step.Elapsed.TotalSeconds,6:F0} s  CRPS {step.Score:F4} of a standard deviation, {step.Change}{(step.IsBest ? ": the best so far" : "")}"));

    /// <summary>One line on standard error where a training will take much memory.</summary>
    /// <exception cref="InsufficientMemoryException">There is not so much.</exception>
    public static void ShowMemory(TrainingMemory memory)
    {
        memory.RequireRoom();
        if (memory.MainBytes + memory.DeviceBytes >= MemoryWorthTelling)
        {
            string onDevice = memory.DeviceBytes == 0 ? "" : $", and {TrainingMemory.Gigabytes(memory.DeviceBytes)} of the GPU's";
            Console.Error.WriteLine($"This needs about {TrainingMemory.Gigabytes(memory.MainBytes)} of memory{onDevice}.");
        }
    }

    private static bool IsInteractive() =>
        !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("CI") is null && Environment.GetEnvironmentVariable("TERM") != "dumb";

    private static T ShowBar<T>(int iterations, Func<IProgress<StepInfo>, T> train)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("training", maxValue: iterations);
                int last = 0;
                string title = "training";
                return train(new Reporter<StepInfo>(step =>
                {
                    if (step.Iteration <= last)
                    {
                        bar.StopTask();
                        (title, bar) = ("training with tanh units", context.AddTask("training", maxValue: iterations));
                    }

                    bar.Value = last = step.Iteration;
                    bar.Description = $"{title}, {Describe(step)}";
                }));
            });
    }

    private static Reporter<StepInfo> PlainReporter(int iterations)
    {
        long shown = 0;
        bool scored = true;
        int last = 0;
        return new Reporter<StepInfo>(step =>
        {
            if (step.Iteration <= last)
            {
                Console.Error.WriteLine(Again);
                (shown, scored) = (0, true);
            }

            last = step.Iteration;
            long due = (long)step.Iteration * PlainLines / iterations;
            bool scoreAppears = !scored && double.IsFinite(step.HeldOutScore);
            scored = double.IsFinite(step.HeldOutScore);
            if (due > shown || scoreAppears)
            {
                shown = due;
                Console.Error.WriteLine($"iteration {step.Iteration} of at most {iterations}, {Describe(step)}, {step.Elapsed.TotalSeconds:F1} s");
            }
        });
    }

    private static string Describe(StepInfo step) => double.IsNaN(step.HeldOutScore)
        ? $"log density {step.MeanLogDensity:G5}"
        : $"score of unseen rows {step.HeldOutScore:F3} (best {step.BestHeldOutScore:F3})";

    // Progress<T> reports from other threads, too late and out of order.
    private sealed class Reporter<T>(Action<T> show) : IProgress<T>
    {
        public void Report(T value) => show(value);
    }
}
