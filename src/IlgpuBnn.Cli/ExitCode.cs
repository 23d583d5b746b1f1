namespace IlgpuBnn.Cli;

/// <summary>What the program tells the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Something about the data, the files or the run: one message on standard error says what.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int WrongUsage = 2;
}
