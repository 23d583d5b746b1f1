namespace IlgpuBnn.Tests.Networks;

public sealed class NetworkDescriptionTests
{
    /// <summary>As a user writes them, the layers, and the text with every setting.</summary>
    public static TheoryData<string, Layer[], string> Texts => new()
    {
        { "linear", [], "linear" },
        { " linear ", [], "linear" },
        { "dense(7)", [new Dense(7)], "dense(7,silu)" },
        { "dense (20, silu)  dense(50,tanh)\tskip", [new Dense(20), new Dense(50, Activation.Tanh), new SkipConnection()], "dense(20,silu) dense(50,tanh) skip" },
        { "fourier(32)", [new FourierFeatures(32)], "fourier(32,kappa=1)" },
        { "fourier(32, kappa=0.25) skip dense(5)", [new FourierFeatures(32, 0.25), new SkipConnection(), new Dense(5)], "fourier(32,kappa=0.25) skip dense(5,silu)" },
        { "sine(kappa=1e2,50)", [new Sine(50, 100)], "sine(50,kappa=100)" },
        { "sine(2,kappa=auto)", [new Sine(2, null)], "sine(2,kappa=auto)" },
        { "fourier(2,kappa=auto)", [new FourierFeatures(2, null)], "fourier(2,kappa=auto)" },
        {
            "field(2, 8,9) conv2d(4,3) conv2d(5,2,periodic,stride=3,relu) pool(2) resize(3) conv2d(1,3,padding=reflect,identity) field(1,6,6)",
            [
                new FieldLayer(2, 8, 9), new Convolution(4, 3), new Convolution(5, 2, Activation.Relu, Padding.Periodic, 3), new Pooling(2), new Resizing(3),
                new Convolution(1, 3, Activation.Identity, Padding.Reflect), new FieldLayer(1, 6, 6),
            ],
            "field(2,8,9) conv2d(4,3,stride=1,padding=zero,silu) conv2d(5,2,stride=3,padding=periodic,relu) pool(2) resize(3) conv2d(1,3,stride=1,padding=reflect,identity) field(1,6,6)"
        },
        { "field(3,64) conv1d(4,3,zero)", [new FieldLayer(3, 64), new Convolution(4, 3, Dimensions: 1)], "field(3,64) conv1d(4,3,stride=1,padding=zero,silu)" },
        {
            "field(3,64) lstm(8,sequence, masked) gru(truncate=9,5)",
            [new FieldLayer(3, 64), new Recurrence(RecurrentCell.Lstm, 8, Sequence: true, Masked: true), new Recurrence(RecurrentCell.Gru, 5, Truncation: 9)],
            "field(3,64) lstm(8,sequence,masked) gru(5,last,truncate=9)"
        },
        { "dense(1,identity) skip()", [new Dense(1, Activation.Identity), new SkipConnection()], "dense(1,identity) skip" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_becomes_layers_and_layers_their_text(string text, Layer[] layers, string full)
    {
        Assert.Equal(layers, NetworkDescription.Parse(text));
        Assert.Equal(full, NetworkDescription.Of(layers));
        Assert.Equal(layers, NetworkDescription.Parse(full));
    }

    [Theory]
    [MemberData(nameof(LayerConformanceTests.Networks), MemberType = typeof(LayerConformanceTests))]
    public void Every_kind_of_layer_is_read_as_it_was_written(Layer[] layers) =>
        Assert.Equal(layers, NetworkDescription.Parse(NetworkDescription.Of(layers)));

    [Theory]
    [InlineData("", "At position 1, \"\" cannot be read.")]
    [InlineData("dense(5) densse(50)", "At position 10, \"densse\" is no layer. It must be one of dense, skip, fourier, sine, field, conv1d, conv2d, pool, resize, lstm, gru, or linear alone.")]
    [InlineData("dense(5) linear", "At position 10, \"linear\" is no layer.", "or linear alone.")]
    [InlineData("dense(50,tahn)", "At position 10, \"tahn\" is no activation. It must be one of identity, relu, tanh, sigmoid, sin, cos, silu.")]
    [InlineData("dense(5, Tanh)", "At position 10, \"Tanh\" is no activation.")]
    [InlineData("dense", "At position 1, \"dense\" has no number of units.", "such as dense(50,tanh)")]
    [InlineData("dense()", "At position 1, \"dense\" has no number of units.")]
    [InlineData("dense(0)", "At position 7, \"0\" is no number of units. It must be a whole number, at least 1")]
    [InlineData("dense(2.5)", "At position 7, \"2.5\" is no number of units.")]
    [InlineData("dense(tanh)", "At position 7, \"tanh\" is no number of units.")]
    [InlineData("dense(5,silu,7)", "At position 14, \"7\" is more than dense takes. With all that it takes, the layer is dense(5,silu).")]
    [InlineData("dense(5,kappa=7)", "At position 9, \"kappa=7\" is more than dense takes.")]
    [InlineData("dense(5,,tanh)", "At position 9, \"dense(5,,tanh)\" has nothing between two commas.")]
    [InlineData("dense(5) dense(6", "At position 10, \"dense(6\" cannot be read. Write layers such as dense(50,tanh), with a space between one and the next.")]
    [InlineData("dense(5),dense(6)", "At position 1, \"dense(5),dense(6)\" cannot be read.", "a space between")]
    [InlineData("skip dense(5)", "A skip connection does not directly follow a layer of units. Put a dense layer before it, or remove it.")]
    [InlineData("fourier(5,kappa=0)", "At position 11, \"kappa=0\" is no kappa. It must be a number above 0, at most 1000, such as kappa=4, or kappa=auto.")]
    [InlineData("sine(5,kappa=big)", "At position 8, \"kappa=big\" is no kappa.")]
    [InlineData("sine(5,tanh)", "At position 8, \"tanh\" is more than sine takes. With all that it takes, the layer is sine(5,kappa=1).")]
    [InlineData("fourier(kappa=3)", "At position 1, \"fourier\" has no number of units.", "fourier(32,kappa=4)")]
    [InlineData("fourier(2147483647)", "at most 4194304 are possible")]
    [InlineData("dense(5) fourier(3)", "Fourier features are not the first layer, and they are of the inputs. Put them first, or remove them.")]
    [InlineData("dense(5) sine(3)", "A sine layer is not the first layer. Put it first, or use a dense layer with activation sin.")]
    [InlineData("conv2d(8,3)", "conv2d(8,3,stride=1,padding=zero,silu) has no field before it: there are 1 units.", "as in field(2,32,32), directly before it")]
    [InlineData("field(2,8,9) dense(5) pool(2)", "pool(2) has no field before it: there are 5 units.")]
    [InlineData("field(2,8,9) conv1d(4,3)", "padding=zero,silu) is not for the field of 2 x 8 x 9 before it. Use conv2d.")]
    [InlineData("field(2,9) conv2d(4,3)", "is not for the field of 2 x 9 before it. Use conv1d.")]
    [InlineData("field(2,8,9) conv2d(4,3,stride=9)", "has a stride that leaves nothing of the field of 2 x 8 x 9 before it. Use one of at most 8.")]
    [InlineData("field(2,3,9) conv2d(4,7,reflect)", "reaches further beyond the edge than the field of 2 x 3 x 9 before it can be mirrored. Use a size of at most 5, or other padding.")]
    [InlineData("field(2,8,9) conv2d(4,3,wrap)", "At position 25, \"wrap\" is no activation.")]
    [InlineData("field(2,8,9) conv2d(4,3,padding=wrap)", "At position 25, \"padding=wrap\" is no padding. It must be one of zero, periodic, reflect.")]
    [InlineData("field(2,8,9) conv2d(4,3,stride=0)", "At position 25, \"stride=0\" is no stride.")]
    [InlineData("field(2,8,9) conv2d(4)", "At position 14, \"conv2d\" has no number of positions. Write it in parentheses, such as conv2d(16,3).")]
    [InlineData("field(2,8,9) pool(9)", "pool(9) has windows larger than the field of 2 x 8 x 9 before it. Use smaller ones, or remove the layer.")]
    [InlineData("field(2,8,9) conv2d(3,3,identity) field(2,8,9)", "field(2,8,9) is 2 x 8 x 9 = 144 units, and there is a field of 3 x 8 x 9 before it. Make both the same.")]
    [InlineData("field(2,8,9) conv2d(2,3) field(2,8,9)", "The layer before the last field(2,8,9) has the activation silu, and targets can be any number.", "conv2d(2,3,identity)")]
    [InlineData("lstm(8)", "lstm(8,last) has no field before it: there are 1 units.")]
    [InlineData("field(2,8,9) gru(8)", "gru(8,last) is over the steps of a line, and there is a field of 2 x 8 x 9 before it. Use field(channels,steps).")]
    [InlineData("field(2,8) lstm(8,all)", "At position 19, \"all\" is more than lstm takes. With all that it takes, the layer is lstm(8,last).")]
    [InlineData("field(2,8) lstm(8,truncate=no)", "At position 19, \"truncate=no\" is no number of steps. It must be a whole number, at least 1, such as truncate=50.")]
    [InlineData("field(1,8) lstm(8,masked)", "reads the last channel of the network's inputs, which says what steps there are, and these are 1 x 8. Start the network with a field of at least two channels and 8 steps")]
    [InlineData("dense(16) field(2,8) lstm(8,masked)", "and these are no field.")]
    [InlineData("field(2,8) lstm(8) gru(8)", "gru(8,last) has no field before it: there are 8 units.")]
    [InlineData("field(2,8) lstm(2000000)", "at most 4194304 are possible")]
    [InlineData("field(2,8,9) field(2,8,9)", "The layer before the last field(2,8,9) is missing")]
    [InlineData("field(2)", "At position 1, \"field\" has no number of positions.", "field(2,32,32), or field(2,64) for a line")]
    [InlineData("field(1,8,8) resize(1000) resize(1000)", "at most 4194304 are possible")]
    [InlineData("field(1,100,100) conv2d(1,255)", "650250000 links of positions to those that they read; at most 8388608 are possible. Use smaller filters, or pool before them.")]
    [InlineData("dense(268435456) dense(268435456)", "at most 4194304 are possible. Use smaller hidden layers")]
    public void Errors_name_position_word_and_remedy(string text, params string[] parts)
    {
        string message = Assert.Throws<FormatException>(() => NetworkDescription.Parse(text)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
