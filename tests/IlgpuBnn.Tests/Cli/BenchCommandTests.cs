using System.Globalization;
using System.Text.Json;
using IlgpuBnn.Cli;

namespace IlgpuBnn.Tests.Cli;

[Long]
public sealed class BenchCommandTests
{
    [Fact]
    public void Json_has_the_keys_of_other_implementations_and_consistent_numbers()
    {
        JsonElement json = CommandLine.Run(
            "bench", "--particles", "3", "--hidden", "9", "--rows", "33", "--inputs", "4", "--outputs", "2", "--activation", "tanh", "--iterations", "50",
            "--repeats", "3", "--threads", "1", "--json").Json();

        Assert.Equal(
            ["impl", "device", "particles", "hidden", "rows", "inputs", "outputs", "activation", "ms_per_iteration", "min", "max", "gflops", "peak_gflops", "fraction_of_peak"],
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(("ilgpubnn", "cpu", "tanh"), (Text("impl"), Text("device"), Text("activation")));
        Assert.Equal((3, 9, 33, 4, 2), (Whole("particles"), Whole("hidden"), Whole("rows"), Whole("inputs"), Whole("outputs")));
        double median = json.GetProperty("ms_per_iteration").GetDouble();
        Assert.InRange(median, json.GetProperty("min").GetDouble(), json.GetProperty("max").GetDouble());
        Assert.True(json.GetProperty("gflops").GetDouble() > 0);

        string Text(string name) => json.GetProperty(name).GetString()!;
        int Whole(string name) => json.GetProperty(name).GetInt32();
    }

    [Fact]
    public void Kernels_of_a_device_have_their_times()
    {
        JsonElement json = Bench("ilgpu-cpu");
        Assert.Equal(
            ["Adam", "NetworkGradient.Small", "PairwiseDistances", "PrecisionGradient", "PriorGradient", "SmallBandwidth", "SteinDirection.Gaussian"],
            json.GetProperty("kernel_ms_per_iteration").EnumerateObject().Select(property => property.Name).Except(["SumChunks"]).Order(StringComparer.Ordinal));
        Assert.All(json.GetProperty("kernel_ms_per_iteration").EnumerateObject(), own => Assert.True(own.Value.GetDouble() > 0, own.Name));
        JsonElement[] kernels = [.. json.GetProperty("kernels").EnumerateArray()];
        JsonElement adam = kernels.Single(own => own.GetProperty("name").GetString() == "Adam");
        Assert.Equal(1, adam.GetProperty("launches").GetDouble());
        Assert.InRange(adam.GetProperty("ms").GetDouble(), 0, json.GetProperty("kernel_ms_per_iteration").GetProperty("Adam").GetDouble());
        Assert.All(["peak_gflops", "copy_gbs", "launch_ms"], name => Assert.True(json.GetProperty(name).GetDouble() > 0, name));
        Assert.False(Bench("cpu").TryGetProperty("kernel_ms_per_iteration", out _));
    }

    /// <summary>PoCL, where ILGPUBNN_FORCE_OPENCL asks for it.</summary>
    [GpuFact(TestDevices.OpenCl)]
    public void OpenCl_that_tests_take_is_taken_by_the_command_line() =>
        Assert.True(Bench("opencl").GetProperty("kernel_ms_per_iteration").GetProperty("Adam").GetDouble() > 0);

    [Fact]
    public void Operations_count_the_products_of_all_layers_and_of_all_pairs_of_particles()
    {
        var work = new Workload(Particles: 3, Hidden: [5, 7], Rows: 11, Inputs: 4, Outputs: 2, Activation.Relu);

        // Weights 4 * 5 + 5 * 7 + 7 * 2 = 69; with 14 biases and 2 precisions P = 85.
        Assert.Equal((6.0 * 3 * 11 * 69) + (6.0 * 3 * 3 * 85), work.OperationsPerIteration);

        // Eleven rows in batches of at most 4 are 3 batches.
        Assert.Equal((6.0 * 3 * 11 / 3 * 69) + (6.0 * 3 * 3 * 85), (work with { BatchRows = 4 }).OperationsPerIteration, 9);
    }

    [Fact]
    public void Batch_counts_the_rows_of_a_minibatch()
    {
        JsonElement json = CommandLine.Run(
            "bench", "--particles", "2", "--hidden", "4", "--rows", "40", "--batch", "16", "--iterations", "5", "--repeats", "1", "--json").Json();
        Assert.Equal(16, json.GetProperty("batch").GetInt32());
    }

    [Fact]
    public void Whole_trainings_have_phases_that_add_up()
    {
        JsonElement json = CommandLine.Run(
            "bench", "--whole", "--particles", "3", "--hidden", "4", "--rows", "40", "--iterations", "50", "--runs", "10,12", "--repeats", "2", "--threads", "1", "--json").Json();
        JsonElement[] trainings = [.. json.GetProperty("trainings").EnumerateArray()];
        Assert.Equal(
            ["SVGD, 3 x 4, 40 rows, 50 iterations", "default, 10 runs of the land model", "default, 12 runs of the land model"],
            trainings.Select(training => training.GetProperty("name").GetString()));
        Assert.Equal(50, trainings[0].GetProperty("iterations").GetInt32());
        Assert.All(trainings, training =>
        {
            double[] phases = [.. training.EnumerateObject().Where(property => property.Name.EndsWith("_s", StringComparison.Ordinal)).Select(property => property.Value.GetDouble())];
            Assert.Equal(5, phases.Length);
            Assert.All(phases, seconds => Assert.True(seconds >= 0));

            // What is rounded, and what a fit does outside its training's span.
            double seconds = training.GetProperty("seconds").GetDouble();
            Assert.InRange(phases.Sum(), 0.5 * seconds, seconds + 0.001);
            Assert.True(training.GetProperty("iterations_s").GetDouble() > 0);
        });
        Assert.All(trainings[1..], training => Assert.True(training.GetProperty("calibration_s").GetDouble() > 0));
    }

    [Fact]
    public void Text_of_whole_trainings_gives_shares() => Assert.Matches(
        @"^SVGD, 2 x 4, 20 rows, 25 iterations: \d+\.\d{3} s \(median of 1; .*\): \w+ \d+ %.*\ndefault, 10 runs of the land model: .*: \w+ \d+ %",
        CommandLine.Run("bench", "--whole", "--particles", "2", "--hidden", "4", "--rows", "20", "--iterations", "25", "--runs", "10", "--repeats", "1")
            .AssertExitCode(ExitCode.Success).Output);

    [Fact]
    public void Whole_trainings_on_two_devices_are_a_table_for_a_document()
    {
        string[] lines = CommandLine.Run(
            "bench", "--whole", "--particles", "2", "--hidden", "4", "--rows", "20", "--iterations", "5", "--runs", "none", "--repeats", "1", "--beside", "ilgpu-cpu", "--markdown")
            .AssertExitCode(ExitCode.Success).Output.TrimEnd().Split('\n');
        Assert.Equal("| training | s, `cpu` | least and most | its phases | s, `ilgpu-cpu` | least and most | ratio |", lines[0]);
        string[] cells = [.. lines[2].Split('|', StringSplitOptions.TrimEntries)[1..^1]];
        Assert.Equal((3, 7, "SVGD, 2 x 4, 20 rows, 5 iterations"), (lines.Length, cells.Length, cells[0]));

        // The figures are rounded to a millisecond; the CPU takes a few of them, and one of its kernels' threads as many.
        double own = double.Parse(cells[1], CultureInfo.InvariantCulture), other = double.Parse(cells[4], CultureInfo.InvariantCulture);
        Assert.InRange(double.Parse(cells[6], CultureInfo.InvariantCulture), (other - 0.001) / (own + 0.001), (other + 0.001) / Math.Max(own - 0.001, 1e-9));
    }

    [Fact]
    public void More_runs_than_there_are_are_refused() =>
        CommandLine.Run("bench", "--whole", "--runs", "100,1001").AssertFailure(ExitCode.Failure, "--runs is \"100,1001\", but the land model has 1000 runs");

    [Fact]
    public void Text_gives_the_median_and_the_rate_for_several_layers() => Assert.Matches(
        @"^\d+\.\d{4} ms per iteration \(median of 2; .*\), .* GFLOP/s, \d+ % of the measured multiply-add peak of \d+ GFLOP/s\n$",
        CommandLine.Run("bench", "--particles", "2", "--hidden", "4,3", "--rows", "20", "--iterations", "20", "--repeats", "2")
            .AssertExitCode(ExitCode.Success).Output);

    private static JsonElement Bench(string device) => CommandLine.Run(
        "bench", "--device", device, "--particles", "3", "--hidden", "4", "--rows", "20", "--inputs", "2", "--outputs", "2", "--iterations", "2", "--repeats", "1",
        "--kernels", "--json").Json();
}
