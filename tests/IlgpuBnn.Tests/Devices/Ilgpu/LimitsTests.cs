using ILGPU;
using IlgpuBnn.Devices.Ilgpu;

namespace IlgpuBnn.Tests.Devices.Ilgpu;

/// <summary>Limits of GPUs, which ILGPU's CPU accelerator has not: smaller ones in their place.</summary>
public sealed class LimitsTests
{
    private const int Side = 16;
    private const int Outputs = 20;
    private const int Particles = 18;
    private const int Inputs = 19;
    private const int Rows = 7;

    private static readonly IlgpuDevice _small = TestDevices.OpenWithSmallGrids(Side);

    /// <summary>Of each more than a grid's second and third side.</summary>
    [Fact]
    public void Particles_outputs_and_columns_have_no_limit_of_grids()
    {
        var given = new Case(new() { HiddenUnits = [5], Method = new AnchoredEnsemble { Particles = Particles } }, Inputs, Outputs, Rows);
        Device all = TestDevices.Open(TestDevices.SmallestGroups);
        Assert.Equal(Step(all, given), Step(_small, given), (a, b) => Math.Abs(a - b) <= 1e-4f * (1 + Math.Abs(a)));
        Assert.Equal(Predicted(all, given), Predicted(_small, given));
        Assert.Equal(Gathered(all, given), Gathered(_small, given));
    }

    [Fact]
    public void A_grid_beyond_the_limit_is_refused_in_a_sentence()
    {
        string message = Assert.Throws<DeviceException>(() => _small.Kernels.SumChunks.Launch(new Index3D(1, Side + 1, 1), new Index3D(1, 1, 1), default)).Message;
        Assert.Contains($"SumChunks on a grid of 1 x {Side + 1} x 1 groups: the second and third side are at most {Side}.", message, StringComparison.Ordinal);
        Assert.Throws<DeviceException>(() => _small.Kernels.SumChunks.Launch(new Index3D(1, 1, Side + 1), new Index3D(1, 1, 1), default));
    }

    /// <summary>Pairs are counted in 32 bits; nothing is allocated for more.</summary>
    [Fact]
    public void Particles_that_interact_have_a_limit()
    {
        Assert.InRange((long)LaunchSizes.MaxInteractingParticles * LaunchSizes.MaxInteractingParticles, 1, int.MaxValue);
        Assert.InRange((LaunchSizes.MaxInteractingParticles + 1L) * (LaunchSizes.MaxInteractingParticles + 1), int.MaxValue + 1L, long.MaxValue);
        var options = new TrainingOptions { HiddenUnits = [], Method = new Svgd { Particles = LaunchSizes.MaxInteractingParticles + 1 }, MaxIterations = 1 };
        string message = Assert.Throws<DeviceException>(() => BayesianNetwork.Fit(Runs.Smooth(10), options, _small)).Message;
        Assert.Contains("at most 46340 particles that interact, not 46341", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Activations_take_a_fourth_of_the_memory_at_most()
    {
        NetworkShape shape = new ParameterLayout(new Network(3, [new Dense(10, Activation.Relu)], 2)).Shape;
        long own = 4L * 12 * 640, memory = 1 << 30;
        Assert.Equal(12, shape.WorkspaceUnits);
        Assert.Equal(5, _small.ParticlesOfBlock(shape, 5, 64));
        Assert.Equal(Side, _small.ParticlesOfBlock(shape, 1000, 64));
        Device all = TestDevices.Open(TestDevices.SmallestGroups);
        Assert.Equal((int)(memory / 4 / own), ((IlgpuDevice)all).ParticlesOfBlock(shape, 1 << 20, 640));
        Assert.Equal(memory / 4 / own * own / 4, all.WorkspaceLength(shape, 1 << 20, 640));
        Assert.Equal(1, ((IlgpuDevice)all).ParticlesOfBlock(shape, 5, 1 << 28));
    }

    private static float[] Step(Device device, Case given)
    {
        using DeviceRows rows = given.Upload(device);
        using ISampler sampler = given.Start(device, rows.Stride);
        sampler.Step(Case.All(rows), 0.01, 1);
        return sampler.Particles.ToArray();
    }

    private static float[] Predicted(Device device, Case given)
    {
        using DeviceRows rows = given.Upload(device);
        using DeviceBuffer particles = device.Allocate(given.Packed().Length);
        particles.Upload(given.Packed());
        using var outputs = new EnsembleOutputs(device, given.Layout, particles, Particles, given.Rows);
        outputs.Compute(rows);
        return [.. Enumerable.Range(0, Particles * Outputs).SelectMany(at => outputs.Of(at / Outputs, at % Outputs)[..Rows].ToArray())];
    }

    private static float[] Gathered(Device device, Case given)
    {
        using DeviceRows rows = given.Upload(device), shuffled = given.Upload(device);
        device.GatherRows(rows, [3, 1, -1, 6, 0, 2, 5], shuffled);
        return [.. shuffled.Inputs.ToArray(), .. shuffled.Targets.ToArray().Select(value => float.IsNaN(value) ? -1 : value)];
    }
}
