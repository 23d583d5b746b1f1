using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;

namespace LandModelSurrogate;

/// <summary>Runs trainings in parallel and keeps the scores of each as a CSV file, so that an interrupted run can continue.</summary>
/// <remarks>On the CPU each training has one thread, as the networks are small and the times of Fig. 6 are those of one core, as in the paper.</remarks>
internal sealed class Trainings
{
    private readonly LandModel _data;
    private readonly string _deviceId;
    private readonly string _folder;
    private readonly Action<string> _say;

    /// <param name="deviceId">For <see cref="DeviceCatalog.Open"/>.</param>
    /// <param name="folder">For finished trainings; created if missing.</param>
    /// <param name="say">Receives progress messages.</param>
    public Trainings(LandModel data, string deviceId, string folder, Action<string> say)
    {
        (_data, _deviceId, _folder, _say) = (data, deviceId, folder, say);
        Directory.CreateDirectory(folder);
    }

    /// <summary>Trains what is not kept from an earlier run.</summary>
    public void Complete(IReadOnlyCollection<Job> jobs)
    {
        // The longest first, for an even load.
        Job[] missing = [.. jobs.DistinctBy(PathOf).Where(job => !File.Exists(PathOf(job))).OrderByDescending(Workload.Of)];
        _say($"{jobs.Count} trainings, {jobs.Count - missing.Length} of them kept from an earlier run");
        if (missing.Length == 0)
        {
            return;
        }

        int workers = OnCpu ? Environment.ProcessorCount : 1;
        var workload = new Workload(missing, _say);
        workload.Estimate(workers, MeasureRate());
        var queue = new ConcurrentQueue<Job>(missing);
        Task.WhenAll([
            .. Enumerable.Range(0, workers).Select(_ => Task.Factory.StartNew(
                () => Work(queue, workload), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)),
        ]).GetAwaiter().GetResult();
    }

    /// <returns>An entry per job and output.</returns>
    public OutputScores[] Scores(IEnumerable<Job> jobs) => [.. jobs.SelectMany(job => Files.ReadCsv<OutputScores>(PathOf(job)))];

    private bool OnCpu => _deviceId == "cpu";

    private Device OpenDevice() => OnCpu ? DeviceCatalog.OpenCpu(threads: 1) : DeviceCatalog.Open(_deviceId);

    private void Work(ConcurrentQueue<Job> queue, Workload workload)
    {
        using Device device = OpenDevice();
        try
        {
            while (queue.TryDequeue(out Job? job))
            {
                Files.WriteCsv(PathOf(job), Train(job, device));
                workload.Done(job);
            }
        }
        catch
        {
            // Stops the other workers.
            queue.Clear();
            throw;
        }
    }

    /// <summary>Operations per second of one worker, from a short training.</summary>
    private double MeasureRate()
    {
        using Device device = OpenDevice();
        var probe = new Job("", Methods.Svgd, Math.Min(300, _data.PoolRows), Settings.Paper.Options with { MaxIterations = 100 });
        Train(probe, device);
        var clock = Stopwatch.StartNew();
        BayesianNetwork.Fit(_data.Draw(probe.Rows, probe.Options.Seed), probe.Options, device);
        return Workload.Of(probe) / clock.Elapsed.TotalSeconds;
    }

    private OutputScores[] Train(Job job, Device device)
    {
        Dataset training = _data.Draw(job.Rows, job.Options.Seed);
        return OutputScores.Of(job, BayesianNetwork.Fit(training, job.Options, device), training, _data);
    }

    /// <summary>The name depends on settings, library, device and data.</summary>
    private string PathOf(Job job)
    {
        string all = JsonSerializer.Serialize(new { Library = typeof(BayesianNetwork).Module.ModuleVersionId, _deviceId, _data.Hash, job });
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)).AsSpan(0, 8));
        return Path.Combine(_folder, $"{job.Settings}-{job.Method}-{job.Rows}-{key}.csv");
    }
}
