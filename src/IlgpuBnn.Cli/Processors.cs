using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Cli;

/// <summary>Which processors the processes of one machine have, and how many threads each should use.</summary>
internal static class Processors
{
    private const int MostProcessors = 4096, MaskLength = MostProcessors / 64, HostLength = 4;

    /// <summary>Threads of this process, of each processor that the launcher let several have its part; and how many processes the machine has.</summary>
    public static (int Threads, int Processes) ShareOf(IProcessGroup group)
    {
        var own = new long[HostLength + MaskLength];
        MemoryMarshal.Cast<byte, long>(SHA256.HashData(Encoding.UTF8.GetBytes(Environment.MachineName))).CopyTo(own);
        Mask(Allowed()).CopyTo(own.AsSpan(HostLength));
        long[][] here = [.. group.Exchange(own).Chunk(own.Length).Where(one => one.AsSpan(0, HostLength).SequenceEqual(own.AsSpan(0, HostLength))).Select(one => one[HostLength..])];
        return (ShareOf(own[HostLength..], here, Environment.ProcessorCount), here.Length);
    }

    /// <param name="own">Mask of this process's processors.</param>
    /// <param name="here">Those of all processes of the machine, this one's included.</param>
    /// <param name="most">Threads that .NET would use, fewer than the mask has where a quota says so: of the whole job, so that processes share it.</param>
    internal static int ShareOf(long[] own, IReadOnlyList<long[]> here, int most)
    {
        double share = 0;
        int count = 0;
        for (int processor = 0; processor < own.Length * 64; processor++)
        {
            if (Has(own, processor))
            {
                count++;
                share += 1.0 / here.Count(mask => Has(mask, processor));
            }
        }

        // Nothing is known of the processors, or a quota is what binds.
        share = count == 0 ? (double)most / here.Count : most < count ? Math.Min(share, (double)most / here.Count) : share;
        return Math.Max(1, (int)(share + 1e-9));
    }

    /// <summary>Reads "0-3,8".</summary>
    internal static long[] Mask(string list)
    {
        var mask = new long[MaskLength];
        foreach (string part in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            for (int processor = Number(ends[0]); processor <= Number(ends[^1]) && processor < MostProcessors; processor++)
            {
                mask[processor / 64] |= 1L << (processor % 64);
            }
        }

        return mask;

        static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static bool Has(long[] mask, int processor) => (mask[processor / 64] >> (processor % 64) & 1) == 1;

    /// <summary>What the launcher and the system bind this process to; empty where that is not known.</summary>
    private static string Allowed()
    {
        const string status = "/proc/self/status", name = "Cpus_allowed_list:";
        return File.Exists(status) && File.ReadLines(status).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line ? line[name.Length..] : "";
    }
}
