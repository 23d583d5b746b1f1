namespace IlgpuBnn.Tests.Devices;

/// <summary>Distances, bandwidth and Stein direction, one after the other.</summary>
/// <param name="Distances">Empty where the device holds none.</param>
/// <param name="Phi">Of each term.</param>
internal sealed record SteinStep(float[] Distances, float Bandwidth, IReadOnlyList<float[]> Phi)
{
    /// <param name="theta">[particle][parameter], as are the gradients.</param>
    public static SteinStep Of(Device device, double[][] theta, double[][] gradients, BandwidthRule rule, params SteinTerm[] terms)
    {
        var shape = new ParticleShape(theta.Length, theta[0].Length, Alignment.Pad(theta[0].Length));
        using DeviceBuffer particles = Case.Upload(device, theta), gradientBuffer = Case.Upload(device, gradients);
        using DeviceBuffer distances = device.AllocateDistances(theta.Length), bandwidth = device.Allocate(1), phi = device.Allocate(particles.Length);
        device.PairwiseSquaredDistances(particles, shape, distances);
        float[] held = device.HeldDistances(theta.Length) > 0 ? distances.ToArray() : [];
        device.Bandwidth(distances, theta.Length, rule, bandwidth);
        return new SteinStep(held, bandwidth.ToArray()[0], [.. terms.Select(Direction)]);

        float[] Direction(SteinTerm term)
        {
            // The one before may have overwritten them.
            device.PairwiseSquaredDistances(particles, shape, distances);
            device.SteinDirection(particles, gradientBuffer, shape, distances, bandwidth, term, phi);
            return phi.ToArray();
        }
    }
}
