using System.Diagnostics;
using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Persistence;
using IlgpuBnn.Training;

namespace IlgpuBnn;

/// <summary>One training of a search.</summary>
/// <param name="Change">Difference from the best options so far, in words.</param>
/// <param name="Score">Mean out-of-fold CRPS over targets, in standard deviations of the target; of classes the log loss. Lower is better.</param>
/// <param name="IsBest">Whether it is the best so far.</param>
/// <param name="Elapsed">Since the search began.</param>
public sealed record SearchStep(string Change, double Score, bool IsBest, TimeSpan Elapsed);

/// <summary>The result of a search.</summary>
/// <param name="Model">The best model; its <see cref="BayesianNetwork.Options"/> are the best options.</param>
/// <param name="Steps">Every training, in order; the first has the starting options.</param>
public sealed record SearchResult(BayesianNetwork Model, IReadOnlyList<SearchStep> Steps);

/// <summary>Hyperparameter search for an anchored ensemble: width, depth, activations and prior by out-of-fold CRPS, within a time budget.</summary>
/// <remarks>
/// Greedy: tries one change after another on the best options so far, until none helps or another training would exceed the budget. The best score
/// is slightly optimistic, as it selected the options: judge the model by other rows.
/// </remarks>
public static class HyperparameterSearch
{
    private static readonly (string Name, Func<TrainingOptions, TrainingOptions> Apply)[] _changes =
    [
        ("tanh units in the last hidden layer", options => options with { LastActivation = Activation.Tanh }),
        ("weight scale times 1.6", WithPrior(prior => prior with { WeightScale = 1.6 * prior.WeightScale })),
        ("weight scale divided by 1.6", WithPrior(prior => prior with { WeightScale = prior.WeightScale / 1.6 })),
        ("training noise times 2.5", WithPrior(prior => prior with { NoiseSd = 2.5 * prior.NoiseSd })),
        ("training noise divided by 2.5", WithPrior(prior => prior with { NoiseSd = prior.NoiseSd / 2.5 })),
        ("one hidden layer of 50", options => options with { HiddenUnits = [50] }),
        ("hidden layers of 50 and 50", options => options with { HiddenUnits = [50, 50] }),
        ("hidden layers of 20 and 50", options => options with { HiddenUnits = [20, 50] }),
        ("a relevance sd of 0.2", WithPrior(prior => prior with { RelevanceSd = 0.2 })),
        ("a relevance sd of 1", WithPrior(prior => prior with { RelevanceSd = 1 })),
        ("tanh units", options => options with { Activation = Activation.Tanh }),
        ("SiLU units", options => options with { Activation = Activation.Silu }),
        ("the same activation in all hidden layers", options => options with { LastActivation = null }),
        ("no skip connection", options => options with { SkipConnection = false }),
        ("a skip connection", options => options with { SkipConnection = true }),
    ];

    /// <summary>Searches until the budget is used; trains at least once.</summary>
    /// <param name="data">At least 3 rows.</param>
    /// <param name="budget">Above 0.</param>
    /// <param name="start">
    /// Starting options. Default: those of <see cref="TrainingOptions"/>. The last activation is one of the changes, and not selected in every training.
    /// </param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="progress">Called after every training.</param>
    /// <param name="checkpoints">Where to keep checkpoints, and to look for one to go on from. Default none.</param>
    /// <param name="cancellation">Ends the search with the best model so far, if there is one.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the method is not an anchored ensemble with folds.</exception>
    /// <exception cref="ModelFileException">The checkpoint to go on from is damaged, of a newer version, or of another search.</exception>
    /// <exception cref="TrainingCancelledException">It was cancelled during the first training.</exception>
    public static SearchResult Run(
        Dataset data, TimeSpan budget, TrainingOptions? start = null, Device? device = null, IProgress<SearchStep>? progress = null,
        Checkpoints? checkpoints = null, CancellationToken cancellation = default)
    {
        start ??= new TrainingOptions();
        start.Validate();
        if (budget <= TimeSpan.Zero || start.Layers is not null || start.Method is not AnchoredEnsemble method || !HasFolds())
        {
            throw new ArgumentException(
                "A search needs a budget above 0, hidden units rather than layers, and out-of-fold rows: use an anchored ensemble of at least 4 networks and 2 folds.");
        }

        start = start with { Method = method with { SelectLastActivation = false, SelectPrior = false } };

        Checkpointing? checkpointing = checkpoints?.Open(TrainingIdentity.Of("search", data, start, null));
        SearchState? found = checkpointing?.Search;
        long started = Stopwatch.GetTimestamp() - (long)((found?.Elapsed ?? TimeSpan.Zero).TotalSeconds * Stopwatch.Frequency);
        TableEncoding? encoding = found?.Best.Encoding;
        IReadOnlyList<string>? apart = found is null ? null : found.Best.Options.ApartTargets ?? [];
        AnchoredEnsemble? first = found?.Best.Options.Method as AnchoredEnsemble;
        var trainings = new List<SearchedTraining>();
        var steps = new List<SearchStep>();
        var tried = new HashSet<string> { Key(start) };
        (TrainingOptions Options, double Score, BayesianNetwork? Model) best = (start, double.PositiveInfinity, null);
        Try(start, "the starting options");
        bool improved = true;
        while (improved)
        {
            improved = false;
            foreach ((string name, Func<TrainingOptions, TrainingOptions> apply) in _changes)
            {
                TrainingOptions options = apply(best.Options);
                // Networks of their own have no skip connection.
                if (!tried.Add(Key(options)) || (options.SkipConnection && (start.ApartTargets ?? apart) is { Count: > 0 }))
                {
                    continue;
                }

                if (!IsKnown() && (cancellation.IsCancellationRequested || Stopwatch.GetElapsedTime(started) + (1.2 * Best().Report.Elapsed) > budget))
                {
                    return new SearchResult(Best(), steps);
                }

                try
                {
                    improved |= Try(options, name);
                }
                catch (OperationCanceledException)
                {
                    return new SearchResult(Best(), steps);
                }
            }
        }

        return new SearchResult(Best(), steps);

        bool HasFolds()
        {
            try
            {
                return start.FoldsOf(data, null, cancellation).Count > 0;
            }
            catch (OperationCanceledException)
            {
                throw new TrainingCancelledException(null, cancellation);
            }
        }

        // The checkpoint's trainings are gone through again, without training.
        bool IsKnown() => trainings.Count < found?.Trainings.Count;

        BayesianNetwork Best() => best.Model ?? new BayesianNetwork(found!.Best);

        bool Try(TrainingOptions options, string change)
        {
            bool known = IsKnown();
            BayesianNetwork? model = known ? null : Train(options);
            double score = known ? found!.Trainings[trainings.Count].Score : model?.Model.OutOfFoldLoss(data, device ?? DeviceCatalog.Default, best.Model is null ? default : cancellation) ?? double.NaN;
            TimeSpan elapsed = known ? found!.Trainings[trainings.Count].Elapsed : Stopwatch.GetElapsedTime(started);
            bool better = score < best.Score;
            best = better ? (options, score, model) : best;
            trainings.Add(new SearchedTraining(change, score, elapsed));
            if (!double.IsNaN(score))
            {
                steps.Add(new SearchStep(change, score, better, elapsed));
            }

            if (!known && checkpointing is not null)
            {
                checkpointing.Search = new SearchState([.. trainings], Best().Model, elapsed);
            }

            if (!known && !double.IsNaN(score))
            {
                progress?.Report(steps[^1]);
            }

            return better;
        }

        // As the first training chose them, for all.
        TrainingOptions WithRelevances(TrainingOptions options) => first is null || options.Method is not AnchoredEnsemble own ? options
            : options with { Method = own with { SelectRelevances = false, Prior = own.Prior with { Relevances = first.Prior.Relevances } } };

        // Null if it diverged: the change is rejected.
        BayesianNetwork? Train(TrainingOptions options)
        {
            try
            {
                BayesianNetwork model = BayesianNetwork.Train(
                    data, WithRelevances(options) with { Encoding = encoding, ApartTargets = options.ApartTargets ?? apart }, device ?? DeviceCatalog.Default, null, null, checkpointing, cancellation);
                (encoding, apart, first) = (model.Model.Encoding, model.Options.ApartTargets ?? [], first ?? (AnchoredEnsemble)model.Options.Method);
                return model;
            }
            catch (TrainingDivergedException) when (trainings.Count > 0)
            {
                return null;
            }
        }
    }

    private static Func<TrainingOptions, TrainingOptions> WithPrior(Func<Priors.AnchoredPrior, Priors.AnchoredPrior> change) => options =>
        options.Method is AnchoredEnsemble method ? options with { Method = method with { Prior = change(method.Prior) } } : options;

    /// <summary>Equal for equal options, since records compare lists by reference.</summary>
    private static string Key(TrainingOptions options)
    {
        (double weightScale, double relevance, double noise) = ((AnchoredEnsemble)options.Method).Prior;
        return string.Create(
            CultureInfo.InvariantCulture, $"{string.Join(' ', options.HiddenLayers)} {weightScale:G4} {relevance:G4} {noise:G4}");
    }
}
