using System.Globalization;
using System.Text.Json;
using IlgpuBnn.Data;
using IlgpuBnn.Training;

namespace IlgpuBnn.Persistence;

/// <summary>A checkpoint in the safetensors format.</summary>
/// <remarks>
/// Metadata: the <see cref="TrainingIdentity"/> and, of a search, its trainings as JSON; the rest as in a model file. Tensors <c>sampler.k</c> and <c>best</c>, F32, are
/// the trainer's; <c>history</c> and <c>numbers</c>, F64. Complete models stand under <c>first.</c> and <c>search.</c>, as <see cref="ModelFile"/> writes them.
/// </remarks>
internal static class CheckpointFormat
{
    private const string Format = "ilgpubnn-checkpoint";
    private const string FormatVersion = "1";
    private const string First = "first.", Best = "search.";
    private const string Remedy = "Delete it to start anew.";

    public static void Write(Stream stream, Checkpoint checkpoint, TrainingIdentity identity)
    {
        var tensors = new Dictionary<string, SafetensorsTensor>();
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["format_version"] = FormatVersion,
            ["identity"] = JsonSerializer.Serialize(identity, ModelMetadata.Json),
            ["input_encodings"] = JsonSerializer.Serialize(checkpoint.Encoding.Inputs, ModelMetadata.Json),
            ["target_transforms"] = JsonSerializer.Serialize(checkpoint.Encoding.Targets, ModelMetadata.Json),
            ["notes"] = JsonSerializer.Serialize(checkpoint.Notes, ModelMetadata.Json),
        };
        if (checkpoint.Encoding.ComponentCount is { } components)
        {
            metadata["components"] = JsonSerializer.Serialize(components, ModelMetadata.Json);
        }

        TrainerState trainer = checkpoint.Trainer;
        double[] numbers = [checkpoint.Elapsed.TotalSeconds, trainer.Iteration, trainer.BestScore, trainer.BestIteration, trainer.Elapsed.TotalSeconds];
        tensors["numbers"] = new(numbers, numbers.Length);
        tensors["input_smallest"] = Column(checkpoint.Encoding.Range.Smallest);
        tensors["input_largest"] = Column(checkpoint.Encoding.Range.Largest);
        tensors["best"] = new(trainer.Best, trainer.Best.Length);
        tensors["history"] = ModelFile.HistoryTensor(trainer.History);
        for (int k = 0; k < trainer.Sampler.Count; k++)
        {
            tensors[$"sampler.{k}"] = new(trainer.Sampler[k], trainer.Sampler[k].Length);
        }

        if (checkpoint.First is { } first)
        {
            Add(First, first);
        }

        if (checkpoint.Search is { } search)
        {
            Add(Best, search.Best);
            metadata["trainings"] = JsonSerializer.Serialize(search.Trainings.Select(own => own.Change), ModelMetadata.Json);
            tensors["trainings"] = new(
                [.. search.Trainings.SelectMany(own => new[] { own.Score, own.Elapsed.TotalSeconds }), double.NaN, search.Elapsed.TotalSeconds],
                search.Trainings.Count + 1, 2);
        }

        SafetensorsFile.Write(stream, tensors, metadata);

        void Add(string prefix, TrainedModel model)
        {
            (Dictionary<string, SafetensorsTensor> own, Dictionary<string, string> texts) = ModelFile.PartsOf(model);
            foreach ((string name, SafetensorsTensor tensor) in own)
            {
                tensors[prefix + name] = tensor;
            }

            foreach ((string name, string text) in texts)
            {
                metadata[prefix + name] = text;
            }
        }
    }

    /// <exception cref="ModelFileException">It is damaged, of a newer version, or of another training than <paramref name="wanted"/>.</exception>
    public static Checkpoint Read(Stream stream, string name, TrainingIdentity wanted)
    {
        SafetensorsFile file = SafetensorsFile.Read(stream, name);
        string? version = file.Metadata.GetValueOrDefault("format_version");
        if (file.Metadata.GetValueOrDefault("format") != Format || version != FormatVersion)
        {
            throw new ModelFileException(
                name, version is null ? "is not a checkpoint" : $"is a checkpoint of format {version}, and this version reads {FormatVersion}",
                "Use the version of ilgpubnn that wrote it, or delete it to start anew.");
        }

        try
        {
            if (Parse<TrainingIdentity>("identity").DifferenceTo(wanted) is { } difference)
            {
                throw new ModelFileException(name, $"is the checkpoint of {difference}", $"Finish that training with the command that began it. {Remedy}");
            }

            var tensors = new TensorReader(file);
            double[] numbers = tensors.Doubles("numbers", 5);
            int inputs = wanted.InputNames.Count, targets = wanted.TargetNames.Count;
            var encoding = new TableEncoding(
                wanted.InputNames, OnePer(Parse<InputEncoding[]>("input_encodings"), inputs), OnePer(Parse<TargetTransform[]>("target_transforms"), targets),
                new InputRange(tensors.Finite("input_smallest", inputs), tensors.Finite("input_largest", inputs)))
            {
                ComponentCount = file.Metadata.ContainsKey("components") ? Parse<int>("components") : null,
            };
            if (encoding.ComponentCount is { } components && !(components >= 1 && components <= Math.Min(targets, wanted.Rows)))
            {
                throw new FormatException($"there are {components} components of {targets} targets");
            }

            if (ModelRanges.ProblemOf(encoding.Inputs, encoding.Targets) is { } problem)
            {
                throw new FormatException(problem);
            }

            TrainedModel? first = ModelUnder(First);
            SearchState? search = ModelUnder(Best) is { } best ? ReadSearch(best) : null;
            return new Checkpoint(encoding, Parse<string[]>("notes"), Seconds(numbers[0]), first, ReadTrainer(numbers), search);
        }
        catch (Exception cause) when (cause is JsonException or FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            throw Damaged(name, cause);
        }

        TrainedModel? ModelUnder(string prefix) => file.Under(prefix) is { Tensors.Count: > 0 } part ? ModelFile.Of(part) : null;

        T Parse<T>(string key) => ModelMetadata.Parsed<T>(file.Metadata, key);

        static T[] OnePer<T>(T[] values, int count) =>
            values.Length == count && Array.TrueForAll(values, own => own is not null) ? values : throw new FormatException($"there are {values.Length} encodings, and {count} columns");

        TrainerState ReadTrainer(double[] numbers) => new(
            checked((int)numbers[1]),
            [.. Enumerable.Range(0, int.MaxValue).Select(k => $"sampler.{k}").TakeWhile(file.Tensors.ContainsKey).Select(file.Singles)],
            file.Singles("best"), numbers[2], checked((int)numbers[3]), ModelFile.ReadHistory(file), Seconds(numbers[4]));

        SearchState ReadSearch(TrainedModel best)
        {
            double[][] rows = new TensorReader(file).Rows("trainings", 2);
            SearchedTraining[] trainings = [.. Parse<string[]>("trainings").Zip(rows, (change, row) => new SearchedTraining(change, row[0], Seconds(row[1])))];
            return rows.Length == trainings.Length + 1
                ? new SearchState(trainings, best, Seconds(rows[^1][1]))
                : throw new FormatException("the trainings of the search do not fit together");
        }
    }

    public static ModelFileException Damaged(string name, Exception cause) => new(name, $"is damaged ({cause.Message.TrimEnd('.')})", Remedy, cause);

    private static SafetensorsTensor Column(IReadOnlyList<double> values) => new([.. values], values.Count);

    private static TimeSpan Seconds(double value) => value >= 0 && value < TimeSpan.MaxValue.TotalSeconds
        ? TimeSpan.FromSeconds(value)
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"a time of {value} s"));
}
