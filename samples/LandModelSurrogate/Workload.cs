using System.Diagnostics;
using IlgpuBnn.Inference;
using IlgpuBnn.Training;

namespace LandModelSurrogate;

/// <summary>Reports progress and the remaining time.</summary>
internal sealed class Workload(IEnumerable<Job> jobs, Action<string> say)
{
    private const double SecondsBetweenLines = 30;

    private readonly double _total = jobs.Sum(Of);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private double _done;
    private double _nextLine = SecondsBetweenLines;

    /// <summary>Operations of a complete training: 6 per weight and row for the networks, 6 per weight and pair of particles for SVGD.</summary>
    public static double Of(Job job)
    {
        // 8 inputs and 15 outputs; the overhead of an iteration is about that of 16 rows.
        TrainingOptions options = job.Options;
        double weights = options.HiddenUnits.Append(15).Zip(options.HiddenUnits.Prepend(8), (to, from) => (double)to * from).Sum();
        double interaction = options.Method is Svgd svgd ? svgd.Particles : 0;
        return 6.0 * options.IterationsFor(job.Rows) * options.Method.Particles * weights * (job.Rows + 16 + interaction);
    }

    /// <summary>Reports the expected time.</summary>
    /// <param name="workers">Parallel trainings.</param>
    /// <param name="rate">Operations per second of each.</param>
    public void Estimate(int workers, double rate) =>
        say($"at most about {_total / rate / workers / 60:F0} minutes, {workers} in parallel; trainings with validation rows may stop early");

    /// <summary>Counts a finished training.</summary>
    public void Done(Job job)
    {
        lock (_lock)
        {
            _done += Of(job);
            double elapsed = _clock.Elapsed.TotalSeconds;
            if (elapsed >= _nextLine || _done >= _total)
            {
                _nextLine = elapsed + SecondsBetweenLines;
                say($"{_done / _total:P0} after {elapsed / 60:F1} minutes, at most about {(_total - _done) / _done * elapsed / 60:F0} to go");
            }
        }
    }
}
