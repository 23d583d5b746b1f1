using IlgpuBnn.Devices;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Reference;

namespace IlgpuBnn.Tests.Devices;

/// <summary>One network with data and particles, for the library and for the oracle alike.</summary>
internal sealed class Case
{
    public Case(TrainingOptions options, int inputs, int outputs, int rows, int seed = 1, double missingShare = 0.2, double particleScale = 0.6)
    {
        Options = options;
        var random = new Random(seed);
        Inputs = Fill(rows, inputs, _ => Gaussian(random));
        Targets = Fill(rows, outputs, _ => random.NextDouble() < missingShare ? double.NaN : Gaussian(random));
        Layout = BayesianNetwork.LayoutOf(options, inputs, outputs);
        var network = new ReferenceNetwork(
            [inputs, .. options.Hidden, outputs], (ReferenceActivation)options.Activation, options.LinearPath, (ReferenceActivation?)options.LastActivation);
        Posterior = new ReferencePosterior(network, options.Noise == NoisePrecision.Shared, options.WeightPrecision == WeightPrecision.Shared)
        {
            WeightPrecisionShape = options.Priors.WeightShape,
            WeightPrecisionRate = options.Priors.WeightRate,
            NoisePrecisionShape = options.Priors.NoiseShape,
            NoisePrecisionRate = options.Priors.NoiseRate,
            DegreesOfFreedom = options.DegreesOfFreedom ?? double.PositiveInfinity,
            SquaredErrorOnly = options.Method == InferenceMethod.Deterministic,
        };
        Particles = [.. Enumerable.Range(0, options.Particles).Select(_ => Vector(random, Posterior.ParticleLength, particleScale))];
        if (Posterior.SquaredErrorOnly)
        {
            // The precisions of a deterministic network are 1.
            Array.ForEach(Particles, theta => theta.AsSpan(network.ParameterCount).Clear());
        }
    }

    public TrainingOptions Options { get; }

    public double[,] Inputs { get; }

    public double[,] Targets { get; }

    public ParameterLayout Layout { get; }

    public ReferencePosterior Posterior { get; }

    /// <summary>[particle][parameter], representable as floats.</summary>
    public double[][] Particles { get; }

    public int Rows => Inputs.GetLength(0);

    public DeviceRows Upload(Device device) => DeviceRows.Upload(device, Inputs, Targets);

    /// <summary>[S, stride].</summary>
    public float[] Packed() => Pack(Particles, Layout.Stride);

    public ReferenceSvgd Reference()
    {
        Func<double[,], double>? bandwidth = Options.Method != InferenceMethod.Svgd ? null
            : Options.Bandwidth == BandwidthRule.LiuWang ? ReferenceStein.LiuWangBandwidth
            : ReferenceStein.MedianBandwidth;
        return new ReferenceSvgd(Posterior, new ReferenceAdam(Particles.Length, Posterior.ParticleLength, Options.Adam.StepSizeFor(Options.Method)), bandwidth);
    }

    public static float[] Pack(double[][] particles, int stride)
    {
        var packed = new float[particles.Length * stride];
        for (int s = 0; s < particles.Length; s++)
        {
            for (int p = 0; p < particles[s].Length; p++)
            {
                packed[(s * stride) + p] = (float)particles[s][p];
            }
        }

        return packed;
    }

    public static double[][] Unpack(float[] packed, int parameters, int stride) =>
    [
        .. Enumerable.Range(0, packed.Length / stride).Select(s => packed.AsSpan(s * stride, parameters).ToArray().Select(v => (double)v).ToArray()),
    ];

    public static double Gaussian(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    public static double[] Vector(Random random, int length, double scale) =>
        [.. Enumerable.Range(0, length).Select(_ => (double)(float)(scale * Gaussian(random)))];

    private static double[,] Fill(int rows, int columns, Func<int, double> draw)
    {
        var values = new double[rows, columns];
        for (int n = 0; n < rows; n++)
        {
            for (int c = 0; c < columns; c++)
            {
                values[n, c] = draw(n);
            }
        }

        return values;
    }
}
