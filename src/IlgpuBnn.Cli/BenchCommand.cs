using System.CommandLine;
using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Devices.Simd;
using IlgpuBnn.Mpi;
using IlgpuBnn.Training;

namespace IlgpuBnn.Cli;

/// <summary><c>ilgpubnn bench</c>.</summary>
internal static class BenchCommand
{
    public static Command Create()
    {
        TextOption<int> particles = TextOption.Whole("--particles", "Networks in the ensemble.", 10);
        TextOption<int[]> hidden = TextOption.Layers("--hidden", "Units of the hidden layers, separated by commas.", [50]);
        TextOption<int> rows = TextOption.Whole("--rows", "Rows of random data.", 500);
        TextOption<int> batch = TextOption.Whole("--batch", "Rows per batch; 0 for all.", 0, minimum: 0);
        TextOption<int> inputs = TextOption.Whole("--inputs", "Inputs of the network.", 8);
        TextOption<int> outputs = TextOption.Whole("--outputs", "Outputs of the network.", 15);
        TextOption<Activation> activation = TrainingArguments.Activations("Activation of the hidden layers.", Activation.Relu);
        TextOption<int> iterations = TextOption.Whole("--iterations", "Iterations per timing.", 200);
        TextOption<int> repeats = TextOption.Whole("--repeats", "Timings, of which the median is reported.", 5);
        TextOption<int> threads = TextOption.Whole("--threads", "CPU threads; 0 for one per core.", 0, minimum: 0);
        TextOption<string> device = CommonOptions.Device();
        var whole = new Option<bool>("--whole")
        {
            Description = "Time whole trainings instead, from table to model, with the share of each phase: one of SVGD as described by the other options, and the default "
                + "method on runs of the land model of \"demo\".",
        };
        TextOption<int[]> runs = TextOption.Wholes("--runs", "Of --whole: numbers of runs of the land model.", [100, 300, 500], minimum: 10);
        var kernels = new Option<bool>("--kernels") { Description = "On a device with GPU kernels, print each kernel's share of the time too; for that every launch is waited for." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "bench",
            "Time one iteration of Stein variational gradient descent on random data.\n\n"
                + "Example:\n  ilgpubnn bench --particles 20 --hidden 50,50 --threads 2\n  ilgpubnn bench --whole --repeats 3\n  mpirun -n 4 ilgpubnn bench --particles 400 --threads 1")
        {
            particles, hidden, rows, batch, inputs, outputs, activation, iterations, repeats, threads, device, kernels, whole, runs, json,
        };
        command.SetAction(parse =>
        {
            var work = new Workload(
                particles.Of(parse), hidden.Of(parse)!, rows.Of(parse), inputs.Of(parse), outputs.Of(parse), activation.Of(parse),
                batch.Of(parse) is > 0 and int rowsOfBatch ? rowsOfBatch : null);
            var timing = new Timing(iterations.Of(parse), repeats.Of(parse), threads.Of(parse), device.Of(parse)!);
            return parse.GetValue(whole) ? RunWhole(work, timing, runs.Of(parse)!, parse.GetValue(json)) : Run(work, timing, parse.GetValue(kernels), parse.GetValue(json));
        });
        return command;
    }

    private static int Run(Workload work, Timing timing, bool kernels, bool json)
    {
        MpiGroup? group = Ranks.Join();

        // Before and after, since a shared machine's speed drifts.
        double peak = group is null ? MeasurePeak(timing) : 0;
        IReadOnlyList<KernelTime> times = [];
        double[] milliseconds = work.Measure(timing, group, kernels ? own => times = own : null);
        peak = group is null ? Math.Max(peak, MeasurePeak(timing)) : 0;
        double allGather = group is null ? 0 : work.MeasureAllGather(timing, group);
        Array.Sort(milliseconds);
        if (!Ranks.IsFirst)
        {
            return ExitCode.Success;
        }

        if (json)
        {
            WriteJson(work, timing, milliseconds, peak, group, allGather, times);
        }
        else
        {
            Console.WriteLine(
                $"{Median(milliseconds):F4} ms per iteration (median of {milliseconds.Length}; {milliseconds[0]:F4} to {milliseconds[^1]:F4}), "
                + $"{Gflops(work, milliseconds):F1} GFLOP/s"
                + (peak > 0 ? $", {100 * Gflops(work, milliseconds) / peak:F0} % of the measured multiply-add peak of {peak:F0} GFLOP/s" : "")
                + (group is null ? "" : $", on {group.Size} processes; an allgather of {work.AllGatherBytes(group)} bytes of each {allGather:F4} ms ({group.Library})"));
            foreach (KernelTime own in times)
            {
                Console.WriteLine(
                    $"  {own.Kernel}: {100 * own.Seconds / times.Sum(other => other.Seconds):F1} %, {1e3 * own.Seconds / timing.Iterations:F4} ms in {(double)own.Launches / timing.Iterations:G3} launches per iteration");
            }
        }

        return ExitCode.Success;
    }

    private static int RunWhole(Workload work, Timing timing, int[] runs, bool json)
    {
        if (Ranks.Join() is not null)
        {
            throw new CommandException("\"--whole\" times one process. Start it without a launcher.") { IsOfAllProcesses = true };
        }

        Dataset landModel = DemoCommand.LandModel();
        if (runs.Max() > landModel.RowCount)
        {
            throw new CommandException($"--runs is \"{string.Join(',', runs)}\", but the land model has {landModel.RowCount} runs. Give at most that many.");
        }

        WholeTraining[] trainings =
        [
            work.Training(timing.Iterations),
            .. runs.Select(rows => new WholeTraining($"default, {rows} runs of the land model", landModel.SelectRows([.. Enumerable.Range(0, rows)]), new TrainingOptions())),
        ];
        using Device device = timing.Open(isAlone: true);
        WholeTime[][] times = [.. trainings.Select(training => training.Measure(device, timing.Repeats))];
        if (json)
        {
            Output.Json(writer => WriteJson(writer, timing, trainings, times));
            return ExitCode.Success;
        }

        foreach ((WholeTraining training, WholeTime[] own) in trainings.Zip(times))
        {
            WholeTime median = Median(own);
            Console.WriteLine(
                $"{training.Name}: {median.Seconds:F3} s (median of {own.Length}; {own[0].Seconds:F3} to {own[^1].Seconds:F3}): {median.Shares}");
        }

        return ExitCode.Success;
    }

    private static void WriteJson(Utf8JsonWriter json, Timing timing, WholeTraining[] trainings, WholeTime[][] times)
    {
        json.WriteStartObject();
        json.WriteString("impl", "ilgpubnn");
        json.WriteString("device", timing.DeviceId);
        json.WriteStartArray("trainings");
        foreach ((WholeTraining training, WholeTime[] own) in trainings.Zip(times))
        {
            WholeTime median = Median(own);
            json.WriteStartObject();
            json.WriteString("name", training.Name);
            json.WriteNumber("iterations", median.Iterations);
            json.WriteNumber("seconds", Math.Round(median.Seconds, 4));
            json.WriteNumber("min", Math.Round(own[0].Seconds, 4));
            json.WriteNumber("max", Math.Round(own[^1].Seconds, 4));
            median.Write(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Multiply-add peak of the CPU in GFLOP/s; 0 (unknown) for other devices.</summary>
    private static double MeasurePeak(Timing timing) => timing.DeviceId == "cpu" ? PeakRate.Measure(timing.Threads) : 0;

    private static T Median<T>(T[] sorted) => sorted[sorted.Length / 2];

    private static double Gflops(Workload work, double[] sorted) => work.OperationsPerIteration / (Median(sorted) * 1e6);

    private static void WriteJson(
        Workload work, Timing timing, double[] sorted, double peak, MpiGroup? group, double allGather, IReadOnlyList<KernelTime> kernels) => Output.Json(json =>
    {
        json.WriteStartObject();
        json.WriteString("impl", "ilgpubnn");
        json.WriteString("device", timing.DeviceId);
        json.WriteNumber("particles", work.Particles);
        WriteHidden(json, work.Hidden);
        json.WriteNumber("rows", work.Rows);
        if (work.BatchRows is { } batchRows)
        {
            json.WriteNumber("batch", batchRows);
        }

        json.WriteNumber("inputs", work.Inputs);
        json.WriteNumber("outputs", work.Outputs);
        json.WriteString("activation", work.Activation.ToString().ToLowerInvariant());
        json.WriteNumber("ms_per_iteration", Math.Round(Median(sorted), 4));
        json.WriteNumber("min", Math.Round(sorted[0], 4));
        json.WriteNumber("max", Math.Round(sorted[^1], 4));
        json.WriteNumber("gflops", Math.Round(Gflops(work, sorted), 2));
        if (group is not null)
        {
            json.WriteNumber("parameters", work.Parameters);
            json.WriteNumber("processes", group.Size);
            json.WriteString("mpi", group.Library);
            json.WriteNumber("allgather_bytes", work.AllGatherBytes(group));
            json.WriteNumber("allgather_ms", Math.Round(allGather, 5));
        }

        if (peak > 0)
        {
            json.WriteNumber("peak_gflops", Math.Round(peak, 2));
            json.WriteNumber("fraction_of_peak", Math.Round(Gflops(work, sorted) / peak, 4));
        }

        if (kernels.Count > 0)
        {
            json.WriteStartObject("kernel_ms_per_iteration");
            foreach (KernelTime own in kernels)
            {
                json.WriteNumber(own.Kernel, Math.Round(1e3 * own.Seconds / timing.Iterations, 5));
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    });

    private static void WriteHidden(Utf8JsonWriter json, int[] hidden)
    {
        if (hidden.Length == 1)
        {
            json.WriteNumber("hidden", hidden[0]);
            return;
        }

        json.WriteStartArray("hidden");
        Array.ForEach(hidden, json.WriteNumberValue);
        json.WriteEndArray();
    }
}
