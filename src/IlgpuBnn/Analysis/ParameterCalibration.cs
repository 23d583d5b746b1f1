using IlgpuBnn.Devices;
using MathNet.Numerics.Statistics;

namespace IlgpuBnn.Analysis;

/// <summary>Settings of a calibration to observations.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Draws of each of the four independent runs, a power of two of at least 128. Default 1024.</summary>
    public int Draws { get; init; } = 1024;

    /// <summary>Seed of the draws. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// Standard deviation of the half-normal prior of a discrepancy that is estimated, the same for every observation, in standard deviations of its target over the inputs'
    /// distributions; it adds to what observations give. Null (default): none is estimated.
    /// </summary>
    public double? DiscrepancyPrior { get; init; }

    internal void Validate()
    {
        if (Draws < 128 || !int.IsPow2(Draws))
        {
            throw new ArgumentException($"Draws is {Draws}; it must be a power of two, at least 128.");
        }

        if (DiscrepancyPrior is { } prior && !(prior > 0 && double.IsFinite(prior)))
        {
            throw new ArgumentException($"DiscrepancyPrior is {prior}; it must be above 0.");
        }
    }
}

/// <summary>What observations say about one input of the simulator.</summary>
/// <param name="Name">Of the input.</param>
/// <param name="Mean">Of the posterior, raw units.</param>
/// <param name="StandardDeviation">Of the posterior, raw units.</param>
/// <param name="PriorStandardDeviation">Raw units.</param>
/// <param name="Best">At the best point found, raw units.</param>
/// <param name="Shrinkage">1 - posterior variance / prior variance: 0 where the observations say nothing.</param>
/// <param name="RHat">Of the four runs, split; above 1.01 they disagree.</param>
/// <param name="EffectiveSampleSize">Independent draws that would tell the mean as well.</param>
/// <param name="ShareNearEnds">Share of draws in the outer hundredth of the prior at either end, of which a prior has 0.02.</param>
public sealed record CalibratedParameter(
    string Name, double Mean, double StandardDeviation, double PriorStandardDeviation, double Best, double Shrinkage, double RHat, double EffectiveSampleSize,
    double ShareNearEnds);

/// <summary>Where observations are likeliest.</summary>
/// <param name="Inputs">[input], raw units.</param>
/// <param name="LogLikelihood">ln of the observations' density there.</param>
/// <param name="SquaredDistance">Of the observations from the outputs there, in their joint standard deviations.</param>
/// <param name="Probability">
/// That this is exceeded, were it chi-squared with as many degrees of freedom as observations; a small one says that the simulator cannot agree with them.
/// </param>
public sealed record BestPoint(IReadOnlyList<double> Inputs, double LogLikelihood, double SquaredDistance, double Probability);

/// <summary>An observation beside what the calibrated simulator would give.</summary>
/// <param name="Observation">What was observed.</param>
/// <param name="Mean">Of the simulator's output over the posterior, raw units.</param>
/// <param name="StandardDeviation">Of the simulator's output over the posterior, the surrogate's uncertainty included, raw units.</param>
/// <param name="Lower">5 % quantile of the same.</param>
/// <param name="Upper">95 % quantile of the same.</param>
/// <param name="Probability">That a replicate lies as far from the mean as what was observed, errors and discrepancy included; small ones say that the simulator cannot reach it.</param>
public sealed record PredictedObservation(Observation Observation, double Mean, double StandardDeviation, double Lower, double Upper, double Probability);

/// <summary>
/// Calibration of a simulator to observations by its surrogate: draws of its inputs that agree with them, given measurement errors, discrepancy and the surrogate's own
/// uncertainty (docs/maths.md).
/// </summary>
public sealed record ParameterCalibration
{
    private const int Runs = 4, KeptSweeps = 3;

    private ParameterCalibration()
    {
    }

    /// <summary>What was known of the inputs beforehand.</summary>
    public required InputDistributions Inputs { get; init; }

    /// <summary>What they were held against.</summary>
    public required Observations Observations { get; init; }

    /// <summary>Of the inputs that vary.</summary>
    public required IReadOnlyList<CalibratedParameter> Parameters { get; init; }

    /// <summary>Draws of the posterior, equally weighted: [draw, input], raw units; all inputs, those that are fixed included.</summary>
    public required double[,] Draws { get; init; }

    /// <summary>[parameter, parameter]: correlation of the posterior.</summary>
    public required double[,] Correlation { get; init; }

    /// <summary>[observation].</summary>
    public required IReadOnlyList<PredictedObservation> Predicted { get; init; }

    /// <summary>ln of the probability density of the observations, inputs drawn from their distributions: to compare models of the same observations.</summary>
    public required double LogEvidence { get; init; }

    /// <summary>Its standard error over the runs.</summary>
    public required double LogEvidenceError { get; init; }

    /// <summary>Where the observations are likeliest.</summary>
    public required BestPoint Best { get; init; }

    /// <summary>Share of draws with an input outside the range of the training rows, where the surrogate guesses.</summary>
    public required double ShareOutside { get; init; }

    /// <summary>The same share of the inputs' distributions.</summary>
    public required double PriorShareOutside { get; init; }

    /// <summary>Share of draws where the surrogate is less sure of an observed target than the observation is.</summary>
    public required double ShareUnsure { get; init; }

    /// <summary>Mean and standard deviation of the estimated discrepancy, in standard deviations of a target over the inputs' distributions; null where it was given.</summary>
    public (double Mean, double StandardDeviation)? Discrepancy { get; init; }

    /// <summary>Share of moves that were accepted.</summary>
    public required double Acceptance { get; init; }

    /// <summary>What to mind, a sentence each; often empty.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    // [input][draw], rising.
    private double[][] Sorted { get; init; } = [];

    /// <summary>Quantile of the posterior of an input, raw units.</summary>
    /// <param name="input">Index among all inputs.</param>
    public double Quantile(int input, double probability) => SortedArrayStatistics.QuantileCustom(Sorted[input], probability, QuantileDefinition.R8);

    /// <summary>Finds the inputs that agree with observations: tempered sequential Monte Carlo, four independent runs.</summary>
    /// <param name="inputs">What is known beforehand. Default: uniform over the training range.</param>
    /// <param name="device">Default: <see cref="DeviceCatalog.Default"/>.</param>
    /// <param name="group">Processes that do the runs together, all with the same arguments: the same bits. Default: this one alone.</param>
    /// <exception cref="ArgumentException">An option is out of range, an observation is of an unknown target, every input is fixed, or the observations have no likelihood anywhere.</exception>
    public static ParameterCalibration Of(
        BayesianNetwork model, Observations observations, InputDistributions? inputs = null, CalibrationOptions? options = null, Device? device = null,
        IProcessGroup? group = null, CancellationToken cancellation = default) =>
        Of(Surrogate.Of(model, inputs ?? InputDistributions.OfTraining(model), device ?? DeviceCatalog.Default), observations, options ?? new CalibrationOptions(), group, cancellation);

    /// <summary>The inputs of the largest likelihood, without the posterior: seconds become tenths.</summary>
    /// <inheritdoc cref="Of(BayesianNetwork, Observations, InputDistributions?, CalibrationOptions?, Device?, IProcessGroup?, CancellationToken)"/>
    public static BestPoint FindBest(BayesianNetwork model, Observations observations, InputDistributions? inputs = null, int seed = 0, Device? device = null) =>
        new CalibrationProblem(
            Surrogate.Of(model, inputs ?? InputDistributions.OfTraining(model), device ?? DeviceCatalog.Default), observations, new CalibrationOptions { Seed = seed }).FindBest();

    internal static ParameterCalibration Of(
        Surrogate surrogate, Observations observations, CalibrationOptions options, IProcessGroup? group = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var problem = new CalibrationProblem(surrogate, observations, options);
        var sampler = new TemperedSampler(problem.Dimensions, problem.LogLikelihood);
        TemperedRun[] runs = group.Runs(
            Runs, k => sampler.Run(options.Draws, options.Seed, k, cancellation), run => run.Numbers(), numbers => TemperedRun.Of(numbers, options.Draws, problem.Dimensions));
        double[] evidence = [.. runs.Select(run => run.LogEvidence)];

        // Sweeps far enough apart to be worth keeping.
        int sweeps = runs[0].Sweeps.Count;
        double[,] own = Stacked([.. Enumerable.Range(1, KeptSweeps).SelectMany(k => runs.Select(run => run.Sweeps[(k * sweeps / KeptSweeps) - 1].Draws))]);
        double[,] cube = problem.Points(TemperedSampler.ToCube(own), out double[]? discrepancies);
        double[,] draws = surrogate.Inputs.At(cube);
        BestPoint best = problem.FindBest();
        PredictedObservation[] predicted = problem.Predict(cube, discrepancies, out double unsure);
        var result = new ParameterCalibration
        {
            Inputs = surrogate.Inputs,
            Observations = observations,
            Parameters = [.. problem.Free.Select((input, d) => Parameter(surrogate, runs, d, input, best.Inputs[input]))],
            Sorted = [.. surrogate.Inputs.Names.Select((_, i) => Column(draws, i).Order().ToArray())],
            Draws = draws,
            Correlation = CorrelationOf([.. problem.Free.Select(input => Column(draws, input))]),
            Predicted = predicted,
            LogEvidence = evidence.Max() + Math.Log(evidence.Average(one => Math.Exp(one - evidence.Max()))),
            LogEvidenceError = evidence.StandardDeviation() / Math.Sqrt(Runs),
            Best = best,
            ShareOutside = surrogate.ShareOutside(cube),
            PriorShareOutside = problem.PriorShareOutside,
            ShareUnsure = unsure,
            Discrepancy = discrepancies is null ? null : (discrepancies.Average(), discrepancies.StandardDeviation()),
            Acceptance = runs.Average(run => run.Acceptance),
        };
        return result with { Warnings = [.. problem.Warnings, .. CalibrationProblem.WarningsOf(result)] };
    }

    /// <summary>Mean, spread and diagnostics of one input over all sweeps of all runs.</summary>
    private static CalibratedParameter Parameter(Surrogate surrogate, TemperedRun[] runs, int dimension, int input, double best)
    {
        InputDistribution prior = surrogate.Inputs.Distributions[input];
        int sweeps = runs[0].Sweeps.Count, count = runs[0].Sweeps[0].Draws.GetLength(0), nearEnds = 0;

        // [run][sweep][draw].
        double[][][] values = [.. runs.Select(run => (double[][])[.. run.Sweeps.Select(sweep => Values(sweep.Draws))])];
        double[] all = [.. values.SelectMany(run => run.SelectMany(sweep => sweep))];
        (double mean, double deviation) = (all.Average(), all.StandardDeviation());

        // Each draw is a Markov chain of its own: how far the chains' means scatter says what they are worth together.
        double[] chains = [.. values.SelectMany(run => Enumerable.Range(0, count).Select(n => run.Average(sweep => sweep[n])))];
        double[] halves = [.. values.SelectMany(run => new[] { run.Take(sweeps / 2), run.Skip(sweeps / 2) }).Select(half => half.SelectMany(sweep => sweep).Average())];
        double own = deviation * deviation, ofChains = chains.Variance();
        double[] priorValues = [.. Enumerable.Range(0, CalibrationProblem.PriorPoints).Select(k => prior.Quantile((k + 0.5) / CalibrationProblem.PriorPoints))];
        double priorDeviation = priorValues.PopulationStandardDeviation();
        return new CalibratedParameter(
            surrogate.Inputs.Names[input], mean, deviation, priorDeviation, best, 1 - (own / (priorDeviation * priorDeviation)),
            own > 0 ? Math.Sqrt(1 + (halves.Variance() / own)) : 1, ofChains > 0 ? Math.Min(all.Length, chains.Length * own / ofChains) : 1, nearEnds / (double)all.Length);

        double[] Values(double[,] draws)
        {
            var result = new double[count];
            for (int n = 0; n < count; n++)
            {
                double probability = TemperedSampler.Probability(draws[n, dimension]);
                nearEnds += probability is < CalibrationProblem.End or > 1 - CalibrationProblem.End ? 1 : 0;
                result[n] = prior.Quantile(probability);
            }

            return result;
        }
    }

    private static double[,] CorrelationOf(double[][] columns)
    {
        var result = new double[columns.Length, columns.Length];
        for (int a = 0; a < columns.Length; a++)
        {
            for (int b = 0; b < columns.Length; b++)
            {
                result[a, b] = a == b ? 1 : MathNet.Numerics.Statistics.Correlation.Pearson(columns[a], columns[b]);
            }
        }

        return result;
    }

    private static double[] Column(double[,] values, int column) => [.. Enumerable.Range(0, values.GetLength(0)).Select(n => values[n, column])];

    /// <summary>Tables of the same width, one below the other.</summary>
    internal static double[,] Stacked(double[][,] parts)
    {
        int width = parts[0].GetLength(1), rows = parts.Sum(part => part.GetLength(0));
        var result = new double[rows, width];
        long at = 0;
        foreach (double[,] part in parts)
        {
            Array.Copy(part, 0, result, at, part.Length);
            at += part.Length;
        }

        return result;
    }
}
