using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;

namespace SeaIceClasses;

/// <summary>
/// The best there is: the exact probabilities of the classes, by the rule that made the scenes. p(class | x) = sum over kinds of ice of int p(class | C) N(x; mean, covariance) p(C) dC, over the same without p(class | C).
/// </summary>
internal sealed class BayesClassifier
{
    // Midpoints between 0 and 1; with twice as many the log loss changes by 1e-7.
    private const int Points = 400;

    private readonly (double[] Mean, Matrix<double> Whitening, double LogFactor, double[] OfClass)[] _points;

    public BayesClassifier(Season season)
    {
        _points =
        [
            .. Season.Kinds.SelectMany(kind => Enumerable.Range(-1, Points + 1).Select(n => n < 0
                ? Point(season, 0, kind.OldShare, kind.Frequency * Scenes.OpenShare)
                : Point(season, (n + 0.5) / Points, kind.OldShare, kind.Frequency * Density((n + 0.5) / Points) / Points))),
        ];
    }

    /// <summary>[scene, class].</summary>
    public double[,] Probabilities(double[,] inputs)
    {
        int classes = IceChart.Classes.Count;
        var probabilities = new double[inputs.GetLength(0), classes];
        Parallel.For(0, inputs.GetLength(0), row =>
        {
            double[] logs = Array.ConvertAll(_points, point => point.LogFactor - (0.5 * SquaredDistance(inputs, row, point.Mean, point.Whitening)));
            double largest = logs.Max(), sum = 0;
            for (int n = 0; n < logs.Length; n++)
            {
                double weight = Math.Exp(logs[n] - largest);
                sum += weight;
                for (int k = 0; k < classes; k++)
                {
                    probabilities[row, k] += weight * _points[n].OfClass[k];
                }
            }

            for (int k = 0; k < classes; k++)
            {
                probabilities[row, k] /= sum;
            }
        });
        return probabilities;
    }

    /// <summary>Of concentrations above 0.</summary>
    private static double Density(double concentration) =>
        1 - Scenes.OpenShare - Scenes.PackShare + (Scenes.PackShare * Scenes.PackPower * Math.Pow(concentration, Scenes.PackPower - 1));

    private static (double[], Matrix<double>, double, double[]) Point(Season season, double concentration, double oldShare, double weight)
    {
        (double[] mean, double[] sd, double[][] loadings) = season.Given(concentration, oldShare);
        Matrix<double> covariance = Matrix<double>.Build.Dense(mean.Length, mean.Length, (i, j) => loadings.Sum(own => own[i] * own[j]) + (i == j ? sd[i] * sd[i] : 0));
        Matrix<double> factor = covariance.Cholesky().Factor;
        double edge = Normal.CDF(concentration, IceChart.Misjudged, IceChart.IceEdge), pack = Normal.CDF(concentration, IceChart.Misjudged, IceChart.PackIce);
        return (mean, factor.Inverse(), Math.Log(weight) - factor.Diagonal().PointwiseLog().Sum(), [edge, pack - edge, 1 - pack]);
    }

    private static double SquaredDistance(double[,] inputs, int row, double[] mean, Matrix<double> whitening)
    {
        double sum = 0;
        for (int i = 0; i < mean.Length; i++)
        {
            double own = 0;
            for (int j = 0; j <= i; j++)
            {
                own += whitening[i, j] * (inputs[row, j] - mean[j]);
            }

            sum += own * own;
        }

        return sum;
    }
}
