namespace IlgpuBnn.Tests.Reference;

public class ReferenceNetworkTests
{
    private static readonly Tolerance Rounding = new(1e-14, 1e-14);

    [Fact]
    public void Forward_reads_weights_row_major_then_biases_layer_by_layer()
    {
        ReferenceNetwork network = new([2, 3, 1], ReferenceActivation.Relu);
        double[] theta =
        [
            1, 2, 3,
            4, 5, -6,
            0.1, 0.2, 0.3,
            10, 20, 30,
            -400,
        ];

        // Sums 9.1, 12.2, -8.7: the last is cut off; 10 * 9.1 + 20 * 12.2 - 400 is not.
        Rounding.AssertClose(-65, network.Forward(theta, new double[,] { { 1, 2 } })[0, 0]);
        Assert.Equal(13, network.ParameterCount);
    }

    [Fact]
    public void Skip_connection_leads_from_the_inputs_to_the_last_layer()
    {
        ReferenceNetwork network = new([2, 1, 1], ReferenceActivation.Relu, linearPath: true);
        double[] theta =
        [
            1, 1,
            0,
            10, 20, 30,
            -400,
        ];

        // The hidden unit is 5, then come the inputs themselves: 10 * 5 + 20 * 2 + 30 * 3 - 400.
        Rounding.AssertClose(-220, network.Forward(theta, new double[,] { { 2, 3 } })[0, 0]);
        Assert.Equal(7, network.ParameterCount);
    }

    [Theory]
    [InlineData(ReferenceActivation.Identity, -0.7, -0.7)]
    [InlineData(ReferenceActivation.Relu, -0.7, 0)]
    [InlineData(ReferenceActivation.Relu, 0.7, 0.7)]
    [InlineData(ReferenceActivation.Tanh, -0.7, -0.6043677771171636)]
    [InlineData(ReferenceActivation.Sigmoid, -0.7, 0.33181222783183389)]
    [InlineData(ReferenceActivation.Sin, -0.7, -0.644217687237691)]
    [InlineData(ReferenceActivation.Cos, -0.7, 0.7648421872844885)]
    [InlineData(ReferenceActivation.Silu, -0.7, -0.23226855948228372)]
    public void Activation_has_its_textbook_value(ReferenceActivation activation, double sum, double value) =>
        Rounding.AssertClose(value, activation.Value(sum));

    [Fact]
    public void Relu_has_derivative_zero_at_zero()
    {
        Assert.Equal(0, ReferenceActivation.Relu.Derivative(0));
        Assert.Equal(1, ReferenceActivation.Relu.Derivative(double.Epsilon));
    }

    [Fact]
    public void Forward_refuses_a_table_of_another_width()
    {
        ReferenceNetwork network = new([2, 1], ReferenceActivation.Identity);
        Assert.Throws<ArgumentException>(() => network.Forward(new double[3], new double[1, 3]));
    }
}
