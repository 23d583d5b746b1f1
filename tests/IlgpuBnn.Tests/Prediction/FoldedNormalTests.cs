using MathNet.Numerics;
using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Tests.Prediction;

public class FoldedNormalTests
{
    [Fact]
    public void Mean_is_the_closed_form_at_and_between_the_nodes_of_its_table()
    {
        const double standardDeviation = 0.25;
        // Steps of no simple part of a node's 1/64, past the table's end at 8.
        for (double z = -9; z < 9; z += 0.00173)
        {
            double expected = standardDeviation * (2 * Normal.PDF(0, 1, z) + z * SpecialFunctions.Erf(z / Math.Sqrt(2)));
            Numbers.AssertClose(expected, FoldedNormal.Mean(standardDeviation * z, standardDeviation), absolute: 0, relative: 2e-15);
        }
    }

    [Fact]
    public void Mean_of_a_point_is_its_absolute_value()
    {
        Assert.Equal(0, FoldedNormal.Mean(0, 0));
        Assert.Equal(3, FoldedNormal.Mean(-3, 0));
    }

    [Fact]
    public void Mean_of_NaN_is_NaN()
    {
        Assert.Equal(double.NaN, FoldedNormal.Mean(double.NaN, 1));
        Assert.Equal(double.NaN, FoldedNormal.Mean(1, double.NaN));
    }
}
