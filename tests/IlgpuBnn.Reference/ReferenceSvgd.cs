namespace IlgpuBnn.Reference;

/// <summary>Stein variational gradient descent: gradients, bandwidth, Stein direction, Adam.</summary>
/// <param name="posterior">The target.</param>
/// <param name="adam">Sized for the particles.</param>
/// <param name="bandwidth">Squared distances to h, such as ReferenceStein.MedianBandwidth; null for independent particles.</param>
public sealed class ReferenceSvgd(ReferencePosterior posterior, ReferenceAdam adam, Func<double[,], double>? bandwidth)
{
    /// <summary>phi [particle][trained parameter]; the plain gradients where particles are independent.</summary>
    public double[][] Direction(double[][] particles, double[,] x, double[,] y, double totalRows)
    {
        double[][] gradients = [.. particles.Select(theta => posterior.Gradient(theta, x, y, totalRows))];
        return bandwidth is null
            ? gradients
            : Stein([.. particles.Select(Trained)], [.. gradients.Select(Trained)], bandwidth);
    }

    /// <summary>One step, of particles [particle][parameter] in place.</summary>
    public void Step(double[][] particles, double[,] x, double[,] y, double totalRows) =>
        adam.Ascend(particles, Direction(particles, x, y, totalRows));

    private double[] Trained(double[] particle) => particle[..posterior.TrainedLength];

    private static double[][] Stein(double[][] particles, double[][] gradients, Func<double[,], double> bandwidth) =>
        ReferenceStein.Direction(particles, gradients, bandwidth(ReferenceStein.SquaredDistances(particles)));
}
