using System.CommandLine;

namespace IlgpuBnn.Samples;

/// <summary>What the samples' command lines have in common.</summary>
internal static class SampleCommand
{
    /// <summary>Refuses a smaller number.</summary>
    public static void AtLeast<T>(this Option<T> option, int fewest) => option.Validators.Add(result =>
    {
        // A number that was not given has a default, or is none.
        if (result.GetValueOrDefault<T>() is int value && value < fewest)
        {
            result.AddError($"{option.Name} must be at least {fewest}.");
        }
    });

    /// <summary>Runs the command; of what the user can mend the message alone is printed.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(this RootCommand root, string[] args, Predicate<Exception> canBeMended)
    {
        try
        {
            return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception) when (canBeMended(exception.GetBaseException()))
        {
            Console.Error.WriteLine(exception.GetBaseException().Message);
            return 1;
        }
    }
}
