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

    [Fact]
    public void Particles_have_the_relevances_of_their_fold_in_turn()
    {
        var prior = new AnchoredPrior(RelevanceSd: 1e-3) { Relevances = [[-1, -2, -3], [-4, -5, -6]] };
        var options = new TrainingOptions { HiddenUnits = [3], Method = new AnchoredEnsemble { Particles = 4, Prior = prior } };
        ParameterLayout layout = options.LayoutOf(options.BuildNetwork(3, 1), training: true);
        float[] start = options.Method.DrawAll(layout, seed: 0);
        int at = layout.Block(ParameterRole.Relevance)!.Offset;
        for (int s = 0; s < 4; s++)
        {
            Assert.Equal(prior.Relevances[s % 2], start.Skip((s * layout.Stride) + at).Take(3).Select(own => Math.Round(own, 1)));
        }
    }

    [Fact]
    public void Relevances_that_fit_no_table_are_refused()
    {
        (double[][] Given, string Message)[] wrong =
        [
            ([], "Relevances has an empty list. Leave it out."), ([[]], "Relevances has an empty list"), ([[1, 2], [1]], "Relevances has lists of different lengths"),
            ([[double.NaN]], "Relevances are means of logarithms, from -20 to 20."), ([[21]], "Relevances are means of logarithms"),
            ([[0, 0, 0]], "Relevances has 3 numbers, and the network has 2 relevances. Leave it out."),
        ];
        foreach ((double[][] given, string message) in wrong)
        {
            var options = new TrainingOptions { HiddenUnits = [2], MaxIterations = 1, Method = new AnchoredEnsemble { Particles = 4, Prior = new AnchoredPrior { Relevances = given } } };
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => BayesianNetwork.Fit(Runs.Smooth(20), options)).Message, StringComparison.Ordinal);
        }
    }
}
