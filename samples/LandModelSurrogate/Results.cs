namespace LandModelSurrogate;

/// <summary>The data behind all figures: scores of each <see cref="Experiment"/>, empty if it was not requested.</summary>
/// <param name="GaussianProcess">Scores of a Gaussian process on the same sizes.</param>
internal sealed record Results(
    Plan Plan, LandModel Data, IReadOnlyList<OutputScores> Sizes, IReadOnlyList<OutputScores> Lengths, IReadOnlyList<OutputScores> Grid,
    IReadOnlyList<PeerRow> GaussianProcess)
{
    public IReadOnlyList<AccuracyRow> Accuracy { get; } = Tables.Accuracy(Sizes);

    public IReadOnlyList<ErrorRow> Errors { get; } = Tables.Errors(Sizes);

    public IReadOnlyList<PointRow> Points { get; } = Tables.Points(Sizes);

    public IReadOnlyList<IntervalRow> Intervals { get; } = Tables.Intervals(Sizes);

    public IReadOnlyList<UncertaintyRow> Uncertainty { get; } = Tables.Uncertainty(Sizes);

    public IReadOnlyList<EpochsRow> Epochs { get; } = Tables.Epochs(Lengths);

    public IReadOnlyList<ArchitectureRow> Architectures { get; } = Tables.Architectures(Grid);

    /// <summary>The Gaussian process first, then the Bayesian network under each of the settings.</summary>
    public IEnumerable<ComparisonRow> Comparison =>
    [
        .. GaussianProcess.Where(row => Plan.Sizes.Contains(row.Rows))
            .Select(row => new ComparisonRow("Gaussian process", row.Rows, row.R2, row.Crps, row.Coverage95)),
        .. from settings in Plan.Settings
           from row in Accuracy
           where (row.Settings, row.Method) == (settings.Name, Methods.Svgd)
           select new ComparisonRow($"SVGD, {settings.Title}", row.Rows, row.R2, row.Crps, Interval(settings, Methods.Svgd, row.Rows, 0.95).Coverage),
    ];

    /// <summary>Median R2 on the test rows.</summary>
    public double R2(Settings settings, string method, int rows) =>
        Accuracy.Single(row => (row.Settings, row.Method, row.Rows) == (settings.Name, method, rows)).R2;

    public IntervalRow Interval(Settings settings, string method, int rows, double level) => Intervals.Single(row =>
        (row.Settings, row.Method, row.Rows, row.Level) == (settings.Name, method, rows, level));

    /// <summary>Mean over the years of a quantity's standardised absolute errors.</summary>
    public double Error(Settings settings, string method, string quantity, int rows) =>
        Errors.Where(row => (row.Settings, row.Method, row.Rows) == (settings.Name, method, rows)
            && row.Output.StartsWith(quantity, StringComparison.Ordinal)).Average(row => row.AbsoluteError);

    /// <summary>[epoch], shortest first.</summary>
    public EpochsRow[] EpochsOf(Settings settings, string method) =>
        [.. Epochs.Where(row => (row.Settings, row.Method) == (settings.Name, method)).OrderBy(row => row.Epochs)];

    public ArchitectureRow[] ArchitecturesOf(Settings settings) => [.. Architectures.Where(row => row.Settings == settings.Name)];
}
