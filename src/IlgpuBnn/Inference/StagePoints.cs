using System.Numerics;
using IlgpuBnn.Data;

namespace IlgpuBnn.Inference;

/// <summary>How the first layer of a stage starts.</summary>
/// <param name="Frequency">Dominant angular frequency of what is to be learnt, inputs scaled to [-1, 1]; 0 for a layer of tanh units.</param>
/// <param name="WavelengthPoints">How many points it has for a wavelength.</param>
/// <param name="Waves">The strongest waves in what is to be learnt, one for each of the layer's first units; none for random ones.</param>
internal sealed record StageStart(double Frequency, double WavelengthPoints, IReadOnlyList<PlaneWave> Waves);

/// <summary>cos(X x + Y y + Phase), both inputs scaled to [-1, 1].</summary>
internal readonly record struct PlaneWave(double X, double Y, double Phase)
{
    public double Frequency => Math.Sqrt((X * X) + (Y * Y));
}

/// <summary>Where a multi-stage fit has values: on a line, or on a grid.</summary>
internal abstract class StagePoints
{
    /// <summary>Of the network.</summary>
    public abstract int Inputs { get; }

    /// <summary>[row, input], each scaled to [-1, 1].</summary>
    public abstract double[] Scaled { get; }

    /// <summary>Rows that a stage is fitted to.</summary>
    public abstract int[] Training { get; }

    /// <summary>Rows between them, by which it is judged.</summary>
    public abstract int[] Validation { get; }

    /// <param name="residual">[row]: what the stages before left.</param>
    /// <param name="stage">0 for the first.</param>
    /// <param name="units">Of the first layer.</param>
    public abstract StageStart Start(double[] residual, int stage, int units);

    /// <summary>To [-1, 1].</summary>
    public static double Scale(double value, double low, double high) => ((value - low) * 2 / (high - low)) - 1;

    /// <summary>Hann's window.</summary>
    protected static double Window(int n, int count) => Math.Pow(Math.Sin(Math.PI * n / (count - 1)), 2);

    /// <summary>Angular frequency of a bin: the scaled interval has length 2, and one point less than a period.</summary>
    protected static double FrequencyOf(int bin, int count) => Math.PI * bin * (count - 1) / count;
}

/// <summary>Rising points of one input.</summary>
internal sealed class StageLine : StagePoints
{
    private readonly double[] _x;

    public StageLine(double[] x, double validationFraction)
    {
        _x = x;
        Scaled = [.. x.Select(own => Scale(own, x[0], x[^1]))];

        // Every so many rows, the ends left in: a stage is judged between the points that it sees.
        int every = (int)Math.Max(2, Math.Round(1 / validationFraction));
        Validation = [.. Enumerable.Range(1, x.Length - 2).Where(n => n % every == every / 2)];
        Training = [.. Enumerable.Range(0, x.Length).Except(Validation)];
    }

    public override int Inputs => 1;

    public override double[] Scaled { get; }

    public override int[] Training { get; }

    public override int[] Validation { get; }

    public override StageStart Start(double[] residual, int stage, int units)
    {
        if (stage == 0)
        {
            return new StageStart(0, double.PositiveInfinity, []);
        }

        double frequency = DominantFrequency(residual);
        return new StageStart(frequency, 2 * Math.PI / frequency * (Training.Length - 1) / 2, []);
    }

    /// <summary>Of the largest bin of a spectrum but the mean; rows at uneven distances are interpolated.</summary>
    private double DominantFrequency(double[] residual)
    {
        int count = residual.Length;
        var values = new Complex[count];
        for (int n = 0, at = 0; n < count; n++)
        {
            double place = _x[0] + ((_x[^1] - _x[0]) * n / (count - 1));
            while (at < count - 2 && _x[at + 1] < place)
            {
                at++;
            }

            double part = (place - _x[at]) / (_x[at + 1] - _x[at]);
            values[n] = (residual[at] + (part * (residual[at + 1] - residual[at]))) * Window(n, count);
        }

        GridTransform.Forward(values, 1, count);
        return FrequencyOf(Enumerable.Range(1, Math.Max(1, (count / 2) - 1)).MaxBy(k => values[k].Magnitude), count);
    }
}

/// <summary>A grid of two inputs at even distances.</summary>
internal sealed class StageGrid : StagePoints
{
    private readonly int _width, _height;

    public StageGrid(int width, int height, double validationFraction)
    {
        (_width, _height) = (width, height);
        Scaled = new double[2 * width * height];
        var validation = new List<int>();
        int every = (int)Math.Max(2, Math.Round(1 / validationFraction));
        for (int n = 0; n < width * height; n++)
        {
            (int row, int column) = Math.DivRem(n, width);
            (Scaled[2 * n], Scaled[(2 * n) + 1]) = (Scale(column, 0, width - 1), Scale(row, 0, height - 1));

            // A lattice askew of the grid, the edges left in.
            if (row > 0 && row < height - 1 && column > 0 && column < width - 1 && (column + (3 * row)) % every == every / 2)
            {
                validation.Add(n);
            }
        }

        Validation = [.. validation];
        Training = [.. Enumerable.Range(0, width * height).Except(validation)];
    }

    public override int Inputs => 2;

    public override double[] Scaled { get; }

    public override int[] Training { get; }

    public override int[] Validation { get; }

    public override StageStart Start(double[] residual, int stage, int units)
    {
        PlaneWave[] waves = Strongest(residual, units);
        if (waves.Length == 0)
        {
            return new StageStart(0, double.PositiveInfinity, []);
        }

        double across = 2 * Math.PI / Math.Abs(waves[0].X) * (_width - 1) / 2, down = 2 * Math.PI / Math.Abs(waves[0].Y) * (_height - 1) / 2;
        return new StageStart(waves.Max(own => own.Frequency), Math.Min(across, down), waves);
    }

    /// <summary>One after the other, each taken off before the next is sought (matching pursuit, Mallat and Zhang 1993).</summary>
    private PlaneWave[] Strongest(double[] residual, int count)
    {
        double mean = residual.Average();
        double[] left = [.. residual.Select(own => own - mean)];
        var waves = new List<PlaneWave>();
        for (int k = 0; k < count && PeakOf(left) is { } peak; k++)
        {
            waves.Add(TakeOff(left, peak.X, peak.Y));
        }

        return [.. waves];
    }

    /// <summary>Where the windowed spectrum has most power; null where nothing is left.</summary>
    private (double X, double Y)? PeakOf(double[] values)
    {
        var modes = new Complex[values.Length];
        for (int n = 0; n < modes.Length; n++)
        {
            modes[n] = values[n] * Window(n / _width, _height) * Window(n % _width, _width);
        }

        GridTransform.Forward(modes, _height, _width);

        // Of both signs of a wave one; the highest frequency of an even count has none.
        int peak = Enumerable.Range(1, ((_height / 2) * _width) - 1).MaxBy(n => n % _width == _width / 2 ? -1 : modes[n].Magnitude);
        (int row, int column) = Math.DivRem(peak, _width);
        return modes[peak].Magnitude > 0 ? (FrequencyOf(column > _width / 2 ? column - _width : column, _width), FrequencyOf(row, _height)) : null;
    }

    /// <summary>The wave of these frequencies that is nearest to the values, which lose it.</summary>
    private PlaneWave TakeOff(double[] values, double x, double y)
    {
        double[] cosines = new double[values.Length], sines = new double[values.Length];
        for (int n = 0; n < values.Length; n++)
        {
            (sines[n], cosines[n]) = Math.SinCos((x * Scaled[2 * n]) + (y * Scaled[(2 * n) + 1]));
        }

        double cc = Doubles.Product(cosines, cosines), ss = Doubles.Product(sines, sines), cs = Doubles.Product(cosines, sines);
        double cv = Doubles.Product(cosines, values), sv = Doubles.Product(sines, values), determinant = (cc * ss) - (cs * cs);
        double cosine = ((ss * cv) - (cs * sv)) / determinant, sine = ((cc * sv) - (cs * cv)) / determinant;
        Doubles.AddScaled(-cosine, cosines, values);
        Doubles.AddScaled(-sine, sines, values);
        return new PlaneWave(x, y, Math.Atan2(-sine, cosine));
    }
}
