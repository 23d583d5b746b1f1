namespace IlgpuBnn.Tests.Priors;

public sealed class AnchoredPriorTests
{
    [Fact]
    public void Particles_start_at_draws_from_the_prior()
    {
        var prior = new AnchoredPrior(1.5, 0.8, 0.1);
        var options = new TrainingOptions { HiddenUnits = [3, 4], SkipConnection = true, Method = new AnchoredEnsemble { Particles = 2000, Prior = prior } };
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(9, 2), training: true);
        float[] start = options.Method.DrawAll(layout, seed: 0);
        double[] deviations = prior.Moments(layout).StandardDeviation;
        int OffsetOf(string name) => layout.Blocks.Single(block => block.Name == name).Offset;

        // First weights and biases; second; those from hidden units, those from the inputs, and the biases of the last layer; log relevances.
        (int At, double Mean, double Deviation)[] expected =
        [
            (OffsetOf("layers.0.weight"), 0, 0.5), (OffsetOf("layers.0.bias"), 0, 1.5), (OffsetOf("layers.1.weight") + 11, 0, 1.5 / Math.Sqrt(3)),
            (OffsetOf("layers.1.bias"), 0, 0.75), (OffsetOf("layers.3.weight") + 7, 0, 0.75), (OffsetOf("layers.3.skip_weight"), 0, 1.0 / 3),
            (OffsetOf("layers.3.bias") + 1, 0, 0.75), (OffsetOf("log_relevance") + 8, -0.5 * Math.Log(9), 0.8),
        ];
        foreach ((int at, double mean, double deviation) in expected)
        {
            double[] draws = [.. Enumerable.Range(0, 2000).Select(s => (double)start[(s * layout.Stride) + at])];
            double found = draws.Average();
            Assert.InRange((found - mean) / deviation, -0.09, 0.09);
            Assert.InRange(Math.Sqrt(draws.Average(x => (x - found) * (x - found))) / deviation, 0.94, 1.06);
            Assert.Equal(deviation, deviations[at], 1e-12);
        }

        // The noise is given: no particle has one.
        Assert.Equal(layout.ParameterCount, layout.Block(ParameterRole.Relevance)!.End);
        Assert.Null(layout.Block(ParameterRole.NoisePrecision));
        Assert.Equal(-2 * Math.Log(0.1), options.Method.NoiseLogPrecision!.Value, 1e-6);
    }
}
