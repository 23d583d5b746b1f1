using IlgpuBnn;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Prediction;
using IlgpuBnn.Priors;
using IlgpuBnn.Training;

namespace KuramotoSivashinsky;

/// <summary>The change over one interval, learnt: a periodic stencil around each point, and one network for all points.</summary>
internal static class Emulator
{
    /// <param name="reach">Points of the stencil to either side.</param>
    /// <param name="units">Of each of the two layers behind it.</param>
    public static string Network(int reach, int units) =>
        $"field(1,{Simulation.Points}) conv1d({units},{(2 * reach) + 1},periodic,silu) conv1d({units},1,silu) conv1d(1,1,identity) field(1,{Simulation.Points})";

    public static BayesianNetwork Fit(Dataset pairs, EmulatorSettings settings) => BayesianNetwork.Fit(pairs, new TrainingOptions
    {
        Layers = NetworkDescription.Parse(Network(settings.Reach, settings.Units)),

        // Changes are exact: the noise is what the network cannot represent. No calibration: intervals are of where networks go, not of one step's error.
        Method = new AnchoredEnsemble { Particles = settings.Particles, Folds = 0, Prior = new AnchoredPrior(settings.WeightScale, NoiseSd: settings.NoiseSd) },
        MaxIterations = settings.Iterations,
        BatchSize = settings.BatchSize,
        Adam = new AdamOptions(settings.StepSize, DecayFraction: settings.Decay),
        EvaluationInterval = 500,
        Seed = settings.Seed,
    });

    // A network that is so far outside never comes back, and soon has no number any more: it stays there.
    private const double Lost = 1e6;

    /// <summary>Each network from the same state on by itself, without noise; one whose field passes 1e6 stays as it is then.</summary>
    /// <param name="starts">[start][x].</param>
    /// <returns>[start][network][interval 0 to count][x].</returns>
    public static double[][][][] RollOut(BayesianNetwork model, double[][] starts, int count)
    {
        double[][][][] result = [.. starts.Select(_ => new double[model.ParticleCount][][])];
        Parallel.For(0, model.ParticleCount, s =>
        {
            using Predictor predictor = model.CreatePredictor(s);
            for (int n = 0; n < starts.Length; n++)
            {
                result[n][s] = RollOut(predictor, starts[n], count);
            }
        });
        return result;
    }

    private static double[][] RollOut(Predictor predictor, double[] start, int count)
    {
        var states = new double[count + 1][];
        states[0] = [.. start];
        for (int k = 1; k <= count; k++)
        {
            states[k] = [.. states[k - 1]];
            if (states[k].Max(Math.Abs) > Lost)
            {
                continue;
            }

            ReadOnlySpan<double> change = predictor.Predict(states[k]).Mean;
            for (int x = 0; x < start.Length; x++)
            {
                states[k][x] += change[x];
            }
        }

        return states;
    }
}

/// <summary>What is learnt from, by what, and for how long.</summary>
internal sealed record EmulatorSettings
{
    public int Particles { get; init; } = 8;

    public int Reach { get; init; } = 9;

    public int Units { get; init; } = 48;

    public int Iterations { get; init; } = 120_000;

    public int BatchSize { get; init; } = 64;

    public double StepSize { get; init; } = 0.01;

    public double Decay { get; init; } = 1;

    public double NoiseSd { get; init; } = 0.0005;

    public double WeightScale { get; init; } = 1.3;

    public int Seed { get; init; }
}
