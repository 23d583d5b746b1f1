namespace IlgpuBnn.Tests.Devices;

/// <summary>What evaluations report, on every device, against the oracle.</summary>
[Long]
public sealed class EvaluationSumsTests
{
    public static TheoryData<int, int> Shapes => new() { { 1, 1 }, { 2, 17 }, { 3, 257 }, { 37, 600 }, { 5, 2311 }, { 300, 70 } };

    // Sums of thousands of terms in single precision, in trees; those of either sign add up to far less than their terms.
    private static readonly Tolerance _positive = new(1e-6, 2e-6);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void They_are_the_oracles(int particles, int parameters)
    {
        var random = new Random(particles + parameters);

        // Particles that nearly agree: the product of the sums is thousands of times what is left.
        double[] centre = Case.Vector(random, parameters, 3);
        double[][] theta = [.. Case.Vectors(random, particles, parameters, 0.1).Select(own => own.Zip(centre, (a, b) => (double)(float)(a + b)).ToArray())];
        double[][] gradients = Case.Vectors(random, particles, parameters, 2), anchors = Case.Vectors(random, particles, parameters, 1);
        double[] precision = [.. Case.Vector(random, parameters, 1).Select(Math.Abs)];
        double terms = theta.Zip(gradients, (a, b) => a.Zip(b, (x, y) => Math.Abs(x * y)).Sum()).Sum();
        foreach (string name in TestDevices.WithoutLayers.ForManyShapes().Where(name => particles < 100 || !TestDevices.IsSlow(name)))
        {
            Check(name, theta, gradients, anchors, precision, new Tolerance(1e-6 * terms / particles / parameters, 1e-5));
        }
    }

    [Fact]
    public void They_are_the_oracles_in_opencl_and_in_larger_groups()
    {
        var random = new Random(4);
        double[][] theta = Case.Vectors(random, 7, 1100, 1), gradients = Case.Vectors(random, 7, 1100, 1), anchors = Case.Vectors(random, 7, 1100, 1);
        double[] precision = [.. Case.Vector(random, 1100, 1).Select(Math.Abs)];
        foreach (string name in TestDevices.WithLargerGroups.ForWholeSteps())
        {
            Check(name, theta, gradients, anchors, precision, new Tolerance(1e-5, 1e-5));
        }
    }

    [Fact]
    public void A_number_that_is_not_finite_is_seen()
    {
        foreach (string name in TestDevices.WithoutLayers)
        {
            Device device = TestDevices.Open(name);
            using DeviceBuffer values = Case.Upload(device, [[1, 2], [double.NaN, 1], [3, 4]]);
            double[] squares = device.SquaredLengths(values, new ParticleShape(3, 2, 16));
            Assert.Equal([5, double.NaN, 25], squares);
            Assert.Equal(double.NaN, device.DeviationProduct(values, values, new ParticleShape(3, 2, 16)));
        }
    }

    private static void Check(string name, double[][] theta, double[][] gradients, double[][] anchors, double[] precision, Tolerance ofRatio)
    {
        Device device = TestDevices.Open(name);
        int count = theta.Length, parameters = precision.Length, stride = Alignment.Pad(parameters);
        var shape = new ParticleShape(count, parameters, stride);
        using DeviceBuffer particles = Case.Upload(device, theta), others = Case.Upload(device, gradients), centres = Case.Upload(device, anchors);
        using DeviceBuffer precisions = Case.Upload(device, [precision]), copy = device.Allocate(particles.Length);
        _positive.AssertClose([.. gradients.Select(ReferenceStatistics.SquaredLength)], device.SquaredLengths(others, shape), $"squares on {name}");
        _positive.AssertClose(
            [.. theta.Zip(anchors, (own, anchor) => ReferenceStatistics.AnchorDistance(own, anchor, precision))],
            device.AnchorDistances(particles, centres, precisions, shape), $"anchor distances on {name}");
        _positive.AssertClose(ReferenceStatistics.Spread(theta), StepStatistics.SpreadOf(device, particles, shape), $"spread on {name}");
        ofRatio.AssertClose(
            count == 1 ? double.NaN : ReferenceStatistics.SteinIdentityRatio(theta, gradients), StepStatistics.SteinIdentityRatioOf(device, particles, others, shape),
            $"Stein-identity ratio on {name}");
        int offset = parameters / 3, width = Math.Min(parameters - offset, 3);
        Assert.Equal(theta.SelectMany(own => own[offset..(offset + width)]).Select(value => (float)value), device.Columns(particles, shape, offset, width));
        copy.CopyFrom(particles);
        Assert.Equal(particles.ToArray(), copy.ToArray());
    }
}
