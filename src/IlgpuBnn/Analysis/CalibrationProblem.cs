using System.Globalization;
using IlgpuBnn.Data;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Analysis;

/// <summary>What a calibration samples: the free inputs, with an estimated discrepancy as one more dimension, and the observations' likelihood.</summary>
internal sealed class CalibrationProblem
{
    public const int PriorPoints = 4096;
    public const double End = 0.01;

    private const int SearchRounds = 25, SearchPoints = 512, SearchBest = 48;
    private const double FarAway = 3, NearEnds = 5, WantedRHat = 1.01, FewEffective = 400, SmallProbability = 0.01, MuchUnsure = 0.25;

    private readonly Surrogate _surrogate;
    private readonly Observations _observations;
    private readonly ObservationLikelihood _likelihood;
    private readonly CalibrationOptions _options;

    /// <exception cref="ArgumentException">An observation is of an unknown target, or every input is fixed.</exception>
    public CalibrationProblem(Surrogate surrogate, Observations observations, CalibrationOptions options)
    {
        (_surrogate, _observations, _options) = (surrogate, observations, options);
        Free = surrogate.Inputs.Free;
        if (Free.Count == 0)
        {
            throw new ArgumentException("Every input is fixed: there is nothing to calibrate.");
        }

        int[] outputs = observations.Outputs(surrogate.OutputNames);
        double[,] cube = SobolSequence.Points(PriorPoints, surrogate.Inputs.Names.Count, options.Seed, scrambling: int.MaxValue);
        PriorShareOutside = surrogate.ShareOutside(cube);
        (double[] deviations, Warnings) = Pilot(cube, outputs);
        _likelihood = new ObservationLikelihood(surrogate, observations, options.DiscrepancyPrior is null ? null : deviations);
    }

    /// <summary>Indices of the inputs that vary.</summary>
    public IReadOnlyList<int> Free { get; }

    public int Dimensions => Free.Count + (_options.DiscrepancyPrior is null ? 0 : 1);

    public double PriorShareOutside { get; }

    /// <summary>Of observations that no input explains, and of a surrogate without uncertainty.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <param name="draws">[draw, dimension], of the unit cube.</param>
    public double[] LogLikelihood(double[,] draws) => _likelihood.At(Points(draws, out double[]? discrepancies), discrepancies).LogDensity;

    /// <summary>The inputs' probabilities, [draw, input]; those of fixed inputs are anything.</summary>
    /// <param name="draws">[draw, dimension], of the unit cube.</param>
    public double[,] Points(double[,] draws, out double[]? discrepancies)
    {
        int count = draws.GetLength(0);
        discrepancies = _options.DiscrepancyPrior is null ? null : new double[count];
        for (int n = 0; n < discrepancies?.Length; n++)
        {
            // Half-normal.
            discrepancies[n] = _options.DiscrepancyPrior!.Value * Normal.InvCDF(0, 1, 0.5 + (draws[n, Free.Count] / 2));
        }

        return _surrogate.Inputs.Whole(draws);
    }

    /// <summary>Cross-entropy search (Rubinstein and Kroese 2004): a normal distribution closes in on the best of its own draws.</summary>
    public BestPoint FindBest()
    {
        int width = Dimensions;
        Random random = RandomStreams.Open(_options.Seed, RandomStreams.Purpose.Draws, int.MaxValue);
        double[,] points = SobolSequence.Points(PriorPoints, width, _options.Seed);
        double[] best = [], mean = new double[width], deviation = new double[width];
        double bestLikelihood = double.NegativeInfinity;
        for (int round = 0; round < SearchRounds; round++)
        {
            double[] likelihood = LogLikelihood(points);
            int[] order = [.. Enumerable.Range(0, likelihood.Length).OrderByDescending(n => likelihood[n]).Take(SearchBest)];
            if (likelihood[order[0]] > bestLikelihood)
            {
                (best, bestLikelihood) = ([.. Enumerable.Range(0, width).Select(d => points[order[0], d])], likelihood[order[0]]);
            }

            for (int d = 0; d < width; d++)
            {
                double[] values = [.. order.Select(n => points[n, d])];
                (mean[d], deviation[d]) = (values.Average(), values.PopulationStandardDeviation());
            }

            points = new double[SearchPoints, width];
            for (int k = 0; k < points.Length; k++)
            {
                (int n, int d) = Math.DivRem(k, width);
                points[n, d] = Math.Clamp(n == 0 && best.Length > 0 ? best[d] : mean[d] + (deviation[d] * Normal.Sample(random, 0, 1)), 1e-6, 1 - 1e-6);
            }
        }

        if (best.Length == 0)
        {
            throw NoLikelihood();
        }

        var row = new double[1, width];
        Buffer.BlockCopy(best, 0, row, 0, width * sizeof(double));
        double[,] point = Points(row, out double[]? discrepancies);
        double distance = _likelihood.At(point, discrepancies).SquaredDistance[0];
        return new BestPoint(
            [.. _surrogate.Inputs.At(point).Cast<double>()], bestLikelihood, distance, 1 - ChiSquared.CDF(_observations.Values.Count, distance));
    }

    public static ArgumentException NoLikelihood() => new(
        "The observations have no likelihood anywhere in the inputs' distributions. Look for a wrong unit, or give larger errors or a discrepancy.");

    /// <summary>What the simulator would give for draws of the posterior, beside each observation.</summary>
    /// <param name="cube">[draw, input].</param>
    /// <param name="unsure">Share of draws where the surrogate is less sure of an observed target than the observation is.</param>
    public PredictedObservation[] Predict(double[,] cube, double[]? discrepancies, out double unsure)
    {
        int count = cube.GetLength(0), length = _observations.Values.Count, isUnsure = 0;
        var values = new double[length][];
        for (int a = 0; a < length; a++)
        {
            values[a] = new double[count];
        }

        Random random = RandomStreams.Open(_options.Seed, RandomStreams.Purpose.Draws, int.MaxValue - 1);
        double[] scales = _likelihood.DiscrepancyScales ?? new double[length];
        double[] below = new double[length];
        foreach ((int first, SurrogateOutputs outputs) in _surrogate.EvaluateInPieces(cube))
        {
            for (int n = 0; n < outputs.RowCount; n++)
            {
                bool some = false;
                for (int a = 0; a < length; a++)
                {
                    Observation own = _observations.Values[a];
                    double estimated = (discrepancies?[first + n] ?? 0) * scales[a], mean = outputs.Mean[n, _likelihood.Outputs[a]];
                    double errors = own.Variance + (estimated * estimated);
                    double surrogate = outputs.Variance(n, _likelihood.Outputs[a]);
                    some |= surrogate > errors;
                    values[a][first + n] = mean + (Math.Sqrt(surrogate) * Normal.Sample(random, 0, 1));
                    below[a] += Normal.CDF(mean, Math.Sqrt(surrogate + errors), own.Value) / count;
                }

                isUnsure += some ? 1 : 0;
            }
        }

        unsure = isUnsure / (double)count;
        return
        [
            .. values.Select((own, a) =>
            {
                double mean = own.Average(), deviation = own.StandardDeviation();
                Array.Sort(own);
                return new PredictedObservation(
                    _observations.Values[a], mean, deviation, SortedArrayStatistics.QuantileCustom(own, 0.05, QuantileDefinition.R8),
                    SortedArrayStatistics.QuantileCustom(own, 0.95, QuantileDefinition.R8), Math.Max(0, 2 * Math.Min(below[a], 1 - below[a])));
            }),
        ];
    }

    public static IEnumerable<string> WarningsOf(ParameterCalibration result)
    {
        if (result.PriorShareOutside > 0)
        {
            yield return Text($"{result.PriorShareOutside:P1} of the inputs' distributions, and {result.ShareOutside:P1} of the draws, lie outside the range of the training rows, where the surrogate guesses: add runs there, or narrow the distributions.");
        }

        CalibratedParameter worst = result.Parameters.MaxBy(own => own.RHat)!, fewest = result.Parameters.MinBy(own => own.EffectiveSampleSize)!;
        if (worst.RHat > WantedRHat)
        {
            yield return Text($"The four runs disagree on {worst.Name} (R-hat {worst.RHat:F3}, wanted below {WantedRHat}): draw more.");
        }
        else if (fewest.EffectiveSampleSize < FewEffective)
        {
            yield return Text($"The draws of {fewest.Name} are worth {fewest.EffectiveSampleSize:F0} independent ones, fewer than {FewEffective}: draw more.");
        }

        if (result.Best.Probability < SmallProbability)
        {
            yield return Text($"No inputs agree with the observations: at the best, their squared distance is {result.Best.SquaredDistance:F1} where {result.Observations.Values.Count} are expected (probability {result.Best.Probability:G2}). The simulator misses something: give the observations a discrepancy, or have it estimated.");
        }

        string[] ends = [.. result.Parameters.Where(own => own.ShareNearEnds > NearEnds * 2 * End).Select(own => own.Name)];
        if (ends.Length > 0)
        {
            yield return $"The posterior presses against the ends of {ColumnSelection.List(ends)}: their distributions may be too narrow.";
        }

        if (result.ShareUnsure > MuchUnsure)
        {
            yield return Text($"The surrogate is the weak link: in {result.ShareUnsure:P0} of the draws it is less sure of an observed target than the observation is. Train with more runs where the draws lie.");
        }
    }

    /// <summary>[observation]: standard deviation of its output over the inputs' distributions; and what is odd.</summary>
    private (double[] Deviations, IReadOnlyList<string> Warnings) Pilot(double[,] cube, int[] outputs)
    {
        int length = outputs.Length, count = cube.GetLength(0);
        var means = new double[length][];
        double[] nearest = [.. Enumerable.Repeat(double.PositiveInfinity, length)];
        for (int a = 0; a < length; a++)
        {
            means[a] = new double[count];
        }

        foreach ((int first, SurrogateOutputs own) in _surrogate.EvaluateInPieces(cube))
        {
            Parallel.For(0, length, a =>
            {
                Observation seen = _observations.Values[a];
                for (int n = 0; n < own.RowCount; n++)
                {
                    double mean = own.Mean[n, outputs[a]];
                    means[a][first + n] = mean;
                    nearest[a] = Math.Min(nearest[a], Math.Abs(seen.Value - mean) / Math.Sqrt(seen.Variance + own.Variance(n, outputs[a])));
                }
            });
        }

        List<string> warnings = [.. _surrogate.UncertaintyWarnings("the posterior takes it for the simulator itself, and is too narrow")];
        for (int a = 0; a < length; a++)
        {
            if (nearest[a] > FarAway)
            {
                Observation seen = _observations.Values[a];
                warnings.Add(Text($"The observed {seen.Target}, {seen.Value:G5}, lies {nearest[a]:F1} standard deviations from anything that the surrogate gives ({means[a].Min():G5} to {means[a].Max():G5}): look for a wrong unit, or give it a larger error or a discrepancy."));
            }
        }

        return ([.. means.Select(own => own.StandardDeviation())], warnings);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
