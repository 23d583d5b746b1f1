using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Persistence;
using IlgpuBnn.Training;

namespace IlgpuBnn;

public sealed partial class BayesianNetwork
{
    // Room for the name of a device, the same on every process.
    private const int NameBytes = 256;

    /// <summary>Trains an ensemble on several processes, each a part of its networks: on CPUs the same bits whatever their number, on GPUs the same but for rounding.</summary>
    /// <remarks>
    /// Every process must call this with the same arguments, and gets the same model. Networks are exchanged where all together decide something: at the end of each training budget
    /// and for checkpoints; of SVGD in every iteration, with their gradients. Each process calibrates and scores for itself. Processes compute on devices of one kind, as others round differently and might decide differently.
    /// </remarks>
    /// <param name="group">The processes, such as the ranks of an MPI program.</param>
    /// <param name="data">At least 3 rows; the same for all.</param>
    /// <param name="options">Of at least as many networks as there are processes; the same for all.</param>
    /// <param name="device">This process's own. Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="progress">As of <see cref="Fit"/>; one process's is enough.</param>
    /// <param name="checkpoints">Of the whole training, so another number of processes, or one, may go on from them. Every process reads them, and only the first writes.</param>
    /// <param name="cancellation">Whichever process is asked to stop, all stop after the next evaluation.</param>
    /// <exception cref="ArgumentException">The ensemble cannot be trained so, or the processes differ in version, data, options or device; on all processes alike.</exception>
    /// <exception cref="DataException">As of <see cref="Fit"/>.</exception>
    /// <exception cref="ModelFileException">The checkpoint to go on from is damaged, of a newer version, or of another training.</exception>
    /// <exception cref="InsufficientMemoryException">Main memory is too small.</exception>
    /// <exception cref="TrainingCancelledException">It was cancelled; has the best state so far.</exception>
    /// <exception cref="TrainingDivergedException">A gradient was not finite; has the best earlier state.</exception>
    public static BayesianNetwork FitInGroup(
        IProcessGroup group, Dataset data, TrainingOptions? options = null, Device? device = null, IProgress<TrainingProgress>? progress = null,
        Checkpoints? checkpoints = null, CancellationToken cancellation = default)
    {
        options ??= new TrainingOptions();
        device ??= DeviceCatalog.Default;
        TrainingIdentity identity = TrainingIdentity.Of("training", data, options, null);
        RequireAlike(group, device, ModelMetadata.Text(identity), "has other data or options");
        string? problem = group.Size > options.Method.Particles
            ? $"There are {group.Size} processes for {options.Method.Particles} networks. Start at most {options.Method.Particles}, or use more particles."
            : null;
        return problem is null
            ? Train(data, options, device, null, progress, (group.Rank == 0 ? checkpoints : checkpoints?.ReadOnly())?.Open(identity), cancellation, group)
            : throw new ArgumentException(problem);
    }

    /// <summary>Refuses processes that would not compute the same.</summary>
    /// <param name="own">What must be the same.</param>
    /// <param name="difference">As in "has other data or options".</param>
    /// <exception cref="ArgumentException">Processes differ; the message, the same for all, names the first that does from process 0.</exception>
    internal static void RequireAlike(IProcessGroup group, Device device, string own, string difference)
    {
        string version = typeof(BayesianNetwork).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        (byte[] Own, string Problem)[] checks =
        [
            (Hash(version), "runs another version than process 0. Use one version"),
            (Hash(own), $"{difference} than process 0. Give all the same"),
            (Name(Checkpoint.NameOf(device.Description)), "computes on another device than process 0, which rounds differently"),
        ];
        for (int k = 0; k < checks.Length; k++)
        {
            byte[][] each = [.. group.Exchange(checks[k].Own).Chunk(checks[k].Own.Length)];
            int other = Array.FindIndex(each, part => !part.AsSpan().SequenceEqual(each[0]));
            if (other >= 0)
            {
                string detail = k < 2 ? "" : $" ({Read(each[0])} and {Read(each[other])}). Use processors of one kind";
                throw new ArgumentException($"Process {other} {checks[k].Problem}{detail}.");
            }
        }

        static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

        static byte[] Name(string text)
        {
            var name = new byte[NameBytes];
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            bytes.AsSpan(0, Math.Min(bytes.Length, NameBytes)).CopyTo(name);
            return name;
        }

        static string Read(byte[] name) => ShownText.Of(Encoding.UTF8.GetString(name).TrimEnd('\0'));
    }
}
