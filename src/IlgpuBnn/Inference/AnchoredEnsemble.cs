using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Inference;

/// <summary>
/// Every particle climbs a posterior of its own, from a prior centred at its own draw and with targets moved by its own draw of the noise
/// (randomised maximum a posteriori; Pearce et al. 2020): for a linear model an exact sample of the posterior. Each also leaves out one
/// fold of the rows, by which noise, spread and bounds are then calibrated, and which say how long to train.
/// </summary>
public sealed record AnchoredEnsemble : InferenceMethod
{
    /// <summary>S, the number of networks; 1 is the maximum a posteriori of one draw. Default 40.</summary>
    public override int Particles { get; init; } = 40;

    /// <summary>The prior, and the noise that particles are trained with.</summary>
    public AnchoredPrior Prior { get; init; } = new();

    /// <summary>
    /// Folds that rows are divided into; each particle leaves one out. 0 or 1 for none: noise and spread are then not
    /// calibrated. Default 10; fewer where there are fewer rows, or fewer than two particles for each.
    /// </summary>
    public int Folds { get; init; } = 10;

    /// <summary>Whether the predicted noise may grow or shrink with the predicted value, as out-of-fold rows show it. Default yes.</summary>
    public bool HeteroscedasticNoise { get; init; } = true;

    /// <summary>
    /// Whether a target's predictions may be found to end where its training rows do, as those of a quantity that cannot be negative. Default yes:
    /// out-of-fold rows decide.
    /// </summary>
    public bool OutputBounds { get; init; } = true;

    /// <summary>
    /// Whether a training that went on improving until its last budgets is followed by a second one with tanh in the last hidden layer, of which
    /// the out-of-fold CRPS selects the better. Default yes. There is no second training where the layers, the last activation or the number of
    /// iterations are given, the activation is tanh already, or there is no hidden layer.
    /// </summary>
    public bool SelectLastActivation { get; init; } = true;

    internal override double DefaultStepSize => 0.02;

    internal override float? NoiseLogPrecision => Prior.NoiseLogPrecision;

    internal override int WantedFolds => Folds;

    internal override int DefaultBatchSize(int rows) => rows <= 320 ? rows : 256;

    /// <remarks>
    /// Doubling, as long as out-of-fold rows grow likelier: how long a training should be differs more from table to table than any other setting.
    /// The first budget has 300 iterations; the last at most 4,800, or where that is more, as many as see every row 75 times.
    /// </remarks>
    internal override IReadOnlyList<int> DefaultBudgets(int rows, int batches)
    {
        int largest = Math.Max(4800, checked(75 * batches));
        return Data.Folds.CountFor(rows, Folds, Particles) == 0
            ? [largest / 4]
            : [.. Enumerable.Range(0, 31).Select(k => 300L << k).TakeWhile(end => end <= largest).Select(end => (int)end)];
    }

    internal override ParameterLayout LayoutOf(Network network, Likelihood likelihood, bool training) =>
        new(network, relevances: training ? network.Inputs : 0);

    internal override void Draw(ParameterLayout layout, Random random, Span<float> particle) => Prior.Draw(layout, random, particle);

    /// <summary>Each particle's own targets: moved by noise, and missing where the particle leaves a row out.</summary>
    internal override DeviceRows Upload(Device device, double[,] inputs, double[,] targets, Data.Folds folds, int seed)
    {
        bool missing = folds.Count > 0 || targets.Cast<double>().Any(double.IsNaN);
        DeviceRows rows = DeviceRows.UploadInputs(device, inputs, targets.GetLength(1), missing, Particles);
        var own = new double[targets.GetLength(0), targets.GetLength(1)];
        for (int s = 0; s < Particles; s++)
        {
            Random random = RandomStreams.Open(seed, RandomStreams.Purpose.TargetNoise, s);
            for (int n = 0; n < own.GetLength(0); n++)
            {
                for (int o = 0; o < own.GetLength(1); o++)
                {
                    double noise = Normal.Sample(random, 0, Prior.NoiseSd);
                    own[n, o] = folds.LeavesOut(s, n) ? double.NaN : targets[n, o] + noise;
                }
            }

            rows.UploadTargets(s, own);
        }

        return rows;
    }

    internal override PriorGradient GradientOfPrior(Device device, ParameterLayout layout, float[] initial) => new AnchoredTerm(device, Prior, layout, [.. initial]);

    internal override float[] Finish(ParameterLayout training, ParameterLayout model, float[] particles) => AnchoredTerm.Fold(training, model, particles);

    internal override float[] GoOnFrom(ParameterLayout training, ParameterLayout model, float[] drawn, float[] trained) =>
        AnchoredTerm.Unfold(training, model, drawn, trained);

    internal override IEnumerable<string> Problems(int iterations) =>
        [.. base.Problems(iterations), .. Prior.Problems(), .. Folds < 0 ? [$"Folds is {Folds}; it must be at least 0."] : Array.Empty<string>()];
}
