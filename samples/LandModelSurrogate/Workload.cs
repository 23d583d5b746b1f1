using System.Diagnostics;
using IlgpuBnn.Inference;
using IlgpuBnn.Training;

namespace LandModelSurrogate;

/// <summary>Says how far the work is and how long the rest may take.</summary>
internal sealed class Workload(IEnumerable<Job> jobs, Action<string> say)
{
    private const double SecondsBetweenLines = 30;

    private readonly double _total = jobs.Sum(Of);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private double _done;
    private double _nextLine = SecondsBetweenLines;

    /// <summary>Operations of a training that runs to its end: 6 per weight and row for the networks, 6 per weight and pair of particles for SVGD.</summary>
    public static double Of(Job job)
    {
        // 8 inputs and 15 outputs. What an iteration costs besides, on few rows, is about as much as 16 more rows.
        TrainingOptions options = job.Options;
        double weights = options.HiddenUnits.Append(15).Zip(options.HiddenUnits.Prepend(8), (to, from) => (double)to * from).Sum();
        double interaction = options.Method is Svgd svgd ? svgd.Particles : 0;
        return 6.0 * options.IterationsFor(job.Rows) * options.Method.Particles * weights * (job.Rows + 16 + interaction);
    }

    /// <summary>Says how long it may take.</summary>
    /// <param name="workers">Trainings at once.</param>
    /// <param name="rate">Operations per second of each.</param>
    public void Estimate(int workers, double rate) =>
        say($"at most about {_total / rate / workers / 60:F0} minutes, {workers} at once; trainings that hold rows out may end early");

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
