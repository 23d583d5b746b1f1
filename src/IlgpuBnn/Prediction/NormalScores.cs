using MathNet.Numerics.Distributions;

namespace IlgpuBnn.Prediction;

/// <summary>
/// In which way values are not uniform: components of a smooth test (Neyman 1937; Rayner, Thas and Best, Smooth Tests of Goodness of Fit, 2009) on the
/// values' normal scores, with Hermite polynomials of order 1 to 4: shift, spread, skewness, tails. Those after the shift are about the mean that was
/// found, those after the spread in units of the spread, so that a bias is not taken for a spread.
/// </summary>
internal static class NormalScores
{
    /// <summary>Farther out a score says no more than that it is far out; 1 in 16,000 uniform values is.</summary>
    private const double Largest = 4;

    /// <summary>Share of scores that may be so far out; of more, what shape they have beyond is not known.</summary>
    private const double MaxFarOut = 0.1;

    /// <summary>Standard errors: a component of that size is one of the ways (1 in 100 of chance alone); the clearest one needs less.</summary>
    private const double Clear = 2.58, Notable = 2;

    public static (double Shift, double SpreadRatio, IReadOnlyList<Miscalibration> Departures) Evaluate(double[] pit, double designEffect)
    {
        if (pit.Length == 0)
        {
            return (double.NaN, double.NaN, []);
        }

        double[] scores = Array.ConvertAll(pit, value => Math.Clamp(Normal.InvCDF(0, 1, value), -Largest, Largest));
        double shift = scores.Average(), variance = scores.Average(score => (score - shift) * (score - shift)), spread = Math.Sqrt(variance);
        bool isCutOff = scores.Count(score => Math.Abs(score) == Largest) > MaxFarOut * scores.Length;
        double Moment(int power) => isCutOff || variance < 1e-12 ? double.NaN : scores.Average(score => Math.Pow((score - shift) / spread, power));
        double unit = Math.Sqrt(pit.Length / designEffect);
        (double Size, Miscalibration Above, Miscalibration Below)[] components =
        [
            // Of scores that spread wider, the mean strays farther by chance.
            (unit * shift / Math.Max(spread, 1), Miscalibration.PredictsTooLow, Miscalibration.PredictsTooHigh),
            (isCutOff && variance < 1 ? double.NaN : unit * (variance - 1) / Math.Sqrt(2), Miscalibration.TooNarrow, Miscalibration.TooWide),
            (unit * Moment(3) / Math.Sqrt(6), Miscalibration.LongUpperTail, Miscalibration.LongLowerTail),
            (unit * (Moment(4) - 3) / Math.Sqrt(24), Miscalibration.HeavyTails, Miscalibration.LightTails),
        ];
        (double Size, Miscalibration Way)[] ways =
        [
            .. components.Where(own => !double.IsNaN(own.Size)).Select(own => (Math.Abs(own.Size), own.Size > 0 ? own.Above : own.Below))
                .OrderByDescending(way => way.Item1),
        ];
        return (shift, spread, ways[0].Size < Notable
            ? [Miscalibration.Other]
            : [.. ways.Where((way, i) => i == 0 || way.Size >= Clear).Select(way => way.Way)]);
    }
}
