namespace IlgpuBnn.Tests.Devices;

/// <summary>Each limit lets its own number in, and refuses one more.</summary>
public sealed class SizeLimitsTests
{
    private static readonly Layer[] _none = [];

    [Fact]
    public void Units_and_their_derivatives_have_a_limit()
    {
        // One more unit is the output.
        Assert.Equal(SizeLimits.MaxUnits, new Network(1, [new Dense(SizeLimits.MaxUnits - 1, Activation.Relu)], 1).WorkspaceUnits);
        Assert.Equal(SizeLimits.MaxUnits - 1, new Network(1, [new Dense((SizeLimits.MaxUnits / 2) - 1)], 1).WorkspaceUnits);
        AssertRefused("4194305 units", () => new Network(1, [new Dense(SizeLimits.MaxUnits, Activation.Relu)], 1));
        AssertRefused("2147483647 units", () => new Network(1, [new Dense(int.MaxValue)], 1));
        AssertRefused("units", () => new Network(SizeLimits.MaxUnits, [new Dense(1), new SkipConnection()], 1));
    }

    [Fact]
    public void Parameters_have_a_limit()
    {
        Assert.Equal(SizeLimits.MaxParameters, SizeLimits.AddParameters(0, [1 << 14, 1 << 14]));
        Assert.Equal(SizeLimits.MaxParameters, SizeLimits.AddParameters(SizeLimits.MaxParameters - 6, [2, 3]));
        AssertRefused("268435457 weights and biases", () => SizeLimits.AddParameters(SizeLimits.MaxParameters - 6, [7]));

        // In 32 bits 0, 1, and 0 in 64.
        AssertRefused("4294967296 weights and biases", () => SizeLimits.AddParameters(0, [65536, 65536]));
        AssertRefused("4294967297 weights and biases", () => SizeLimits.AddParameters(0, [641, 6700417]));
        AssertRefused("weights and biases", () => SizeLimits.AddParameters(0, [1 << 30, 1 << 30, 1 << 30, 1 << 30]));
        AssertRefused("weights and biases", () => SizeLimits.AddParameters(int.MaxValue, [int.MaxValue, int.MaxValue, int.MaxValue]));
        AssertRefused("weights and biases", () => new Network(3, [new Dense(65536), new Dense(65536)], 1));
    }

    [Fact]
    public void Parameters_beside_weights_count_too()
    {
        // 2^28 weights and biases in all: (inputs + 1) * outputs.
        var network = new Network((1 << 14) - 1, _none, 1 << 14);
        Assert.Equal(SizeLimits.MaxParameters, new ParameterLayout(network).ParameterCount);
        AssertRefused("268435457 weights and biases", () => new ParameterLayout(network, noisePrecisions: 1));
    }

    [Fact]
    public void Inputs_and_layers_have_a_limit()
    {
        Assert.Equal(SizeLimits.MaxUnits + 1, new Network(SizeLimits.MaxUnits, _none, 1).WeightCount);
        AssertRefused("4194305 inputs", () => new Network(SizeLimits.MaxUnits + 1, _none, 1));
        Layer[] most = [.. Enumerable.Repeat(new Dense(1), SizeLimits.MaxLayers - 1)];
        Assert.Equal(SizeLimits.MaxLayers, new Network(1, most, 1).Layers.Count);
        AssertRefused("1001 layers", () => new Network(1, [.. most, new Dense(1)], 1));
    }

    [Fact]
    public void Arrays_have_a_limit()
    {
        Assert.Equal(SizeLimits.MaxArrayLength, SizeLimits.ArrayLength("Numbers", SizeLimits.MaxArrayLength));
        Assert.Equal(0, SizeLimits.ArrayLength("Numbers", long.MaxValue, long.MaxValue, 0));
        Assert.Equal(24, SizeLimits.ArrayLength("Numbers", 2, 3, 4));
        foreach (long[] sizes in new long[][] { [SizeLimits.MaxArrayLength + 1L], [65536, 65536], [1L << 32, 1L << 32], [long.MaxValue, 2], [3, 1 << 20, 1 << 20, 1 << 24] })
        {
            string message = Assert.Throws<InsufficientMemoryException>(() => SizeLimits.ArrayLength("Numbers", sizes)).Message;
            Assert.StartsWith($"Numbers [{string.Join(" x ", sizes)}] do not fit: one array holds at most 2147482624 numbers.", message, StringComparison.Ordinal);
        }

        using Device device = DeviceCatalog.OpenCpu(1);
        Assert.Throws<InsufficientMemoryException>(() => device.Allocate(SizeLimits.MaxArrayLength + 1L));
        Assert.Throws<InsufficientMemoryException>(() => new ParameterLayout(new Network(15, _none, 1)).LengthOf(1 << 27));
        Assert.Equal(16 * ((1 << 27) - 64), new ParameterLayout(new Network(15, _none, 1)).LengthOf((1 << 27) - 64));
        Assert.Throws<OverflowException>(() => Alignment.Pad(int.MaxValue));
    }

    /// <summary>Of the largest units, a tile of rows is one array.</summary>
    [Fact]
    public void The_largest_layers_fit_a_workspace()
    {
        var network = new Network(1, [new Dense(SizeLimits.MaxUnits - 1, Activation.Relu)], 1);
        using Device device = DeviceCatalog.OpenCpu(1);
        Assert.InRange(device.WorkspaceLength(new ParameterLayout(network).Shape, 1, 100_000), SizeLimits.MaxUnits, SizeLimits.MaxArrayLength);
    }

    [Fact]
    public void A_training_beyond_any_memory_is_refused_in_a_sentence()
    {
        var options = new TrainingOptions { HiddenUnits = [16000, 16000], Method = new Svgd { Particles = int.MaxValue } };
        Assert.Contains("not enough memory", Assert.Throws<InsufficientMemoryException>(() => BayesianNetwork.Fit(Runs.Smooth(40), options)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "weights and biases", Assert.Throws<ArgumentException>(() => BayesianNetwork.Fit(Runs.Smooth(40), options with { HiddenUnits = [65536, 65536] })).Message,
            StringComparison.Ordinal);
    }

    private static void AssertRefused(string found, Func<object?> build)
    {
        string message = Assert.Throws<ArgumentException>(build).Message;
        Assert.StartsWith("The network needs at least ", message, StringComparison.Ordinal);
        Assert.Contains(found, message, StringComparison.Ordinal);
    }
}
