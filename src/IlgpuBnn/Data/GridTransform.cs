using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace IlgpuBnn.Data;

/// <summary>Discrete Fourier transform of a grid, not scaled.</summary>
internal static class GridTransform
{
    /// <summary>Rows, then columns: MathNet's managed transform has one dimension.</summary>
    /// <param name="values">[row, column], replaced.</param>
    public static void Forward(Complex[] values, int height, int width)
    {
        if (height == 1)
        {
            Fourier.Forward(values, FourierOptions.NoScaling);
            return;
        }

        Complex[] line = new Complex[width], column = new Complex[height];
        for (int row = 0; row < height; row++)
        {
            Array.Copy(values, row * width, line, 0, width);
            Fourier.Forward(line, FourierOptions.NoScaling);
            Array.Copy(line, 0, values, row * width, width);
        }

        for (int at = 0; at < width; at++)
        {
            for (int row = 0; row < height; row++)
            {
                column[row] = values[(row * width) + at];
            }

            Fourier.Forward(column, FourierOptions.NoScaling);
            for (int row = 0; row < height; row++)
            {
                values[(row * width) + at] = column[row];
            }
        }
    }
}
