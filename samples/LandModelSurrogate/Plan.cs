using IlgpuBnn.Training;

namespace LandModelSurrogate;

/// <summary>The experiments of the paper's section III, for each of the settings.</summary>
internal sealed record Plan
{
    /// <summary>The columns of every figure.</summary>
    public IReadOnlyList<Settings> Settings { get; init; } =
        [LandModelSurrogate.Settings.Paper, LandModelSurrogate.Settings.PaperFanIn, LandModelSurrogate.Settings.StoppedEarly];

    /// <summary>Random draws of training rows and initial particles, numbered from 1.</summary>
    public int Seeds { get; init; } = 20;

    /// <summary>Training rows of Fig. 1, 2 and 3.</summary>
    public IReadOnlyList<int> Sizes { get; init; } = [10, 30, 50, 100, 300, 500, 700, 900];

    /// <summary>Training rows of Fig. 4; the paper does not state them, but its curves are those of a small size.</summary>
    public int EpochsRows { get; init; } = 50;

    /// <summary>Lengths of the trainings of Fig. 4.</summary>
    public IReadOnlyList<int> Epochs { get; init; } = [1, 10, 25, 50, 100, 150, 200, 300, 400, 600, 800, 1000, 1500, 2000];

    /// <summary>Training rows of Fig. 5, 6 and 7.</summary>
    public int GridRows { get; init; } = 500;

    /// <summary>Units of the hidden layer in Fig. 5, 6 and 7.</summary>
    public IReadOnlyList<int> GridUnits { get; init; } = [5, 10, 20, 50, 100, 200];

    /// <summary>Particles in Fig. 5, 6 and 7.</summary>
    public IReadOnlyList<int> GridParticles { get; init; } = [10, 20, 30, 40, 50, 100, 200, 300];

    /// <summary>Maximum epochs in Fig. 5, 6 and 7; few, so that times are comparable.</summary>
    public int GridEpochs { get; init; } = 1000;

    /// <summary>Fig. 1, 2, 3 and beyond: every method on every number of rows, with all seeds.</summary>
    public IEnumerable<Job> TrainingSizes() =>
        from settings in Settings
        from method in Methods.All
        from rows in Sizes
        from seed in Enumerable.Range(1, Seeds)
        select Create(settings, method, rows, seed, settings.Options) with { Intervals = true };

    /// <summary>Fig. 4: trainings of growing length, each from the start, with all seeds.</summary>
    public IEnumerable<Job> TrainingLengths() =>
        from settings in Settings
        from method in new[] { Methods.Svgd, Methods.Deterministic }
        from epochs in Epochs
        from seed in Enumerable.Range(1, Seeds)
        select Create(settings, method, EpochsRows, seed, settings.Options with { MaxIterations = epochs });

    /// <summary>Fig. 5, 6 and 7: every size of network and ensemble, with one seed.</summary>
    public IEnumerable<Job> Architectures() =>
        from settings in Settings
        from units in GridUnits
        from particles in GridParticles
        select Create(settings, Methods.Svgd, GridRows, 1, LandModelSurrogate.Settings.Change(settings.Options, method => method with { Particles = particles }) with
        {
            HiddenUnits = [units],
            MaxIterations = Math.Min(GridEpochs, settings.Options.IterationsFor(GridRows)),
        });

    private static Job Create(Settings settings, string method, int rows, int seed, TrainingOptions options) =>
        new(settings.Name, method, rows, Methods.Apply(method, options with { Seed = seed }));
}

/// <summary>One training.</summary>
/// <param name="Settings"><see cref="Settings.Name"/>.</param>
/// <param name="Method">One of <see cref="Methods.All"/>.</param>
/// <param name="Rows">Rows to train on, drawn with the options' seed.</param>
/// <param name="Options">Everything else.</param>
internal sealed record Job(string Settings, string Method, int Rows, TrainingOptions Options)
{
    /// <summary>Whether to compute widths of intervals, which takes longer than a short training.</summary>
    public bool Intervals { get; init; }
}
