using System.Numerics;
using IlgpuBnn.Data;

namespace IlgpuBnn.Prediction;

/// <summary>
/// Power of a field by wavenumber: of a series |DFT|^2 of both signs, of a grid their sum over rings of one cycle's width. Together they are the field's mean square.
/// </summary>
internal sealed class PowerSpectrum
{
    private readonly int _height, _width;
    private readonly double[] _window;

    // [mode]: 0 for the mean.
    private readonly int[] _rings;
    private readonly Complex[] _modes, _windowModes;

    public PowerSpectrum(TargetField field)
    {
        (_height, _width) = (field.Height ?? 1, field.Width);
        double[] down = Window(_height, field.Periodic || _height == 1), across = Window(_width, field.Periodic);
        _window = [.. down.SelectMany(row => across.Select(column => row * column))];
        _rings = [.. RingsOf(field)];
        _modes = Array.ConvertAll(_window, value => new Complex(value / _window.Length, 0));
        GridTransform.Forward(_modes, _height, _width);
        _windowModes = [.. _modes];
    }

    /// <summary>Number of wavenumbers; the first is the mean's.</summary>
    public static int CountOf(TargetField field) => RingsOf(field).Max() + 1;

    /// <summary>Adds a field's power, of which the first is that of its mean.</summary>
    /// <param name="values">[position].</param>
    /// <param name="power">[wavenumber].</param>
    public void Add(ReadOnlySpan<double> values, Span<double> power) => Add(values, default, power);

    /// <summary>Adds the powers of two fields by one transform: a ring has both signs of a wave, over which those of real and imaginary part are summed.</summary>
    /// <param name="values">[position].</param>
    /// <param name="others">[position]; empty for none.</param>
    /// <param name="power">[wavenumber].</param>
    public void Add(ReadOnlySpan<double> values, ReadOnlySpan<double> others, Span<double> power)
    {
        double mean = Mean(values), other = Mean(others);
        for (int n = 0; n < _modes.Length; n++)
        {
            _modes[n] = new Complex((values[n] - mean) * _window[n], others.IsEmpty ? 0 : (others[n] - other) * _window[n]);
        }

        GridTransform.Forward(_modes, _height, _width);
        power[0] += (mean * mean) + (other * other);
        double scale = 1 / ((double)_modes.Length * _modes.Length);
        for (int mode = 1; mode < _modes.Length; mode++)
        {
            power[_rings[mode]] += scale * ((_modes[mode].Real * _modes[mode].Real) + (_modes[mode].Imaginary * _modes[mode].Imaginary));
        }

        static double Mean(ReadOnlySpan<double> values)
        {
            double mean = 0;
            foreach (double value in values)
            {
                mean += value / values.Length;
            }

            return mean;
        }
    }

    /// <summary>Adds the expected power of independent noise.</summary>
    /// <param name="variances">[position].</param>
    /// <param name="power">[wavenumber].</param>
    public void AddNoise(ReadOnlySpan<double> variances, Span<double> power)
    {
        double plain = 0, windowed = 0, count = _modes.Length;
        for (int n = 0; n < _modes.Length; n++)
        {
            plain += variances[n] / (count * count);
            windowed += variances[n] * _window[n] * _window[n] / (count * count);
            _modes[n] = variances[n] * _window[n];
        }

        GridTransform.Forward(_modes, _height, _width);
        power[0] += plain;
        for (int mode = 1; mode < _modes.Length; mode++)
        {
            // With the noise its mean was taken off, which the window spreads over the lowest modes.
            Complex mean = _windowModes[mode];
            power[_rings[mode]] += windowed - (2 * (_modes[mode] * Complex.Conjugate(mean)).Real / (count * count)) + (plain * ((mean.Real * mean.Real) + (mean.Imaginary * mean.Imaginary)));
        }
    }

    /// <summary>Of each mode, in cycles over the shorter axis.</summary>
    private static IEnumerable<int> RingsOf(TargetField field)
    {
        int height = field.Height ?? 1, width = field.Width;
        for (int mode = 0; mode < height * width; mode++)
        {
            double down = Math.Min(mode / width, height - (mode / width)) / (double)height, across = Math.Min(mode % width, width - (mode % width)) / (double)width;
            yield return mode == 0 ? 0 : Math.Max(1, (int)Math.Round(field.Length * Math.Sqrt((down * down) + (across * across)), MidpointRounding.AwayFromZero));
        }
    }

    /// <summary>Of mean square 1: none, or Hann's.</summary>
    private static double[] Window(int count, bool none) => none
        ? [.. Enumerable.Repeat(1.0, count)]
        : [.. Enumerable.Range(0, count).Select(n => Math.Sqrt(8 / 3.0) * Math.Pow(Math.Sin(Math.PI * (n + 0.5) / count), 2))];
}
