using IlgpuBnn.Equations;

namespace IlgpuBnn.Tests.Equations;

/// <summary>Equations in the GPU's kernels against the double precision of the CPU.</summary>
public sealed class EquationDeviceTests
{

    public static TheoryData<string> Networks =>
    [
        "dense(4,tanh) dense(3,silu)", "dense(17,sigmoid) skip dense(5,cos)", "sine(5,kappa=2.5) dense(4,sin)", "fourier(3,kappa=0.3) dense(4,tanh)", "dense(4,identity)",
    ];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Log_densities_and_gradients_agree_with_the_processor(string description)
    {
        foreach (string name in TestDevices.WithLargerGroups.Where(own => TestDevices.IlgpuNames.Contains(own)))
        {
            AssertAgrees(EquationCase.Everything(description, points: 5), 3, name);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(67)]
    [InlineData(300)]
    public void Points_fill_groups_and_chunks_or_not(int points)
    {
        foreach (string name in TestDevices.IlgpuNames.ForManyShapes())
        {
            AssertAgrees(EquationCase.Everything("dense(7,tanh)", points), 2, name);
        }
    }

    private static void AssertAgrees(EquationProblem problem, int particles, string name)
    {
        problem.Validate();
        Network[] networks = EquationSystem.NetworksOf(problem);
        EquationSystem[] systems = [.. Enumerable.Range(0, particles).Select(s => EquationSystem.Of(problem, networks, 3, s, 0))];
        using var device = new DeviceGradients(TestDevices.Open(name), problem, networks, systems);

        double[][] gradients = device.GradientsNow(), parameters = device.Parameters();
        double[] squares = device.Squares();
        for (int s = 0; s < particles; s++)
        {
            double[] residuals = new double[systems[s].ResidualCount], expected = new double[systems[s].ParameterCount];
            systems[s].Gradient(parameters[s], residuals, expected);
            double largest = expected.Max(Math.Abs);
            for (int p = 0; p < expected.Length; p++)
            {
                Assert.True(
                    Math.Abs(gradients[s][p] + expected[p]) < 2e-4 + (4e-6 * largest) + (2e-5 * Math.Abs(expected[p])),
                    $"Parameter {p} of particle {s} on {name}: {gradients[s][p]}, expected {-expected[p]}, largest {largest}");
            }

            int terms = systems[s].Offsets.Count - 1;
            for (int t = 0; t < terms; t++)
            {
                double own = residuals.Skip(systems[s].Offsets[t]).Take(systems[s].Offsets[t + 1] - systems[s].Offsets[t]).Sum(residual => residual * residual);
                Assert.Equal(own, squares[(s * terms) + t], 1e-5 + (2e-5 * own));
            }
        }
    }
}
