using System.Runtime.Intrinsics;
using IlgpuBnn.Devices.Simd;

namespace IlgpuBnn.Tests.Networks;

/// <summary>Networks learn slow tones first; Fourier features and scaled sines learn fast ones too (docs/maths.md, "Networks").</summary>
public sealed class SpectralBiasTests
{
    private const int Rows = 256;
    private const int Steps = 1000;

    // On [-1, 1): half periods, amplitudes, phases.
    private static readonly (int Tone, double Amplitude, double Phase)[] _tones = [(1, 1, 0), (5, 0.5, 0.3), (15, 0.5, 0.7), (40, 0.5, 1.1)];

    [Fact]
    public void Tones_are_learnt_in_the_order_of_their_frequency()
    {
        double[] errors = ErrorsAfter(new Dense(50, Activation.Tanh));
        Assert.InRange(errors[0], 0, 0.1);
        Assert.InRange(errors[1], 5 * errors[0], double.PositiveInfinity);
        Assert.InRange(errors[3], 0.5, double.PositiveInfinity);
    }

    [Fact]
    public void Fourier_features_learn_them_all() => Assert.All(ErrorsAfter(new FourierFeatures(25, 5)), error => Assert.InRange(error, 0, 0.01));

    [Fact]
    public void A_layer_of_scaled_sines_learns_them_all() => Assert.All(ErrorsAfter(new Sine(50, 125)), error => Assert.InRange(error, 0, 0.03));

    /// <summary>Relative error of each tone after full-batch steps of 0.001 with a hidden layer of 50 tanh units behind a first one.</summary>
    private static double[] ErrorsAfter(Layer first)
    {
        var options = new TrainingOptions { Layers = [first, new Dense(50, Activation.Tanh)], Method = new Deterministic() };
        using var device = new SimdDevice<Simd256, Vector256<float>>(new("cpu", "under test", "test", 1, 0));
        double[,] x = new double[Rows, 1], y = new double[Rows, 1];
        for (int n = 0; n < Rows; n++)
        {
            x[n, 0] = (2.0 * n / Rows) - 1;
            y[n, 0] = _tones.Sum(own => own.Amplitude * Math.Sin((Math.PI * own.Tone * x[n, 0]) + own.Phase));
        }

        using DeviceRows rows = DeviceRows.Upload(device, x, y);
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(1, 1), training: true);
        var target = new LogPosterior(device, layout, options.UsedLikelihood, options.Method.GradientOfPrior(device, layout, []), null, 1, Rows);
        using ISampler sampler = options.Method.Start(target, device, options.Method.DrawAll(layout, seed: 1), options.Adam);
        for (int step = 0; step < Steps; step++)
        {
            sampler.Step(new Batch(rows, new RowRange(0, rows.Stride), 1), 0.001, 1);
        }

        using var outputs = new EnsembleOutputs(device, layout, sampler.Particles, 1, Rows);
        outputs.Compute(rows);
        float[] fitted = outputs.Of(0, 0)[..Rows].ToArray();
        return [.. _tones.Select(own => Amplitude(own.Tone, n => y[n, 0] - fitted[n]) / own.Amplitude)];
    }

    private static double Amplitude(int tone, Func<int, double> values)
    {
        System.Numerics.Complex sum = Enumerable.Range(0, Rows).Aggregate(
            System.Numerics.Complex.Zero, (total, n) => total + (values(n) * System.Numerics.Complex.FromPolarCoordinates(1, -2 * Math.PI * tone * n / Rows)));
        return 2 * sum.Magnitude / Rows;
    }
}
