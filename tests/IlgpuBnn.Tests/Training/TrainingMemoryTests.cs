namespace IlgpuBnn.Tests.Training;

public sealed class TrainingMemoryTests
{
    private static readonly Dataset _data = Runs.Smooth(500);

    [Fact]
    public void Held_distances_count_and_recomputed_ones_do_not()
    {
        using Device device = DeviceCatalog.OpenCpu(1);
        TrainingMemory held = Estimate(8192, device), more = Estimate(8193, device);
        Assert.InRange(held.MainBytes - more.MainBytes, 255L << 20, 256L << 20);
        Assert.Equal(0, held.DeviceBytes);
    }

    [Fact]
    public void Memory_of_many_particles_grows_with_their_number_alone()
    {
        using Device device = DeviceCatalog.OpenCpu(1);
        long first = Estimate(20_000, device).MainBytes, second = Estimate(40_000, device).MainBytes, third = Estimate(60_000, device).MainBytes;
        Assert.Equal(second - first, third - second);

        // Eight copies of 20,000 particles of 80 stored parameters, the sums of gradients, and outputs on 50 validation rows, there and here.
        Assert.Equal(4L * 20_000 * ((8 * 80) + 6 + (2 * 2 * 64)), second - first);
    }

    [Fact]
    public void An_anchored_ensemble_has_anchors_and_targets_of_each_particle_but_no_distances()
    {
        using Device device = DeviceCatalog.OpenCpu(1);
        var method = new AnchoredEnsemble { Particles = 1000 };
        long first = Estimate(method, device).MainBytes, second = Estimate(method with { Particles = 2000 }, device).MainBytes;

        // Seven copies, the first model while a second trains, anchors, scaled networks, all with 64 stored parameters; two targets of 500
        // rows (512 with padding), and the same shuffled; sums of gradients; the output layer's least squares, 13 * 14 + 1 numbers padded.
        Assert.Equal(4L * 1000 * ((10 * 64) + (2 * 2 * 512) + 5 + 192), second - first);
    }

    /// <remarks>1 million rows of 3 columns took 0.55 GB with one network, 1.0 GB with 40 anchored ones.</remarks>
    [Fact]
    public void Rows_count_as_text_and_numbers()
    {
        using Device device = DeviceCatalog.OpenCpu(1);
        var million = new Dataset(new double[1_000_000, 2], new double[1_000_000, 1]);
        Assert.InRange(TrainingMemory.Estimate(million, new TrainingOptions { HiddenUnits = [5], Method = new Deterministic() }, device).MainBytes, 500_000_000, 700_000_000);
        Assert.InRange(TrainingMemory.Estimate(million, new TrainingOptions { HiddenUnits = [5] }, device).MainBytes, 800_000_000, 1_200_000_000);
    }

    [Fact]
    public void A_training_that_cannot_fit_is_refused_before_it_starts()
    {
        string message = Assert.Throws<InsufficientMemoryException>(
            () => BayesianNetwork.Fit(_data, new TrainingOptions { Method = new AnchoredEnsemble { Particles = 2_000_000_000 } })).Message;
        Assert.StartsWith("There is not enough memory: this needs about ", message);
        Assert.EndsWith("Use fewer particles, smaller hidden layers, or fewer rows per batch.", message);
    }

    private static TrainingMemory Estimate(int particles, Device device) => Estimate(new Svgd { Particles = particles }, device);

    private static TrainingMemory Estimate(InferenceMethod method, Device device) =>
        TrainingMemory.Estimate(_data, new TrainingOptions { Method = method, HiddenUnits = [12] }, device);
}
