using System.Diagnostics;
using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary>A training that <c>ilgpubnn bench --whole</c> times from table to calibrated model.</summary>
/// <param name="Name">What it is.</param>
internal sealed record WholeTraining(string Name, Dataset Data, TrainingOptions Options)
{
    private static readonly string[] _phases =
        [TrainingTrace.Iterations, TrainingTrace.Evaluation, TrainingTrace.Calibration, TrainingTrace.Choices, TrainingTrace.Training];

    /// <summary>Times of each repeat, fastest first: on a device, and on another in turn with it, of which there are none without it.</summary>
    public (WholeTime[] Own, WholeTime[] Others) Measure(Device device, Device? beside, int repeats)
    {
        List<WholeTime> own = [], others = [];
        for (int repeat = 0; repeat < repeats; repeat++)
        {
            own.Add(Measure(device));
            if (beside is not null)
            {
                others.Add(Measure(beside));
            }
        }

        return ([.. own.OrderBy(time => time.Seconds)], [.. others.OrderBy(time => time.Seconds)]);
    }

    private WholeTime Measure(Device device)
    {
        var own = _phases.ToDictionary(phase => phase, _ => 0.0);

        // Other trainings of the process have other roots.
        using Activity root = new Activity("bench").Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TrainingTrace.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span =>
            {
                if (span.RootId != root.RootId)
                {
                    return;
                }

                // Of a phase without those inside it.
                own[span.OperationName] += span.Duration.TotalSeconds;
                if (span.Parent is { } parent && parent != root)
                {
                    own[parent.OperationName] -= span.Duration.TotalSeconds;
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        long started = Stopwatch.GetTimestamp();
        TrainingReport report = BayesianNetwork.Fit(Data, Options, device).Report;
        return new WholeTime(Stopwatch.GetElapsedTime(started).TotalSeconds, report.Iterations, own);
    }
}

/// <summary>How long a training took.</summary>
/// <param name="Iterations">Of the model that was kept.</param>
/// <param name="Phases">Seconds of each; <see cref="TrainingTrace.Training"/> is what no other has.</param>
internal sealed record WholeTime(double Seconds, int Iterations, IReadOnlyDictionary<string, double> Phases)
{
    public string Shares => string.Join(", ", Phases.Where(phase => phase.Value >= 0.005 * Seconds).OrderByDescending(phase => phase.Value)
        .Select(phase => FormattableString.Invariant($"{(phase.Key == TrainingTrace.Training ? "rest" : phase.Key)} {100 * phase.Value / Seconds:F0} %")));

    public void Write(Utf8JsonWriter json)
    {
        foreach ((string phase, double seconds) in Phases)
        {
            json.WriteNumber($"{(phase == TrainingTrace.Training ? "rest" : phase)}_s", Math.Round(seconds, 4));
        }
    }
}
