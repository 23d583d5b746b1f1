using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;

namespace IlgpuBnn.Training;

/// <summary>Chooses the kappa of a first layer that leaves it open, by the log score of out-of-fold rows after short trainings.</summary>
/// <remarks>
/// It stays at 1 unless rows are clearly likelier with another: too large a kappa invents wiggles between sparse rows, and an order of magnitude off costs accuracy, not
/// convergence.
/// </remarks>
internal static class KappaSelection
{
    // The first is the one that evidence must speak against.
    private static readonly double[] _ofFeatures = [1, 0.1, 0.3, 3, 10], _ofSines = [1, 3, 10, 30, 100];

    /// <summary>Whether a kappa has to be chosen.</summary>
    public static bool IsOpen(TrainingOptions options) => options.Layers is [FourierFeatures { Kappa: null } or Sine { Kappa: null }, ..];

    /// <returns>The options with this kappa, if theirs is open.</returns>
    public static TrainingOptions With(TrainingOptions options, double? kappa) => !IsOpen(options) ? options : options with
    {
        Layers = [options.Layers![0] is FourierFeatures features ? features with { Kappa = kappa } : (Sine)options.Layers[0] with { Kappa = kappa }, .. options.Layers.Skip(1)],
    };

    /// <param name="trials">Has those that an earlier process finished.</param>
    /// <returns>And what to say of it; null where none is open.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static (double Kappa, string Note)? Choose(Dataset data, TrainingOptions options, Device device, EncodingTrials trials, CancellationToken cancellation)
    {
        if (!IsOpen(options))
        {
            return null;
        }

        double[] values = options.Layers![0] is FourierFeatures ? _ofFeatures : _ofSines;
        if (options.FoldsOf(data, null, cancellation).Count == 0)
        {
            return (values[0], "Kappa is 1: all rows are related, and none can be left out to choose another by.");
        }

        EncodingTrial[] tried = [.. values.Select(kappa => new EncodingSelection(data, With(options, kappa), device, trials, cancellation).TryAskedFor())];
        double[] gains = [.. tried.Select(own => own.GainOver(tried[0]))];
        int best = Array.IndexOf(gains, gains.Max());
        int targets = tried[0].LogScores.Count(double.IsFinite);
        best = EncodingSelection.IsBetter(gains[best], data.RowCount, targets) ? best : 0;
        string compared = string.Join(", ", values.Zip(gains).OrderBy(own => own.First).Select(own => string.Create(CultureInfo.InvariantCulture, $"{own.Second:+0.00;-0.00;0} with {own.First}")));
        return (values[best], string.Create(CultureInfo.InvariantCulture, $"Kappa is {values[best]}: log score of out-of-fold rows after short trainings, above that with kappa 1: {compared}."));
    }

    /// <summary>A sentence if it cannot be chosen with these options; otherwise null.</summary>
    public static string? ProblemOf(TrainingOptions options) => !IsOpen(options) || (options.Method is AnchoredEnsemble { Folds: >= 2, Particles: >= 4 } && options.Components is null)
        ? null
        : "Kappa is left open, which needs out-of-fold rows of each target: use an anchored ensemble of at least 4 particles and 2 folds without principal components, or give kappa.";
}
