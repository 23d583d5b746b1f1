using System.Diagnostics;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Inference;

/// <summary>A training that a search tried.</summary>
/// <param name="Change">What is different from the best so far, in words.</param>
/// <param name="Score">Mean over targets of the CRPS of rows left out by turns, in standard deviations of the target; lower is better.</param>
/// <param name="IsBest">Whether no earlier one was better.</param>
/// <param name="Elapsed">Since the search began.</param>
public sealed record SearchStep(string Change, double Score, bool IsBest, TimeSpan Elapsed);

/// <summary>What a search found.</summary>
/// <param name="Model">The best model; its <see cref="BayesianNetwork.Options"/> are what was chosen.</param>
/// <param name="Steps">Every training, in order; the first has the settings to start from.</param>
public sealed record SearchResult(BayesianNetwork Model, IReadOnlyList<SearchStep> Steps);

/// <summary>Chooses width, depth, activation and prior of an anchored ensemble by the rows that its networks left out, within a time budget.</summary>
/// <remarks>
/// One change after another is tried on the best settings so far, until all have been tried in vain or another training would not fit the
/// budget. The score that chose the settings flatters them a little: judge the model by rows that took no part.
/// </remarks>
public static class SettingsSearch
{
    private static readonly (string Name, Func<TrainingOptions, TrainingOptions> Apply)[] _changes =
    [
        ("tanh units in the last hidden layer", options => options with { LastActivation = Activation.Tanh }),
        ("weight scale times 1.6", options => options with { Anchors = options.Anchors with { WeightScale = 1.6 * options.Anchors.WeightScale } }),
        ("weight scale divided by 1.6", options => options with { Anchors = options.Anchors with { WeightScale = options.Anchors.WeightScale / 1.6 } }),
        ("target noise times 2.5", options => options with { Anchors = options.Anchors with { TargetNoise = 2.5 * options.Anchors.TargetNoise } }),
        ("target noise divided by 2.5", options => options with { Anchors = options.Anchors with { TargetNoise = options.Anchors.TargetNoise / 2.5 } }),
        ("one hidden layer of 50", options => options with { Hidden = [50] }),
        ("hidden layers of 50 and 50", options => options with { Hidden = [50, 50] }),
        ("hidden layers of 20 and 50", options => options with { Hidden = [20, 50] }),
        ("inputs alike", options => options with { Anchors = options.Anchors with { InputScaleSpread = 0.2 } }),
        ("inputs that differ", options => options with { Anchors = options.Anchors with { InputScaleSpread = 1 } }),
        ("tanh units", options => options with { Activation = Activation.Tanh }),
        ("SiLU units", options => options with { Activation = Activation.Silu }),
        ("the same units in all hidden layers", options => options with { LastActivation = null }),
        ("no linear path", options => options with { LinearPath = false }),
        ("a linear path", options => options with { LinearPath = true }),
    ];

    /// <summary>Trains until the budget is used; at least once.</summary>
    /// <param name="data">At least 3 rows.</param>
    /// <param name="budget">Above 0.</param>
    /// <param name="start">
    /// Settings to start from; default those of <see cref="TrainingOptions"/>. <see cref="TrainingOptions.SharperNetworks"/> are not trained beside each
    /// change, but are one of the changes.
    /// </param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="progress">Told after every training.</param>
    /// <param name="cancellation">Ends the search: the best model so far is the result, if there is one.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, the method is not an anchored ensemble, or nothing would be left out to judge by.
    /// </exception>
    /// <exception cref="TrainingCancelledException">Cancelled during the first training.</exception>
    public static SearchResult Run(
        Dataset data, TimeSpan budget, TrainingOptions? start = null, Device? device = null, IProgress<SearchStep>? progress = null,
        CancellationToken cancellation = default)
    {
        start = (start ?? new TrainingOptions()) with { SharperNetworks = false };
        start.Validate();
        if (budget <= TimeSpan.Zero || Folds.CountFor(data.RowCount, start) == 0)
        {
            throw new ArgumentException(
                "A search needs a budget above 0, and rows to judge by: an anchored ensemble of at least 4 networks that leaves out 2 folds or more.");
        }

        long started = Stopwatch.GetTimestamp();
        var steps = new List<SearchStep>();
        var tried = new HashSet<string> { Key(start) };
        (BayesianNetwork best, double bestScore) = Train(start, "the settings to start from");
        bool improved = true;
        while (improved)
        {
            improved = false;
            foreach ((string name, Func<TrainingOptions, TrainingOptions> apply) in _changes)
            {
                TrainingOptions options = apply(best.Options);
                if (!tried.Add(Key(options)))
                {
                    continue;
                }

                if (cancellation.IsCancellationRequested || Stopwatch.GetElapsedTime(started) + (1.2 * best.Report.Elapsed) > budget)
                {
                    return new SearchResult(best, steps);
                }

                try
                {
                    (BayesianNetwork model, double score) = Train(options, name);
                    if (score < bestScore)
                    {
                        (best, bestScore, improved) = (model, score, true);
                    }
                }
                catch (TrainingCancelledException)
                {
                    return new SearchResult(best, steps);
                }
                catch (TrainingDivergedException)
                {
                    // Too bold a change is only one that is not taken.
                }
            }
        }

        return new SearchResult(best, steps);

        (BayesianNetwork Model, double Score) Train(TrainingOptions options, string change)
        {
            BayesianNetwork model = BayesianNetwork.Fit(data, options, device, null, cancellation);
            double score = model.CrpsOfRowsLeftOut(data, device ?? DeviceCatalog.Default);
            steps.Add(new SearchStep(change, score, steps.All(step => score < step.Score), Stopwatch.GetElapsedTime(started)));
            progress?.Report(steps[^1]);
            return (model, score);
        }
    }

    /// <summary>The same for the same settings, whatever list they were made with.</summary>
    private static string Key(TrainingOptions options) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{string.Join(',', options.Hidden)} {string.Join(',', options.HiddenActivations)} {options.LinearPath} {options.Anchors.WeightScale:G4} "
            + $"{options.Anchors.InputScaleSpread:G4} {options.Anchors.TargetNoise:G4}");
}
