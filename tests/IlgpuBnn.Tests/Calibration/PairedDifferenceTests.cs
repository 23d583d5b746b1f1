using IlgpuBnn.Calibration;

namespace IlgpuBnn.Tests.Calibration;

public sealed class PairedDifferenceTests
{
    [Fact]
    public void Rows_without_a_score_do_not_count()
    {
        var difference = PairedDifference.Of([1, double.NaN, 3, 5], [0, 7, double.NaN, 1]);
        Assert.Equal(2.5, difference.Mean, 12);

        // Differences of 1 and 4: a standard deviation of 1.5 sqrt(2), over the root of two.
        Assert.Equal(1.5, difference.StandardError, 12);
    }

    [Fact]
    public void A_difference_is_in_doubt_within_its_standard_error()
    {
        Assert.True(PairedDifference.Of([-1.4, 1], [0, 0]).MayBeAbove(0));
        Assert.True(new PairedDifference(-1, 1.01).MayBeAbove(0));
        Assert.False(new PairedDifference(-1, 0.99).MayBeAbove(0));
        Assert.False(PairedDifference.Of([-3], [0]).MayBeAbove(0));
        Assert.False(PairedDifference.Of([], []).MayBeAbove(0));
    }
}
