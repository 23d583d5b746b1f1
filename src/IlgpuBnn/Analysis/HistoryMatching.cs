using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;

namespace IlgpuBnn.Analysis;

/// <summary>What remains after a wave.</summary>
/// <param name="Volume">Share of the inputs' distributions that neither it nor an earlier wave rules out.</param>
/// <param name="VolumeError">Standard error of that share.</param>
/// <param name="ShareOutside">Share of what earlier waves left that lies outside the range of the wave's training rows, where its surrogate guesses.</param>
public sealed record MatchedWave(double Volume, double VolumeError, double ShareOutside);

/// <summary>What an observation rules out.</summary>
/// <param name="Observation">What was observed.</param>
/// <param name="ShareRuledOut">Of the inputs ruled out, the share where it lay farthest off of all observations.</param>
/// <param name="VarianceRatio">
/// Median, over the inputs that remain, of the surrogate's variance over that of the observation; below a quarter, a better surrogate would rule out little more. NaN where nothing
/// remains.
/// </param>
public sealed record MatchedObservation(Observation Observation, double ShareRuledOut, double VarianceRatio);

/// <summary>
/// History matching (Craig et al. 1997; Vernon et al. 2010): inputs of a simulator that observations rule out, wave by wave of surrogates, and what remains. An input is ruled out where
/// |z - m| / sqrt(e^2 + D^2 + C + n^2) exceeds a threshold: distance from an observation over the root of the variances of its error, the discrepancy, and the surrogate.
/// </summary>
public sealed record HistoryMatching
{
    private const double FewRemain = 0.01, PreciseEnough = 0.25, SmallChange = 0.1;
    private const int MaxRemaining = 8192, RunsPerInput = 10;

    private HistoryMatching()
    {
    }

    /// <summary>Where the simulator's inputs were sought.</summary>
    public required InputDistributions Inputs { get; init; }

    /// <summary>What they were held against.</summary>
    public required IReadOnlyList<MatchedObservation> Observations { get; init; }

    /// <summary>The threshold and rules of the search.</summary>
    public required HistoryMatchingOptions Options { get; init; }

    /// <summary>First to last.</summary>
    public required IReadOnlyList<MatchedWave> Waves { get; init; }

    /// <summary>Share of the inputs' distributions that is not ruled out.</summary>
    public double Volume => Waves[^1].Volume;

    /// <summary>Inputs that are not ruled out, evenly drawn: [point, input], raw units; 8,192 at most.</summary>
    public required double[,] Remaining { get; init; }

    /// <summary>[point]: largest implausibility of each of <see cref="Remaining"/>, over all waves.</summary>
    public required IReadOnlyList<double> Implausibility { get; init; }

    /// <summary>The least implausible inputs found, raw units, and their implausibility.</summary>
    public required (IReadOnlyList<double> Inputs, double Implausibility) Least { get; init; }

    /// <summary>Least implausibility and share that remains, by pairs of inputs.</summary>
    public required ImplausibilityMaps Maps { get; init; }

    /// <summary>Runs of the next wave, spread over what remains: [run, input], raw units; none where nothing remains.</summary>
    public required double[,] NextRuns { get; init; }

    /// <summary>Whether a further wave would rule out little: the surrogate is much surer than the observations, or the last wave changed little.</summary>
    public bool HasConverged => Volume > 0
        && (Observations.All(own => own.VarianceRatio < PreciseEnough) || (Waves.Count > 1 && Volume > (1 - SmallChange) * Waves[^2].Volume));

    /// <summary>What to mind, a sentence each; often empty.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Rules out inputs by the surrogates of all waves so far.</summary>
    /// <param name="waves">First to last, of the same inputs. A wave holds those observations against itself whose targets it has.</param>
    /// <param name="inputs">Where to seek. Default: uniform over the training range of the first wave.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <exception cref="ArgumentException">An option is out of range, an observation is of a target that no wave has, waves differ in inputs, or every input is fixed.</exception>
    public static HistoryMatching Of(
        IReadOnlyList<BayesianNetwork> waves, Observations observations, InputDistributions? inputs = null, HistoryMatchingOptions? options = null, Device? device = null,
        CancellationToken cancellation = default)
    {
        if (waves.Count == 0)
        {
            throw new ArgumentException("There is no wave. Give the model of at least one.", nameof(waves));
        }

        inputs ??= InputDistributions.OfTraining(waves[0]);
        return Of([.. waves.Select(wave => Surrogate.Of(wave, inputs, device ?? DeviceCatalog.Default))], observations, options ?? new HistoryMatchingOptions(), cancellation);
    }

    internal static HistoryMatching Of(IReadOnlyList<Surrogate> waves, Observations observations, HistoryMatchingOptions options, CancellationToken cancellation = default)
    {
        options.Validate();
        InputDistributions inputs = waves[0].Inputs;
        int free = inputs.Free.Count;
        if (free == 0)
        {
            throw new ArgumentException("Every input is fixed: there is nothing to rule out.");
        }

        var implausibility = new Implausibility(waves, observations, options);
        ImplausiblePoints all = implausibility.At(inputs.Whole(SobolSequence.Points(options.Points, free, options.Seed)), cancellation);
        MatchedWave[] matched = [.. waves.Select((wave, k) => Match(wave, all, k))];
        ImplausiblePoints remaining = all.LeftBefore(waves.Count, MaxRemaining);
        if (matched[^1].Volume < FewRemain)
        {
            (remaining, double volume, double error) = RareInputs.Find(implausibility, inputs, options, cancellation);
            matched[^1] = matched[^1] with { Volume = volume, VolumeError = error };
        }

        (ImplausiblePoints own, int least) = new[] { remaining, all }.Where(own => own.Count > 0).Select(own => (own, Array.IndexOf(own.Values, own.Values.Min())))
            .MinBy(best => best.own.Values[best.Item2]);
        double[] shares = all.SharesRuledOut(observations.Values.Count, waves.Count), ratios = implausibility.VarianceRatios(remaining.Points);
        var result = new HistoryMatching
        {
            Inputs = inputs,
            Options = options,
            Waves = matched,
            Observations = [.. observations.Values.Select((value, a) => new MatchedObservation(value, shares[a], ratios[a]))],
            Remaining = inputs.At(remaining.Points),
            Implausibility = remaining.Values,
            Least = ([.. inputs.At(own.At([least]).Points).Cast<double>()], own.Values[least]),
            Maps = ImplausibilityMaps.Of(inputs, all, remaining, matched[^1].Volume),
            NextRuns = inputs.At(FarthestPoints.Spread(remaining.Points, options.NextRuns ?? (RunsPerInput * free))),
            Warnings = [.. waves[^1].UncertaintyWarnings("what it gets wrong is taken for the simulator's, and inputs that agree are ruled out")],
        };
        return result with { Warnings = [.. result.Warnings, .. result.FindWarnings(observations.Values[own.Farthest[least]])] };
    }

    private static MatchedWave Match(Surrogate wave, ImplausiblePoints all, int index)
    {
        double volume = all.ShareLeftBy(index);
        ImplausiblePoints before = all.LeftBefore(index, all.Count);
        return new MatchedWave(volume, Math.Sqrt(volume * (1 - volume) / all.Count), before.Count == 0 ? 0 : wave.ShareOutside(before.Points));
    }

    /// <param name="farthest">The observation that is farthest off at the least implausible inputs.</param>
    private IEnumerable<string> FindWarnings(Observation farthest)
    {
        if (Volume == 0)
        {
            yield return Text($"Nothing remains: the least implausibility found is {Least.Implausibility:F1}, above {Options.Threshold}, and there {farthest.Target} is farthest off. The simulator cannot agree with the observations: look for a wrong unit, or give larger errors or a discrepancy.");
        }

        for (int k = 0; k < Waves.Count; k++)
        {
            if (Waves[k].ShareOutside > 0)
            {
                yield return Text($"{Waves[k].ShareOutside:P1} of the inputs that wave {k + 1} judges lie outside the range of its training rows, where it guesses.");
            }
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
