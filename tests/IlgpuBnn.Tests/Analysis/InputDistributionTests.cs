using IlgpuBnn.Analysis;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Analysis;

public sealed class InputDistributionTests : IDisposable
{
    private static readonly BayesianNetwork _model = BayesianNetwork.Fit(
        Runs.Smooth(40), new TrainingOptions { HiddenUnits = [3], Method = new AnchoredEnsemble { Particles = 4 }, MaxIterations = 20 });

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Quantiles_are_those_of_the_distributions()
    {
        Assert.Equal(3, new Uniform(2, 6).Quantile(0.25));
        Assert.Equal(10, new LogUniform(1, 100).Quantile(0.5), 1e-12);
        Assert.Equal(1, new IlgpuBnn.Analysis.Triangular(0, 1, 2).Quantile(0.5), 1e-12);
        Assert.Equal(1 + (2 * 1.959963984540054), new Gaussian(1, 2).Quantile(0.975), 1e-9);
        Assert.Equal(7 * Math.Exp(1.959963984540054 / 2), new IlgpuBnn.Analysis.LogNormal(7, 0.5).Quantile(0.975), 1e-9);
        Assert.Equal(5, new Fixed(5).Quantile(0.1));
        Assert.Equal([1, 1, 2, 3], new[] { 0.01, 0.3, 0.5, 0.99 }.Select(new Choice([1, 2, 3]).Quantile));
    }

    [Fact]
    public void Truncated_distributions_have_their_shape_between_the_limits_even_in_a_tail()
    {
        // P(8 < z < 9) is 6e-16: 1 - P would round to nothing.
        foreach ((double low, double high) in new[] { (-1.0, 2.0), (8, 9), (-9, -8), (3, double.PositiveInfinity) })
        {
            var own = new Gaussian(0, 1, low, high);
            Func<double, double> cdf = low > 0 ? x => 1 - (Normal.CDF(0, 1, -x) / Normal.CDF(0, 1, -low)) : x => Normal.CDF(0, 1, x);
            double[] values = [.. new[] { 0.001, 0.5, 0.999 }.Select(own.Quantile)];
            Assert.All(values, value => Assert.InRange(value, low, high));
            Assert.True(values[0] < values[1] && values[1] < values[2]);
        }

        Assert.Equal(8.0855, new Gaussian(0, 1, 8, 9).Quantile(0.5), 1e-3);
        Assert.InRange(new IlgpuBnn.Analysis.LogNormal(1, 1, 2, 3).Quantile(0.999), 2.99, 3);
    }

    [Fact]
    public void A_file_names_some_inputs_and_the_others_are_as_in_training()
    {
        string path = _folder.Write("priors.csv", "input,distribution,low,high,mean,sd\nx1,normal,,,0.5,0.1\n");
        InputDistributions read = InputDistributions.ReadCsv(path, _model);
        int named = _model.InputNames.ToList().IndexOf("x1");
        Assert.Equal(new Gaussian(0.5, 0.1), read.Distributions[named]);
        Assert.Equal(new Uniform(_model.InputRange.Smallest[1 - named], _model.InputRange.Largest[1 - named]), read.Distributions[1 - named]);
    }

    [Fact]
    public void A_category_of_texts_is_described_by_them()
    {
        string path = _folder.Write("runs.csv", "soil,x,y\n" + string.Concat(Enumerable.Range(0, 20).Select(n => $"{(n % 2 == 0 ? "clay" : "sand")},{n},{n * n}\n")));
        BayesianNetwork model = BayesianNetwork.Fit(
            Dataset.ReadCsv(path, ["y"]), new TrainingOptions { HiddenUnits = [3], Method = new AnchoredEnsemble { Particles = 4 }, MaxIterations = 20 });
        InputDistributions inputs = InputDistributions.OfTraining(model);
        Assert.Equal(["one of clay, sand", "uniform from 0 to 19"], inputs.Distributions.Select(own => own.Describe()));
        Assert.Equal(2, SensitivityAnalysis.Of(model, inputs, new SensitivityOptions { BasePoints = 1024 }).FactorNames.Count);
    }

    [Theory]
    [InlineData("input,distribution,low\nx1,uniform,1\n", "row 2, column \"high\": a uniform distribution needs it.")]
    [InlineData("input,distribution,low,high\nx1,uniform,1,abc\n", "\"abc\" is not a number.")]
    [InlineData("input,distribution,low,high\nx1,unifrom,1,2\n", "\"unifrom\" is none of uniform")]
    [InlineData("input,distribution,low,high\nx1,uniform,2,1\n", "the uniform distribution of \"x1\": low must be below high")]
    [InlineData("input,distribution,low,high\nx9,uniform,1,2\n", "\"x9\" is no input of the model")]
    [InlineData("input,distribution,low,high\nx1,uniform,1,2\nx1,uniform,1,2\n", "has a distribution already")]
    [InlineData("name,distribution,low,high\nx1,uniform,1,2\n", "A file of distributions has input and distribution")]
    [InlineData("input,distribution,mean,sd\nx1,normal,0,-1\n", "sd above 0")]
    [InlineData("input,distribution,mean,sd,low,high\nx1,normal,0,1,90,91\n", "far out in one tail")]
    public void What_makes_no_sense_is_told_by_row(string text, string message) => Assert.Contains(
        message, Assert.Throws<DataException>(() => InputDistributions.ReadCsv(_folder.Write("priors.csv", text), _model)).Message);

    public void Dispose() => _folder.Dispose();
}
