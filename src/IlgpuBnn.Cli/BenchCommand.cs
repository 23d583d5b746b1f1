using System.CommandLine;

namespace IlgpuBnn.Cli;

/// <summary>How results of <c>ilgpubnn bench</c> are written.</summary>
internal enum BenchFormat
{
    Text,

    /// <summary>Tables for a document; a line for a training as soon as it is measured.</summary>
    Markdown,

    /// <summary>One line, at the end.</summary>
    Json,
}

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
        TextOption<int[]> runs = TextOption.Wholes("--runs", "Of --whole: numbers of runs of the land model, or none.", [100, 300, 500], minimum: 10);
        TextOption<string> beside = CommonOptions.DeviceOf("--beside", "Of --whole: a second device that does the same, in turn with the first.");
        var kernels = new Option<bool>("--kernels")
        {
            Description = "On a device with GPU kernels, print each kernel's time too, and its rate beside what the device can do at most, which is measured; for that every launch "
                + "is waited for.",
        };
        Option<bool> json = CommonOptions.Json();
        var markdown = new Option<bool>("--markdown") { Description = "Print the result for a document in Markdown." };
        var command = new Command(
            "bench",
            "Time one iteration of Stein variational gradient descent on random data.\n\n"
                + "Example:\n  ilgpubnn bench --particles 20 --hidden 50,50 --threads 2\n  ilgpubnn bench --whole --repeats 3\n  mpirun -n 4 ilgpubnn bench --particles 400 --threads 1")
        {
            particles, hidden, rows, batch, inputs, outputs, activation, iterations, repeats, threads, device, kernels, whole, runs, beside, json, markdown,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(markdown))
            {
                result.AddError("--json and --markdown are both given. Leave out one of the two.");
            }

            if (TextOption.IsGiven(result, beside) && !result.GetValue(whole))
            {
                result.AddError("--beside has no effect without --whole. Leave it out, or give both.");
            }
        });
        command.SetAction(parse =>
        {
            var work = new Workload(
                particles.Of(parse), hidden.Of(parse)!, rows.Of(parse), inputs.Of(parse), outputs.Of(parse), activation.Of(parse),
                batch.Of(parse) is > 0 and int rowsOfBatch ? rowsOfBatch : null);
            var timing = new Timing(iterations.Of(parse), repeats.Of(parse), threads.Of(parse), device.Of(parse)!);
            BenchFormat format = parse.GetValue(json) ? BenchFormat.Json : parse.GetValue(markdown) ? BenchFormat.Markdown : BenchFormat.Text;
            return parse.GetValue(whole)
                ? new WholeBench(work, timing, runs.Of(parse)!, beside.Of(parse)).Run(format)
                : new IterationBench(work, timing).Run(parse.GetValue(kernels), format);
        });
        return command;
    }
}
