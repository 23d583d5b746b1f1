namespace IlgpuBnn.Fuzz;

/// <summary>A kind of file that the library reads.</summary>
/// <remarks>Another kind is another class: its seeds, its own mutations, and what reading may do; and a line in Program.cs.</remarks>
internal abstract class FuzzTarget
{
    // Twenty thousand larger ones would take hours.
    private const int MaxLength = 1 << 20;

    /// <summary>E.g. "models".</summary>
    public abstract string Name { get; }

    /// <summary>Of the case's file.</summary>
    public virtual string Extension => ".case";

    /// <summary>Whether what is allocated is held against the file's size.</summary>
    public virtual bool LimitsMemory => true;

    /// <summary>Files as the library or its users write them; made when they are first asked for.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>One change that knows the format; null to leave it to <see cref="ByteMutations"/>.</summary>
    public abstract byte[]? Mutate(byte[] file, Random random);

    /// <summary>Reads a file, and uses what was read.</summary>
    /// <returns>Null if it was read, or the message of the exception that the contract allows.</returns>
    public abstract string? Read(string path);

    /// <summary>Characters of a line of a message.</summary>
    public abstract int MaxMessage { get; }

    /// <summary>Lines of a message.</summary>
    public virtual int MaxLines => 1;

    /// <summary>One to three changes of a seed, most of them of the format.</summary>
    public byte[] Case(Random random)
    {
        byte[] file = Seeds[random.Next(Seeds.Count)];
        for (int changes = Math.Max(1, random.Next(-1, 4)); changes > 0; changes--)
        {
            byte[] changed = (random.Next(6) > 0 ? Mutate(file, random) : null) ?? ByteMutations.Apply(file, random);
            file = changed.Length <= MaxLength ? changed : file;
        }

        return file;
    }
}
