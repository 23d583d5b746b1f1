using System.Text.Json.Serialization;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Inference;

/// <summary>
/// Randomised maximum a posteriori (Pearce et al. 2020): each particle has a prior centred at its own draw, and targets perturbed by its own draw of
/// the noise; for a linear model an exact posterior sample. Where targets are classes, its rows have its own random weights instead. Each is trained without one fold of the rows, on which noise, epistemic scale, bounds
/// and the length of training are then chosen.
/// </summary>
public sealed record AnchoredEnsemble : InferenceMethod
{
    /// <summary>S, the number of networks. Default 40.</summary>
    public override int Particles { get; init; } = 40;

    /// <summary>The prior, and the noise in training.</summary>
    public AnchoredPrior Prior { get; init; } = new();

    /// <summary>
    /// Cross-validation folds; each particle is trained without one. 0 or 1 for none: noise and epistemic scale are then not calibrated. Default 10;
    /// fewer if there are fewer rows, or fewer than two particles per fold.
    /// </summary>
    public int Folds { get; init; } = 10;

    /// <summary>Whether the noise may vary with the predicted value, as fitted to out-of-fold rows. Default yes.</summary>
    public bool HeteroscedasticNoise { get; init; } = true;

    /// <summary>
    /// Whether networks' outputs may be clamped to the range of the training targets, as for a quantity that cannot be negative; decided per target on
    /// out-of-fold rows. Default yes.
    /// </summary>
    public bool OutputBounds { get; init; } = true;

    /// <summary>Whether predictions may be drawn to the training rows' mean, where out-of-fold rows are predicted better so. Default yes.</summary>
    public bool Shrinkage { get; init; } = true;

    /// <summary>
    /// Whether a training that improved until its last budgets is followed by that of a candidate with tanh in the last hidden layer; the out-of-fold
    /// CRPS selects. Default yes. Where the output layer is solved for, tanh it is from 75 rows on, without a candidate. Neither if the layers, the last activation or the number of iterations are given, the
    /// activation is tanh already, or there is no hidden layer.
    /// </summary>
    public bool SelectLastActivation { get; init; } = true;

    /// <summary>
    /// Whether a training whose out-of-fold rows are predicted badly, with errors of half a standard deviation or so, is followed by one with smaller weights and more noise
    /// (<see cref="AnchoredPrior.WeightScale"/> 0.5, <see cref="AnchoredPrior.NoiseSd"/> 0.45); the out-of-fold CRPS selects. And whether, where the output layer is solved for, short
    /// trainings may choose less noise (0.003) and units that do not saturate, for outputs that are smooth. Default yes. Not done if the prior is another than the default's, or
    /// the number of iterations is given.
    /// </summary>
    public bool SelectPrior { get; init; } = true;

    /// <summary>
    /// Whether the prior may say which inputs matter, as the evidence of wide networks has it, which are not trained (<see cref="AnchoredPrior.Relevances"/>); out-of-fold rows
    /// of short trainings choose between that and inputs that are all alike. Default yes. Not done if the prior is another than the default's.
    /// </summary>
    public bool SelectRelevances { get; init; } = true;

    /// <summary>
    /// Whether the output layer's weights are solved for in every iteration, given all others, instead of being trained (variable projection, Golub and Pereyra 1973): an
    /// eighth of the iterations or less then go as far. Of all rows at once, Gaussian noise, rows that have all targets, and a dense output layer of at most 256 inputs. Null
    /// (default) for where it pays: from 4 rows for each of these inputs and each column (or 200 rows), to 2,000 rows; dense hidden layers for all targets, from 200 rows if their units
    /// are given; and neither batches, step size nor iterations given; a default prior then has <see cref="AnchoredPrior.NoiseSd"/> 0.01.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? SolveOutputLayer { get; init; }

    internal override double DefaultStepSize => SolveOutputLayer == true ? 0.07 : 0.02;

    internal override double DefaultDescentStep => 0.04 * Prior.NoiseSd * Prior.NoiseSd;

    internal override float? NoiseLogPrecision => Prior.NoiseLogPrecision;

    internal override int WantedFolds => Folds;

    internal override int DefaultBatchSize(int rows) => rows <= 320 || SolveOutputLayer == true ? rows : 256;

    /// <remarks>
    /// Doubling from 300 to 4,800 iterations or 75 epochs, or where output layers are solved for from 19 to 608: the best length differs more between tables than any
    /// other setting.
    /// </remarks>
    internal override IReadOnlyList<int> DefaultBudgets(int rows, int batches)
    {
        (int smallest, int largest) = SolveOutputLayer == true ? (19, 608) : (300, Math.Max(4800, checked(75 * batches)));
        return Data.Folds.CountFor(rows, Folds, Particles) == 0
            ? [largest / 4]
            : [.. Enumerable.Range(0, 31).Select(k => (long)smallest << k).TakeWhile(end => end <= largest).Select(end => (int)end)];
    }

    /// <remarks>
    /// A first layer of convolutions has none: its weights are shared by all positions, and what matters of a channel they say themselves.
    /// Frequencies that are never trained have no relevances: at a frequency of kappa, a step of 0.02 in a log relevance turns features by 2 pi kappa 0.02 radians.
    /// </remarks>
    internal override ParameterLayout LayoutOf(Network network, Likelihood likelihood, bool training) =>
        new(network, relevances: training ? network.InputWeights.Sum(own => own.Relevances) : 0);

    internal override void Draw(ParameterLayout layout, int index, Random random, Span<float> particle) => Prior.Draw(layout, index, random, particle);

    /// <summary>Each particle has its own targets: perturbed by noise or, where they are classes, rows of a weight of its own; and missing in its fold.</summary>
    internal override DeviceRows Upload(
        Device device, Likelihood likelihood, double[,] inputs, double[,] targets, Data.Folds folds, int seed, IReadOnlyList<double[,]>? targetsOfFolds = null,
        ParticleShare? share = null, CancellationToken cancellation = default)
    {
        ParticleShare shared = share ?? ParticleShare.Whole;
        int count = shared.CountOf(Particles);
        bool missing = folds.Count > 0 || targets.Cast<double>().Any(double.IsNaN);
        DeviceRows rows = DeviceRows.UploadInputs(device, inputs, targets.GetLength(1), missing, count);
        var own = new double[targets.GetLength(0), targets.GetLength(1)];
        for (int k = 0; k < count; k++)
        {
            int s = shared.Particle(k);
            if (cancellation.IsCancellationRequested)
            {
                rows.Dispose();
                cancellation.ThrowIfCancellationRequested();
            }

            Random random = RandomStreams.Open(seed, RandomStreams.Purpose.TargetNoise, s);
            double[,] exact = targetsOfFolds?[folds.LeftOutBy(s)] ?? targets;
            for (int n = 0; n < own.GetLength(0); n++)
            {
                double weight = likelihood.IsOfClasses ? Exponential.Sample(random, 1) : 1;
                for (int o = 0; o < own.GetLength(1); o++)
                {
                    double noise = likelihood.IsOfClasses ? 0 : Normal.Sample(random, 0, Prior.NoiseSd);
                    own[n, o] = folds.LeavesOut(s, n) ? double.NaN : (weight * exact[n, o]) + noise;
                }
            }

            rows.UploadTargets(k, own);
        }

        return rows;
    }

    internal override PriorGradient GradientOfPrior(Device device, ParameterLayout layout, float[] initial) => new AnchoredTerm(device, Prior, layout, initial);

    internal override OutputSystem? SolvedOutputs(Network network) => SolveOutputLayer == true ? network.SolvableOutputs : null;

    internal override float[] Finish(ParameterLayout training, ParameterLayout model, float[] particles) => AnchoredTerm.Fold(training, model, particles);

    internal override float[] GoOnFrom(ParameterLayout training, ParameterLayout model, float[] drawn, float[] trained) =>
        AnchoredTerm.Unfold(training, model, drawn, trained);

    internal override IEnumerable<string> Problems(int iterations) =>
        [.. base.Problems(iterations), .. Prior.Problems(), .. Folds < 0 ? [$"Folds is {Folds}; it must be at least 0."] : Array.Empty<string>()];
}
