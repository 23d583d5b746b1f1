namespace IlgpuBnn.Cli;

internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Data, files or the run failed; a message on standard error says why.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int WrongUsage = 2;
}
