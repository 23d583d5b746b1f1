using System.Globalization;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using IlgpuBnn.Training;

namespace IlgpuBnn.Persistence;

/// <summary>A checkpoint in the safetensors format.</summary>
/// <remarks>
/// Metadata: the <see cref="TrainingIdentity"/>, the device and, of a search, its trainings as JSON; the rest as in a model file. Tensors: <c>elapsed</c>, F64. While
/// encodings are tried <c>trials</c>, F64 [trial, 2, target]. Then <c>sampler.k</c> and <c>best</c>, F32, which are the trainer's, and <c>history</c>, <c>numbers</c>
/// and <c>pending</c>, F64. Complete models stand under <c>first.</c> and <c>search.</c>, as <see cref="ModelFile"/> writes them.
/// </remarks>
internal static class CheckpointFormat
{
    private const string Format = "ilgpubnn-checkpoint";
    private const string FormatVersion = "2";
    private const string First = "first.", Best = "search.";
    private const string ParticleHistoryName = "particle_history";
    private const string Remedy = "Delete it to start anew.";

    public static void Write(Stream stream, Checkpoint checkpoint, TrainingIdentity identity)
    {
        (Dictionary<string, SafetensorsTensor> tensors, Dictionary<string, string> metadata) = PartsOf(checkpoint, identity);
        SafetensorsFile.Write(stream, tensors, metadata);
    }

    public static (Dictionary<string, SafetensorsTensor> Tensors, Dictionary<string, string> Metadata) PartsOf(Checkpoint checkpoint, TrainingIdentity identity)
    {
        var tensors = new Dictionary<string, SafetensorsTensor>();
        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["format_version"] = FormatVersion,
            ["identity"] = ModelMetadata.Text(identity),
            ["notes"] = ModelMetadata.Text<string[]>([.. checkpoint.Notes]),
        };
        if (checkpoint.Device is { } device)
        {
            metadata["device"] = device;
        }

        tensors["elapsed"] = new([checkpoint.Elapsed.TotalSeconds], 1);
        if (checkpoint.Trials is { Count: > 0 } trials)
        {
            tensors["trials"] = new([.. trials.SelectMany(own => own.LogScores.Concat(own.SquaredErrors))], trials.Count, 2, identity.TargetNames.Count);
        }

        if (checkpoint.Stage is { } stage)
        {
            AddStage(stage);
        }

        if (checkpoint.Search is { } search)
        {
            Add(Best, search.Best);
            metadata["trainings"] = ModelMetadata.Text<string[]>([.. search.Trainings.Select(own => own.Change)]);
            tensors["trainings"] = new(
                [.. search.Trainings.SelectMany(own => new[] { own.Score, own.Elapsed.TotalSeconds }), double.NaN, search.Elapsed.TotalSeconds],
                search.Trainings.Count + 1, 2);
        }

        return (tensors, metadata);

        void AddStage(TrainingStage stage)
        {
            metadata["input_encodings"] = ModelMetadata.Text<InputEncoding[]>([.. stage.Encoding.Inputs]);
            metadata["target_transforms"] = ModelMetadata.Text<TargetTransform[]>([.. stage.Encoding.Targets]);
            if (stage.Encoding.ComponentCount is { } components)
            {
                metadata["components"] = ModelMetadata.Text(components);
            }

            if (stage.Kappa is { } kappa)
            {
                metadata["kappa"] = ModelMetadata.Text(kappa);
            }

            if (stage.ApartTargets is { } apart)
            {
                metadata["apart_targets"] = ModelMetadata.Text<string[]>([.. apart]);
            }

            if (stage.Prior.IsSmooth)
            {
                metadata["smooth"] = "true";
            }

            if (stage.Prior.Relevances is { } relevances)
            {
                metadata["relevances"] = ModelMetadata.Text<double[][]>([.. relevances.Select(own => own.ToArray())]);
            }

            tensors["input_smallest"] = Column(stage.Encoding.Range.Smallest);
            tensors["input_largest"] = Column(stage.Encoding.Range.Largest);
            TrainerState trainer = stage.Trainer;
            tensors["numbers"] = new([trainer.Iteration, trainer.BestScore, trainer.BestIteration, trainer.Elapsed.TotalSeconds], 4);
            if (trainer.Pending is var (bandwidth, density, norm, spread, ratio))
            {
                tensors["pending"] = new([bandwidth, density, norm, spread, ratio], 5);
            }

            tensors["best"] = new(trainer.Best, trainer.Best.Length);
            tensors["history"] = ModelFile.HistoryTensor(trainer.History);
            if (trainer.ParticleHistory is [{ Length: var particles }, ..])
            {
                tensors[ParticleHistoryName] = new([.. trainer.ParticleHistory.SelectMany(own => own)], trainer.ParticleHistory.Count, particles);
            }

            for (int k = 0; k < trainer.Sampler.Count; k++)
            {
                tensors[$"sampler.{k}"] = new(trainer.Sampler[k], trainer.Sampler[k].Length);
            }

            if (stage.First is { } first)
            {
                Add(First, first);
            }
        }

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
            return ModelMetadata.Parsed<TrainingIdentity>(file.Metadata, "identity").DifferenceTo(wanted) is { } difference
                ? throw new ModelFileException(name, $"is the checkpoint of {difference}", $"Finish that training with the command that began it. {Remedy}")
                : Of(file, wanted);
        }
        catch (Exception cause) when (ModelMetadata.IsDamage(cause))
        {
            throw Damaged(name, cause);
        }
    }

    /// <param name="file">As <see cref="PartsOf"/> made it.</param>
    /// <param name="wanted">Its own identity.</param>
    public static Checkpoint Of(SafetensorsFile file, TrainingIdentity wanted)
    {
        var tensors = new TensorReader(file);
        SearchState? search = ModelUnder(Best) is { } best ? ReadSearch(best) : null;
        return new Checkpoint(
            Seconds(tensors.Doubles("elapsed", 1)[0]), file.Metadata.GetValueOrDefault("device"), ModelMetadata.Texts(file.Metadata, "notes"), ReadTrials(),
            file.Metadata.ContainsKey("input_encodings") ? ReadStage(tensors) : null, search);

        TrainedModel? ModelUnder(string prefix) => file.Under(prefix) is { Tensors.Count: > 0 } part ? ModelFile.Of(part) : null;

        T Parse<T>(string key) => ModelMetadata.Parsed<T>(file.Metadata, key);

        static T[] OnePer<T>(T[] values, int count) =>
            values.Length == count && Array.TrueForAll(values, own => own is not null) ? values : throw new FormatException($"there are {values.Length} encodings, and {count} columns");

        TrainingStage ReadStage(TensorReader tensors)
        {
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

            double? kappa = file.Metadata.ContainsKey("kappa") ? Parse<double>("kappa") : null;
            if (kappa is { } chosen && !FourierFeatures.IsKappa(chosen))
            {
                throw new FormatException($"kappa is {chosen}");
            }

            string[]? apart = file.Metadata.ContainsKey("apart_targets") ? Parse<string[]>("apart_targets") : null;
            if (apart is not null && (apart.Distinct().Count() != apart.Length || !apart.All(wanted.TargetNames.Contains)))
            {
                throw new FormatException("the targets apart are not distinct targets");
            }

            double[][]? relevances = file.Metadata.ContainsKey("relevances") ? Parse<double[][]>("relevances") : null;
            if (relevances is not null && AnchoredPrior.ProblemOf(relevances) is { } wrong)
            {
                throw new FormatException(wrong);
            }

            return ModelRanges.ProblemOf(encoding.Inputs, encoding.Targets) is { } problem
                ? throw new FormatException(problem)
                : new TrainingStage(encoding, kappa, apart, new PriorChoice(relevances, file.Metadata.ContainsKey("smooth")), ModelUnder(First), ReadTrainer(tensors.Doubles("numbers", 4), file.Tensors.ContainsKey("pending") ? tensors.Doubles("pending", 5) : null));
        }

        EncodingTrial[] ReadTrials() => !file.Tensors.ContainsKey("trials") ? [] :
        [
            .. file.Doubles("trials").Chunk(2 * wanted.TargetNames.Count)
                .Select(values => new EncodingTrial(values[..(values.Length / 2)], values[(values.Length / 2)..])),
        ];

        TrainerState ReadTrainer(double[] numbers, double[]? pending) => new(
            checked((int)numbers[0]),
            [.. Enumerable.Range(0, int.MaxValue).Select(k => $"sampler.{k}").TakeWhile(file.Tensors.ContainsKey).Select(file.Singles)],
            file.Singles("best"), numbers[1], checked((int)numbers[2]), ModelFile.ReadHistory(file), Seconds(numbers[3]),
            pending is null ? null : new StepStatistics(pending[0], pending[1], pending[2], pending[3], pending[4]),
            file.Tensors.TryGetValue(ParticleHistoryName, out SafetensorsTensor? particles) && particles.Shape is [_, > 0 and var count] ? [.. file.Doubles(ParticleHistoryName).Chunk((int)count)] : []);

        SearchState ReadSearch(TrainedModel best)
        {
            double[][] rows = new TensorReader(file).Rows("trainings", 2);
            SearchedTraining[] trainings = [.. Parse<string[]>("trainings").Zip(rows, (change, row) => new SearchedTraining(change, row[0], Seconds(row[1])))];
            return rows.Length == trainings.Length + 1
                ? new SearchState(trainings, best, Seconds(rows[^1][1]))
                : throw new FormatException("the trainings of the search do not fit together");
        }
    }

    /// <summary>What it was written on, in words; null if it does not say, or cannot be read.</summary>
    public static string? DeviceOf(Stream stream, string name)
    {
        try
        {
            return SafetensorsFile.Read(stream, name).Metadata.GetValueOrDefault("device");
        }
        catch (ModelFileException)
        {
            return null;
        }
    }

    public static ModelFileException Damaged(string name, Exception cause) => new(name, $"is damaged ({cause.Message.TrimEnd('.')})", Remedy, cause);

    private static SafetensorsTensor Column(IReadOnlyList<double> values) => new([.. values], values.Count);

    private static TimeSpan Seconds(double value) => value >= 0 && value < TimeSpan.MaxValue.TotalSeconds
        ? TimeSpan.FromSeconds(value)
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"a time of {value} s"));
}
