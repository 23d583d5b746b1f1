using System.Globalization;

namespace IlgpuBnn.Mpi;

/// <summary>What the environment says of the program that started this process as one of several.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Rank">This process, from 0.</param>
/// <param name="Size">Processes; 0 where only the library knows.</param>
/// <param name="LocalRank">This process among those on its machine, from 0; 0 if unknown.</param>
/// <param name="IsOpenMpi">Whether it is Open MPI's own; null if any library may be right.</param>
public sealed record MpiLauncher(string Name, int Rank, int Size, int LocalRank, bool? IsOpenMpi)
{
    /// <summary>Null where this process is alone: without a launcher, or as its only process.</summary>
    public static MpiLauncher? Find() => Find(Environment.GetEnvironmentVariable);

    /// <param name="variable">Value of an environment variable; null if it is not set.</param>
    internal static MpiLauncher? Find(Func<string, string?> variable)
    {
        // A batch script of Slurm has SLURM_PROCID too; only a step that srun started has a number.
        (string Name, string Rank, string Size, string LocalRank, bool? IsOpenMpi)[] known =
        [
            ("Open MPI's mpirun", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", true),
            ("mpiexec (PMI)", "PMI_RANK", "PMI_SIZE", variable("MPI_LOCALRANKID") is null ? "SLURM_LOCALID" : "MPI_LOCALRANKID", variable("SLURM_STEP_ID") is null ? false : null),
            .. variable("SLURM_STEP_ID") is null ? [] : new[] { ("srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", (bool?)null) },
        ];
        foreach ((string name, string rank, string size, string localRank, bool? isOpenMpi) in known)
        {
            if (Number(rank) is { } ownRank && Number(size) is > 1 and { } ownSize)
            {
                return new MpiLauncher(name, ownRank, ownSize, Number(localRank) ?? 0, isOpenMpi);
            }
        }

        // A launcher that speaks PMIx and says nothing else.
        return Array.TrueForAll(known, one => Number(one.Size) is null) && Number("PMIX_RANK") is { } place ? new MpiLauncher("a PMIx launcher", place, 0, 0, null) : null;

        int? Number(string name) => int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
    }
}
