namespace IlgpuBnn.Tests.Reference;

public class ToleranceTests
{
    private static readonly Tolerance Loose = new(0.1, 0.01);

    [Fact]
    public void Absolute_and_relative_parts_add_up()
    {
        Loose.AssertClose([100, -100, 0], [101.09, -101.09, 0.099]);
        Assert.Throws<ToleranceException>(() => Loose.AssertClose(100, 101.11));
        Assert.Throws<ToleranceException>(() => Loose.AssertClose(0, -0.11));
    }

    [Theory]
    [InlineData(1, double.NaN)]
    [InlineData(1, double.PositiveInfinity)]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(double.PositiveInfinity, double.NegativeInfinity)]
    [InlineData(double.PositiveInfinity, double.NaN)]
    public void Not_a_number_and_infinity_are_close_to_themselves_only(double reference, double actual)
    {
        Loose.AssertClose(reference, reference);
        Assert.Throws<ToleranceException>(() => Loose.AssertClose(reference, actual));
    }

    [Fact]
    public void Zero_tolerance_accepts_equal_values_only()
    {
        default(Tolerance).AssertClose([0, 3], [-0.0, 3]);
        Assert.Throws<ToleranceException>(() => default(Tolerance).AssertClose(3, 3.0000001));
    }

    [Fact]
    public void Message_names_the_worst_entry_and_both_values()
    {
        ToleranceException exception = Assert.Throws<ToleranceException>(
            () => Loose.AssertClose([1, 2, 3, 4], [1.0f, 2.5f, 7f, 5f], "phi"));

        Assert.StartsWith("phi: 3 of 4 differ; the worst, at 2: 7, the reference is 3 ", exception.Message);
    }

    [Fact]
    public void Not_a_number_is_worse_than_any_difference() =>
        Assert.Contains("at 1: NaN", Assert.Throws<ToleranceException>(
            () => Loose.AssertClose([1, 2, 3], [1e300, double.NaN, double.NaN])).Message);

    [Fact]
    public void Shapes_must_agree()
    {
        Assert.Throws<ToleranceException>(() => Loose.AssertClose([1, 2], [1.0]));
        Assert.Throws<ToleranceException>(() => Loose.AssertClose(new double[2, 3], new double[3, 2]));
        Assert.Throws<ToleranceException>(() => Loose.AssertClose([[1], [2]], new double[][] { [1] }));
    }
}
