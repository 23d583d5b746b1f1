using System.Globalization;
using IlgpuBnn.Calibration;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Priors;

namespace IlgpuBnn.Training;

/// <summary>What was chosen of the prior before the first iteration.</summary>
/// <param name="Relevances">As of <see cref="AnchoredPrior.Relevances"/>; null where inputs are all alike.</param>
/// <param name="IsSmooth">Whether rows are met more exactly, by smooth units.</param>
internal sealed record PriorChoice(IReadOnlyList<IReadOnlyList<double>>? Relevances, bool IsSmooth)
{
    public static PriorChoice None { get; } = new(null, false);
}

/// <summary>Chooses which inputs matter and how exactly networks meet the rows, by the log score of out-of-fold rows after short trainings.</summary>
/// <remarks>
/// Where outputs are smooth and without noise, less of it in training and units that do not saturate come closer; where they jump, networks that must meet every row are
/// worse between the rows.
/// </remarks>
internal sealed class PriorSelection(Dataset data, Dataset encoded, TableEncoding encoding, Device device, EncodingTrials trials, CancellationToken cancellation)
{
    // Of which the evidence takes some hundred.
    private const int MaxSample = 5000;

    // In nats of all rows: units that do not saturate, met more exactly, now and then miss a row by far.
    private const double MinLogRatioOfSmooth = 10;

    /// <param name="options">With what was chosen before.</param>
    /// <param name="asGiven">Before it was chosen: activations that were given stay.</param>
    public static TrainingOptions With(TrainingOptions options, PriorChoice choice, TrainingOptions asGiven)
    {
        if (options.Method is not AnchoredEnsemble method || choice == PriorChoice.None)
        {
            return options;
        }

        AnchoredPrior prior = method.Prior with { Relevances = choice.Relevances ?? method.Prior.Relevances };
        return !choice.IsSmooth ? options with { Method = method with { Prior = prior } } : options with
        {
            LastActivation = asGiven.Layers is null ? asGiven.LastActivation ?? asGiven.Activation : null,
            Method = method with { Prior = prior with { NoiseSd = OutputLayerChoice.SmoothNoiseSd } },
        };
    }

    /// <param name="options">With what was chosen before.</param>
    /// <param name="asGiven">Before it was chosen.</param>
    /// <returns>And what to say of it.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public (PriorChoice Choice, IReadOnlyList<string> Notes) Choose(TrainingOptions options, TrainingOptions asGiven)
    {
        bool relevances = FoundRelevances.IsOpen(data, options, encoding), smooth = OutputLayerChoice.MayBeSmooth(options);
        if ((!relevances && !smooth) || options.FoldsOf(data, null, cancellation).Count == 0)
        {
            return (PriorChoice.None, []);
        }

        int blocks = RelatedRows.Of(data, cancellation).Blocks(0, data.RowCount, cancellation).Count;
        Dataset sample = Sample();
        var rows = new TrainingRows(sample, options, null, cancellation);
        (double[,] inputs, double[,] targets) = rows.Standardised(sample);
        double independent = RelevanceEvidence.IndependentTargets(targets);
        List<string> notes = [];
        (PriorChoice choice, PriorChoice trial) = (PriorChoice.None, PriorChoice.None);
        EncodingTrial? best = null;
        if (relevances)
        {
            var found = new FoundRelevances(sample, inputs, targets, blocks, options, cancellation);
            double[][]? sets = found.Sets(rows.Folds), tried = found.Sets(EncodingSelection.TrialOf(options).FoldsOf(sample, null, cancellation));
            if (sets is not null && tried is not null && Improves(new PriorChoice(tried, false), Evidence.MinLogRatio))
            {
                (choice, trial) = (new PriorChoice(sets, false), new PriorChoice(tried, false));
                notes.Add(found.Note(sets));
            }
        }

        if (smooth && Improves(trial with { IsSmooth = true }, MinLogRatioOfSmooth))
        {
            choice = choice with { IsSmooth = true };
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"Training has a noise of {OutputLayerChoice.SmoothNoiseSd} standard deviations only, and smooth units: out-of-fold rows were predicted better so (--select-prior no for the default's)."));
        }

        return (choice, notes);

        // An even one, but where folds matter.
        Dataset Sample()
        {
            int every = blocks <= FoundRelevances.MaxBlocksByFolds ? 1 : (encoded.RowCount + MaxSample - 1) / MaxSample;
            return every == 1 ? encoded : encoded.SelectRows([.. Enumerable.Range(0, encoded.RowCount).Where(row => row % every == 0)]);
        }

        bool Improves(PriorChoice other, double logRatio)
        {
            best ??= Try(trial);
            EncodingTrial own = Try(other);

            // Of several targets, the mean is known better.
            bool better = own.GainOver(best) > Math.Max(EncodingSelection.MinGain / Math.Sqrt(independent), logRatio / blocks / independent);
            best = better ? own : best;
            return better;
        }

        EncodingTrial Try(PriorChoice own) => new EncodingSelection(data, With(options, own, asGiven), device, trials, cancellation).TryWith(encoding);
    }
}
