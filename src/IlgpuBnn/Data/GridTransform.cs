using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace IlgpuBnn.Data;

/// <summary>Discrete Fourier transform of a grid, not scaled.</summary>
internal static class GridTransform
{
    /// <summary>Rows, then columns: MathNet's managed transform has one dimension.</summary>
    /// <param name="values">[row, column], replaced.</param>
    public static void Forward(Complex[] values, int height, int width) => Transform(values, height, width, line => Fourier.Forward(line, FourierOptions.NoScaling));

    /// <summary>The other way: of a transform, <paramref name="height"/> times <paramref name="width"/> the grid.</summary>
    /// <param name="values">[row, column], replaced.</param>
    public static void Inverse(Complex[] values, int height, int width) => Transform(values, height, width, line => Fourier.Inverse(line, FourierOptions.NoScaling));

    private static void Transform(Complex[] values, int height, int width, Action<Complex[]> ofLine)
    {
        if (height == 1)
        {
            ofLine(values);
            return;
        }

        Complex[] line = new Complex[width], column = new Complex[height];
        for (int row = 0; row < height; row++)
        {
            Array.Copy(values, row * width, line, 0, width);
            ofLine(line);
            Array.Copy(line, 0, values, row * width, width);
        }

        for (int at = 0; at < width; at++)
        {
            for (int row = 0; row < height; row++)
            {
                column[row] = values[(row * width) + at];
            }

            ofLine(column);
            for (int row = 0; row < height; row++)
            {
                values[(row * width) + at] = column[row];
            }
        }
    }
}
