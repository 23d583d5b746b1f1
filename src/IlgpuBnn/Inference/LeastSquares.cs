namespace IlgpuBnn.Inference;

/// <summary>A sum of squared residuals of parameters, each of which has a Gaussian prior of its own.</summary>
internal abstract class LeastSquares
{
    /// <summary>N.</summary>
    public abstract int ResidualCount { get; }

    /// <summary>[parameter]: the prior's means.</summary>
    public required double[] Anchors { get; init; }

    /// <summary>[parameter]: one over the prior's variances; 0 for none.</summary>
    public required double[] Precisions { get; init; }

    /// <summary>P.</summary>
    public int ParameterCount => Anchors.Length;

    /// <summary>Residuals, in their standard deviations.</summary>
    /// <param name="parameters">[parameter].</param>
    /// <param name="residuals">[residual]; written.</param>
    /// <param name="jacobian">[residual, parameter], row by row; written unless empty.</param>
    public abstract void Evaluate(double[] parameters, double[] residuals, Span<double> jacobian);

    /// <summary>Squares of residuals, and of distances from the anchors in the prior's standard deviations.</summary>
    public double SquaresAt(double[] parameters, double[] residuals)
    {
        double sum = 0;
        foreach (double own in residuals)
        {
            sum += own * own;
        }

        for (int p = 0; p < parameters.Length; p++)
        {
            double distance = parameters[p] - Anchors[p];
            sum += Precisions[p] * distance * distance;
        }

        return sum;
    }
}
