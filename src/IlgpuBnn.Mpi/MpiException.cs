namespace IlgpuBnn.Mpi;

/// <summary>There is no MPI library that fits, or a call of it failed; the message says what was found and what to do.</summary>
public sealed class MpiException : Exception
{
    internal MpiException(string message)
        : base(message)
    {
    }
}
