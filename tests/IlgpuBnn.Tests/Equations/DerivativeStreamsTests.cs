using IlgpuBnn.Equations;

namespace IlgpuBnn.Tests.Equations;

public sealed class DerivativeStreamsTests
{
    private const double Step = 1e-5;
    private static readonly StreamPlan _all = new([0, 1], [(0, 0), (0, 1), (1, 1)]);

    [Theory]
    [InlineData("tanh", Activation.Tanh)]
    [InlineData("sin", Activation.Sin)]
    [InlineData("silu", Activation.Silu)]
    public void Streams_and_their_gradient_are_those_of_a_reference(string name, Activation activation)
    {
        // By a NumPy program; inputs times 1.5 before the first product, parameters 0.6 sin(1.7 n).
        CsvTable table = CsvTable.Read(Repository.Path("tests", "IlgpuBnn.Tests", "Equations", "jets.csv"));
        var network = new Network(2, [new Dense(3, activation), new Dense(4, activation)], 2);
        double[] parameters = [.. Enumerable.Range(1, network.WeightCount).Select(n => 0.6 * Math.Sin(1.7 * n))];
        var streams = new DerivativeStreams(network, _all, 1);
        streams.Forward(parameters, [1.5 * 0.3, 1.5 * -0.7], [1.5, 1.5]);
        for (int k = 0; k < _all.Count; k++)
        {
            Assert.Equal(Reference("stream", k), streams[0, k, 0], 1e-13);
            Assert.Equal(Reference("stream", _all.Count + k), streams[0, k, 1], 1e-13);
            (streams.Adjoints(0, k)[0], streams.Adjoints(0, k)[1]) = (1 + (0.5 * k), 0.25 - (0.1 * k));
        }

        var gradient = new double[network.WeightCount];
        streams.Backward();
        streams.AddGradient(0, gradient);
        Assert.All(Enumerable.Range(0, gradient.Length), n => Assert.Equal(Reference("gradient", n), gradient[n], 2e-12));

        double Reference(string what, int index) => table.Number(
            Enumerable.Range(0, table.RowCount).Single(n => table.Cell(n, 0) == name && table.Cell(n, 1) == what && table.Number(n, 2) == index), 3);
    }

    public static TheoryData<string> Descriptions =>
    [
        "dense(5,tanh) dense(3,silu)", "dense(5,sigmoid) skip dense(3,cos)", "sine(5,kappa=2.5) dense(4,sin)", "fourier(3,kappa=0.3) dense(4,tanh)", "dense(4,identity)",
    ];

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void Derivatives_are_central_differences(string description)
    {
        Network network = NetworkOf(description, 3, 2);
        double[] parameters = Parameters(network), x = [0.3, -0.7, 0.2, -0.1, 0.5, 0.9], scales = [1, 0.5, 2];
        var plan = new StreamPlan([1], [(0, 2), (0, 0)]);
        double[] at = Streams(x);
        for (int row = 0; row < 2; row++)
        {
            for (int o = 0; o < 2; o++)
            {
                foreach (int input in new[] { 0, 1, 2 })
                {
                    Assert.Equal(Difference(input, row, o, 0), at[At(row, plan.First(input), o)], 1e-7);
                }

                Assert.Equal(Difference(2, row, o, plan.First(0)), at[At(row, plan.Second(2, 0), o)], 1e-7);
                Assert.Equal(Difference(0, row, o, plan.First(0)), at[At(row, plan.Second(0, 0), o)], 1e-7);
            }
        }

        double[] Streams(double[] inputs)
        {
            var own = new DerivativeStreams(network, plan, 2);
            own.Forward(parameters, inputs, scales);
            return [.. Enumerable.Range(0, 2 * plan.Count * 2).Select(k => own[k / (2 * plan.Count), k / 2 % plan.Count, k % 2])];
        }

        int At(int row, int stream, int output) => (((row * plan.Count) + stream) * 2) + output;

        double Difference(int input, int row, int output, int stream)
        {
            double[] low = [.. x], high = [.. x];
            low[(row * 3) + input] -= Step * scales[input];
            high[(row * 3) + input] += Step * scales[input];
            return (Streams(high)[At(row, stream, output)] - Streams(low)[At(row, stream, output)]) / (2 * Step);
        }
    }

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void Gradients_by_weights_are_central_differences(string description)
    {
        Network network = NetworkOf(description, 2, 2);
        double[] parameters = Parameters(network), x = [0.3, -0.7, 0.8, 0.1], scales = [1, 0.5];
        var streams = new DerivativeStreams(network, _all, 2);
        Value();
        for (int row = 0; row < 2; row++)
        {
            for (int k = 0; k < _all.Count; k++)
            {
                for (int o = 0; o < 2; o++)
                {
                    streams.Adjoints(row, k)[o] = Weight(row, k, o);
                }
            }
        }

        var gradient = new double[network.WeightCount];
        streams.Backward();
        streams.AddGradient(0, gradient);
        streams.AddGradient(1, gradient);
        for (int p = 0; p < gradient.Length; p++)
        {
            double own = parameters[p];
            parameters[p] = own + Step;
            double high = Value();
            parameters[p] = own - Step;
            double low = Value();
            parameters[p] = own;
            Assert.Equal((high - low) / (2 * Step), gradient[p], 1e-6);
        }

        double Value()
        {
            streams.Forward(parameters, x, scales);
            return Enumerable.Range(0, 2 * _all.Count * 2).Sum(k => Weight(k / (2 * _all.Count), k / 2 % _all.Count, k % 2) * streams[k / (2 * _all.Count), k / 2 % _all.Count, k % 2]);
        }

        static double Weight(int row, int stream, int output) => 1 + (0.3 * row) - (0.2 * stream) + (0.7 * output);
    }

    [Fact]
    public void Second_derivatives_of_kinks_are_refused()
    {
        var network = new Network(2, [new Dense(3, Activation.Relu)], 1);
        Assert.Contains("Relu has none", Assert.Throws<ArgumentException>(() => new DerivativeStreams(network, _all, 1)).Message, StringComparison.Ordinal);
    }

    private static Network NetworkOf(string description, int inputs, int outputs)
    {
        var network = new Network(inputs, NetworkDescription.Parse(description), outputs);
        return network.WithFrozenAt(network.WeightCount);
    }

    private static double[] Parameters(Network network)
    {
        var single = new float[network.WeightCount + network.FrozenCount];
        network.DrawFrozen(new Random(1), single);
        return [.. Enumerable.Range(0, single.Length).Select(n => n < network.WeightCount ? 0.6 * Math.Sin(1.7 * n) : single[n])];
    }
}
