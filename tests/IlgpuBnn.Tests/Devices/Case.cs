namespace IlgpuBnn.Tests.Devices;

/// <summary>One network with data and particles, for the library and for the oracle alike.</summary>
internal sealed class Case
{
    public Case(TrainingOptions options, int inputs, int outputs, int rows, int seed = 1, double missingFraction = 0.2, double particleScale = 0.6)
    {
        Options = options;
        var random = new Random(seed);
        Inputs = Fill(rows, inputs, _ => Gaussian(random));
        Targets = Fill(rows, outputs, _ => random.NextDouble() < missingFraction ? double.NaN : Gaussian(random));
        IReadOnlyList<string> names = new Dataset(Inputs, Targets).TargetNames;
        int[] apart = [.. Enumerable.Range(0, outputs).Where(o => options.ApartTargets?.Contains(names[o]) == true)];
        Layout = options.LayoutOf(options.BuildNetwork(inputs, names), training: true);
        Weighed = apart.Length > 0 ? BranchCase.Weighed(options.HiddenUnits, inputs, apart) : null;
        HierarchicalPrior prior = (options.Method as HierarchicalMethod)?.Prior ?? new();
        Posterior = new ReferencePosterior(
            apart.Length > 0 ? BranchCase.NetworkOf(options.HiddenLayers, inputs, outputs, apart) : NetworkOf(options.HiddenLayers, inputs, outputs), options.UsedLikelihood.NoisePrecisions(outputs) == 1, prior.WeightPrecision == WeightPrecision.Shared)
        {
            WeightPrecisionShape = prior.WeightShape,
            WeightPrecisionRate = prior.WeightRate,
            NoisePrecisionShape = prior.NoiseShape,
            NoisePrecisionRate = prior.NoiseRate,
            DegreesOfFreedom = (options.UsedLikelihood as StudentTLikelihood)?.DegreesOfFreedom ?? double.PositiveInfinity,
            Classes = options.UsedLikelihood switch
            {
                BernoulliLikelihood => ReferenceClasses.Bernoulli,
                CategoricalLikelihood => ReferenceClasses.Categorical,
                _ => ReferenceClasses.None,
            },
            SquaredErrorOnly = !options.UsedLikelihood.IsDistribution,
        };
        Particles = [.. Enumerable.Range(0, options.Method.Particles).Select(_ => Vector(random, Posterior.ParticleLength, particleScale))];
    }

    /// <summary>A network for tests that need no other: groups of threads that OpenCL's drivers compile for are then few.</summary>
    public static Case Common(TrainingOptions options) => new(options with { HiddenUnits = [9, 6], SkipConnection = true }, 4, 3, 37);

    public TrainingOptions Options { get; }

    public double[,] Inputs { get; }

    public double[,] Targets { get; }

    public ParameterLayout Layout { get; }

    public ReferencePosterior Posterior { get; }

    /// <summary>Weights with relevances, where these are not those of a dense first layer.</summary>
    public IReadOnlyList<(int Weight, int Relevance)>? Weighed { get; }

    /// <summary>[particle][parameter] as the oracle has them, representable as floats.</summary>
    public double[][] Particles { get; }

    public int Rows => Inputs.GetLength(0);

    public DeviceRows Upload(Device device) => DeviceRows.Upload(device, Inputs, Targets);

    /// <summary>[S, stride].</summary>
    public float[] Packed() => Packed(Particles);

    /// <summary>[S, stride] of particles [particle][parameter] that end with the oracle's frequencies, if there are any.</summary>
    public float[] Packed(double[][] particles)
    {
        float[] packed = Pack([.. particles.Select(Own)], Layout.Stride);
        if (Layout.Network.FrozenBlocks is not [var frequency, var phase])
        {
            return packed;
        }

        int count = phase.Count / 2;
        for (int s = 0; s < particles.Length; s++)
        {
            double[] own = particles[s][^(count * frequency.Shape[0])..];
            Span<float> to = packed.AsSpan(s * Layout.Stride, Layout.Stride);
            for (int k = 0; k < own.Length; k++)
            {
                int at = frequency.Offset + (k / count * phase.Count) + (k % count);
                to[at] = to[at + count] = (float)own[k];
            }

            to.Slice(phase.Offset, count).Fill(MathF.PI / 2);
        }

        return packed;
    }

    /// <summary>What the library has of a particle of the oracle: no precisions where the likelihood or the prior has none.</summary>
    public double[] Own(double[] particle) => particle[..Layout.ParameterCount];

    public LogPosterior Target(Device device, int batchRows, int? particles = null) => new(
        device, Layout, Options.UsedLikelihood, Options.Method.GradientOfPrior(device, Layout, Packed()), Options.Method.NoiseLogPrecision,
        particles ?? Particles.Length, batchRows);

    public ISampler Start(Device device, int batchRows) => Options.Method.Start(Target(device, batchRows), device, Packed(), Options.Adam);

    public ReferenceSvgd Reference()
    {
        Func<double[,], double>? bandwidth = Options.Method is not Svgd svgd ? null
            : svgd.Bandwidth == BandwidthRule.LiuWang ? ReferenceStein.LiuWangBandwidth
            : ReferenceStein.MedianBandwidth;
        return new ReferenceSvgd(Posterior, new ReferenceAdam(Particles.Length, Posterior.TrainedLength, StepSize), bandwidth);
    }

    public double StepSize => Options.Adam.StepSizeFor(Options.Method);

    /// <summary>All of a table's rows as the only batch.</summary>
    public static Batch All(DeviceRows rows, double scale = 1) => new(rows, new RowRange(0, rows.Stride), scale);

    /// <summary>[particle][parameter] to [S, stride] of a device.</summary>
    public static DeviceBuffer Upload(Device device, double[][] particles)
    {
        float[] packed = Pack(particles, Alignment.Pad(particles[0].Length));
        DeviceBuffer buffer = device.Allocate(packed.Length);
        buffer.Upload(packed);
        return buffer;
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

    public static double[][] Vectors(Random random, int count, int length, double scale) =>
        [.. Enumerable.Range(0, count).Select(_ => Vector(random, length, scale))];

    private static ReferenceNetwork NetworkOf(IReadOnlyList<Layer> layers, int inputs, int outputs)
    {
        if (layers is [FieldLayer field, ..])
        {
            return FieldCase.NetworkOf(field, layers, outputs);
        }

        Dense[] dense = [.. layers.Select(layer => layer is Sine sine ? new Dense(sine.Units, Activation.Sin) : layer).OfType<Dense>()];
        var readsInputs = new bool[dense.Length + 1];
        int before = 0;
        foreach (Layer layer in layers)
        {
            before += layer is Dense or Sine ? 1 : 0;
            readsInputs[before] = layer is SkipConnection;
        }

        return new ReferenceNetwork(
            [inputs, .. dense.Select(layer => layer.Units), outputs], [.. dense.Select(layer => (ReferenceActivation)layer.Activation)], readsInputs,
            layers.OfType<FourierFeatures>().FirstOrDefault()?.Frequencies ?? 0, layers.OfType<Sine>().FirstOrDefault()?.Kappa ?? 1);
    }

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
