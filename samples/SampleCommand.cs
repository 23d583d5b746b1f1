using System.CommandLine;
using System.CommandLine.Parsing;

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

    /// <summary>Texts, separated by commas.</summary>
    public static Option<string[]> Names(string name, string description, string help = "a,b") => new(name)
    {
        Description = description,
        CustomParser = result => [.. Parts(result)],
        HelpName = help,
    };

    /// <summary>Whole numbers, separated by commas; 0 for what is none.</summary>
    public static Option<int[]> Wholes(string name, string description, string help) => new(name)
    {
        Description = description,
        CustomParser = result => [.. Parts(result).Select(text => int.TryParse(text, out int number) ? number : 0)],
        HelpName = help,
    };

    private static IEnumerable<string> Parts(ArgumentResult result) => result.Tokens.SelectMany(token => token.Value.Split(','));

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
