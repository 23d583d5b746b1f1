namespace IlgpuBnn.Tests.Inference;

public sealed class InitialisationTests
{
    [Fact]
    public void A_particle_starts_in_the_same_place_whatever_the_number_of_particles_and_the_method()
    {
        (ParameterLayout layout, float[] four) = Draw(new Svgd { Particles = 4 }, inputs: 2);
        (_, float[] one) = Draw(new Deterministic(), inputs: 2);
        int weights = layout.Network.WeightCount;
        Assert.Equal(four[..weights], one[..weights]);
    }

    [Fact]
    public void Start_of_a_particle_is_pinned()
    {
        // From xoshiro256** and Marsaglia's polar method: another number here is another stream for every user.
        (ParameterLayout layout, float[] start) = Draw(new Svgd { Particles = 4 }, inputs: 2);
        Assert.Equal(0.0634073615f, start[0], 1e-6f);
        Assert.Equal(0.149526507f, start[layout.Stride], 1e-6f);
    }

    [Fact]
    public void Particles_from_the_prior_have_the_priors_moments()
    {
        const int Particles = 400;
        (ParameterLayout layout, float[] start) = Draw(new Svgd { Particles = Particles, Initialisation = Initialisation.Prior }, inputs: 3);
        double meanPrecision = 0, meanScaledSquare = 0;
        for (int s = 0; s < Particles; s++)
        {
            double lambda = Math.Exp(start[(s * layout.Stride) + layout.Shape.WeightPrecisionOffset]);
            meanPrecision += lambda / Particles;
            meanScaledSquare += lambda * Math.Pow(start[(s * layout.Stride) + 7], 2) / Particles;
        }

        // Gamma of shape 1 and rate 0.1: mean 10, standard error 0.5. lambda w^2: mean 1, standard error 0.07.
        Assert.InRange(meanPrecision, 8, 12);
        Assert.InRange(meanScaledSquare, 0.7, 1.3);
    }

    [Fact]
    public void Particles_that_start_as_Liu_and_Wangs_have_the_noise_of_their_residuals()
    {
        Dataset data = Runs.Smooth(50);
        var method = new Svgd { Particles = 200, Initialisation = Initialisation.LiuWang };
        (ParameterLayout layout, float[] start) = Draw(method, inputs: 2, skipConnection: true);
        double meanPrecision = Enumerable.Range(0, 200).Average(s => Math.Exp(start[(s * layout.Stride) + layout.Shape.WeightPrecisionOffset]));

        // A Gamma distribution of shape 1 and scale 0.1: mean 0.1, standard error 0.007.
        Assert.InRange(meanPrecision, 0.07, 0.13);

        method.Adjust(layout, start, DeviceCatalog.Default, data.Inputs, data.Targets);
        double[] theta = [.. start.AsSpan(layout.Stride, layout.Network.WeightCount).ToArray().Select(value => (double)value)];
        double[,] outputs = new ReferenceNetwork([2, 12, 2], ReferenceActivation.Silu, linearPath: true).Forward(theta, data.Inputs);
        double mean = Enumerable.Range(0, 50).Average(n => Math.Pow(data.Targets[n, 1] - outputs[n, 1], 2));
        Assert.Equal(-Math.Log(mean), start[layout.Stride + layout.Shape.NoiseIndex(1)], 1e-4);
    }

    private static (ParameterLayout Layout, float[] Start) Draw(InferenceMethod method, int inputs, bool skipConnection = false)
    {
        var options = new TrainingOptions { HiddenUnits = [12], SkipConnection = skipConnection, Method = method };
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(inputs, 2), training: true);
        return (layout, method.DrawAll(layout, seed: 3));
    }
}
