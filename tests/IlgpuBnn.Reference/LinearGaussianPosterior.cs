namespace IlgpuBnn.Reference;

/// <summary>The exact posterior of a linear model (weights and biases, no hidden layer) whose precisions are known.</summary>
/// <param name="Mean">[parameter], laid out as a particle: weights [input, output] row-major, then biases [output].</param>
/// <param name="Covariance">[parameter, parameter].</param>
public sealed record LinearGaussianPosterior(double[] Mean, double[,] Covariance)
{
    /// <param name="x">[row, input].</param>
    /// <param name="y">[row, output], NaN where missing.</param>
    /// <param name="noisePrecisions">[output].</param>
    /// <param name="weightPrecision">Of all weights and biases.</param>
    public static LinearGaussianPosterior Of(double[,] x, double[,] y, double[] noisePrecisions, double weightPrecision)
    {
        (int inputs, int outputs) = (x.GetLength(1), y.GetLength(1));
        int parameters = (inputs + 1) * outputs;
        double[,] precision = new double[parameters, parameters];
        double[] shift = new double[parameters];
        for (int p = 0; p < parameters; p++)
            precision[p, p] = weightPrecision;
        for (int row = 0; row < x.GetLength(0); row++)
            for (int o = 0; o < outputs; o++)
            {
                if (double.IsNaN(y[row, o]))
                    continue;
                // The bias is the weight of one more input, always 1.
                for (int a = 0; a <= inputs; a++)
                {
                    double inputA = a < inputs ? x[row, a] : 1;
                    shift[a * outputs + o] += noisePrecisions[o] * inputA * y[row, o];
                    for (int b = 0; b <= inputs; b++)
                        precision[a * outputs + o, b * outputs + o] += noisePrecisions[o] * inputA * (b < inputs ? x[row, b] : 1);
                }
            }
        double[,] covariance = Inverse(precision);
        double[] mean = new double[parameters];
        for (int p = 0; p < parameters; p++)
            for (int q = 0; q < parameters; q++)
                mean[p] += covariance[p, q] * shift[q];
        return new LinearGaussianPosterior(mean, covariance);
    }

    /// <summary>Gauss-Jordan; no pivoting, for a symmetric positive definite matrix needs none.</summary>
    private static double[,] Inverse(double[,] matrix)
    {
        int size = matrix.GetLength(0);
        double[,] rest = (double[,])matrix.Clone();
        double[,] inverse = new double[size, size];
        for (int d = 0; d < size; d++)
            inverse[d, d] = 1;
        for (int pivot = 0; pivot < size; pivot++)
        {
            double diagonal = rest[pivot, pivot];
            for (int column = 0; column < size; column++)
            {
                rest[pivot, column] /= diagonal;
                inverse[pivot, column] /= diagonal;
            }
            for (int row = 0; row < size; row++)
            {
                if (row == pivot)
                    continue;
                double factor = rest[row, pivot];
                for (int column = 0; column < size; column++)
                {
                    rest[row, column] -= factor * rest[pivot, column];
                    inverse[row, column] -= factor * inverse[pivot, column];
                }
            }
        }
        return inverse;
    }
}
