using System.Globalization;

namespace IlgpuBnn.Reporting;

/// <summary>Maps values to pixels, with ticks at round values whose labels do not overlap.</summary>
internal sealed class Axis
{
    private const double PixelsPerTickAcross = 48, PixelsPerTickUp = 38, SpaceBetweenLabels = 8;
    private const int FewTicks = 3;

    private static readonly int[][] TicksPerDecade = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3], [1]];
    private static readonly int[] DecadesPerTick = [2, 3, 5, 10, 20, 50, 100];
    private static readonly double[] StepsPerPower = [1, 2, 5, 10, 20, 50, 100];

    private readonly bool _logarithmic;
    private readonly double _pixelsFrom;
    private readonly double _pixelsTo;

    // On a logarithmic axis, powers of ten.
    private readonly double _from;
    private readonly double _to;

    /// <summary>Covers all values, with some room at limits that are not given.</summary>
    /// <param name="pixelsTo">Below <paramref name="pixelsFrom"/> for an axis that points up.</param>
    /// <param name="room">Fraction of the range added on either side.</param>
    public Axis(ChartAxis description, IEnumerable<double> values, double pixelsFrom, double pixelsTo, double room = 0.04)
    {
        description.Validate();
        _logarithmic = description.Logarithmic;
        (_pixelsFrom, _pixelsTo) = (pixelsFrom, pixelsTo);
        double[] finite = [.. values.Where(double.IsFinite).Select(Scale)];
        (double smallest, double largest) = finite.Length == 0 ? (0, 1) : (finite.Min(), finite.Max());
        double from = description.From is { } givenFrom ? Scale(givenFrom) : smallest;
        double to = description.To is { } givenTo ? Scale(givenTo) : largest;

        // If all values are beyond a given limit, or equal.
        double added = to > from ? room * (to - from) : Math.Max(Math.Abs(to) * 0.1, _logarithmic ? 0.1 : 0.5);
        (to, from) = to > from ? (to, from) : description.To is null ? (from, from) : (to, to);
        (_from, _to) = (description.From is null ? from - added : from, description.To is null ? to + added : to);
        Ticks = _logarithmic ? LogarithmicTicks() : LinearTicks();
    }

    public double From => Unscale(_from);

    public double To => Unscale(_to);

    public IReadOnlyList<(double Value, string Label)> Ticks { get; }

    /// <summary>Unlabelled ticks of a logarithmic axis.</summary>
    public IEnumerable<double> MinorTicks => _logarithmic && _to - _from <= 5 ? Decades(TicksPerDecade[0], 1) : [];

    public double Pixels(double value) => _pixelsFrom + (Fraction(value) * (_pixelsTo - _pixelsFrom));

    /// <summary>0 at the lower limit of the axis, 1 at the upper.</summary>
    public double Fraction(double value) => (Scale(value) - _from) / (_to - _from);

    public bool Contains(double value) => Fraction(value) is >= -1e-9 and <= 1 + 1e-9;

    private bool PointsUp => _pixelsTo < _pixelsFrom;

    private double Scale(double value) => _logarithmic ? Math.Log10(value) : value;

    private double Unscale(double scaled) => _logarithmic ? Math.Pow(10, scaled) : scaled;

    private (double, string)[] LinearTicks()
    {
        (double from, double to) = (From, To);
        double rough = (to - from) / Math.Max(3, Math.Abs(_pixelsTo - _pixelsFrom) / (PointsUp ? PixelsPerTickUp : PixelsPerTickAcross));
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));

        // Labels may be too long for the smallest steps.
        (double Step, (double, string)[] Ticks)[] candidates =
        [
            .. StepsPerPower.Select(multiple => multiple * power).Select(step => (step, Multiples(step, from, to).ToArray()))
                .Where(candidate => LabelsAreApart(candidate.Item2)),
        ];
        (double, string)[]? wanted = Array.Find(candidates, candidate => candidate.Step >= 0.8 * rough).Ticks;
        return wanted is { Length: >= FewTicks } || candidates.Length == 0 ? wanted ?? [] : candidates[0].Ticks;
    }

    private static IEnumerable<(double, string)> Multiples(double step, double from, double to)
    {
        // Limited, as multiples may stall for limits that differ only in their last digits.
        double first = Math.Ceiling((from / step) - 1e-9);
        for (int i = 0; i <= 100 && (first + i) * step <= to + (1e-9 * step); i++)
        {
            // Adding 0 turns -0 into 0.
            double value = ((first + i) * step) + 0.0;
            yield return (value, Label(value, step, Math.Max(Math.Abs(from), Math.Abs(to))));
        }
    }

    private (double, string)[] LogarithmicTicks()
    {
        IEnumerable<(int[] Multiples, int Every)> patterns = TicksPerDecade.Select(multiples => (multiples, 1))
            .Concat(DecadesPerTick.Select(every => (TicksPerDecade[^1], every)));
        foreach ((int[] multiples, int every) in patterns)
        {
            (double, string)[] ticks = [.. Decades(multiples, every).Select(value => (value, Label(value, value, value)))];
            if (LabelsAreApart(ticks))
            {
                // Less than a decade may contain no such number: use linear ticks.
                return ticks.Length >= 2 ? ticks : LinearTicks();
            }
        }

        return [];
    }

    private IEnumerable<double> Decades(int[] multiples, int every)
    {
        for (int decade = (int)Math.Floor(_from); decade <= _to; decade++)
        {
            foreach (int multiple in multiples)
            {
                double value = multiple * Math.Pow(10, decade);
                if (decade % every == 0 && Contains(value))
                {
                    yield return value;
                }
            }
        }
    }

    private bool LabelsAreApart((double Value, string Label)[] ticks)
    {
        for (int i = 1; i < ticks.Length; i++)
        {
            double distance = Math.Abs(Pixels(ticks[i].Value) - Pixels(ticks[i - 1].Value));
            double needed = PointsUp
                ? ChartStyle.TickSize * 1.4
                : ((ChartStyle.TextWidth(ticks[i].Label, ChartStyle.TickSize)
                    + ChartStyle.TextWidth(ticks[i - 1].Label, ChartStyle.TickSize)) / 2) + SpaceBetweenLabels;
            if (distance < needed)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>As many digits as the step has, with an exponent if all values are very small or large.</summary>
    private static string Label(double value, double step, double largest)
    {
        int stepPower = (int)Math.Floor(Math.Log10(step * (1 + 1e-9)));
        if (stepPower >= -6 && largest is >= 0.0009 and < 1e7)
        {
            return value.ToString($"F{Math.Max(0, -stepPower)}", CultureInfo.InvariantCulture);
        }

        int digits = value == 0 ? 0 : Math.Max(0, (int)Math.Floor(Math.Log10(Math.Abs(value))) - stepPower);
        return value.ToString($"0.{new string('#', digits)}E+0", CultureInfo.InvariantCulture);
    }
}
