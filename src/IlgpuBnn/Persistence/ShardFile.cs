using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Training;

namespace IlgpuBnn.Persistence;

/// <summary>A part of an ensemble at the end of its training.</summary>
/// <param name="GroupNames">Columns that told groups of rows apart.</param>
/// <param name="ClassNames">Null of numbers.</param>
/// <param name="End">With a stage, whose sampler is left out.</param>
internal sealed record TrainedShard(
    TrainingIdentity Identity, ParticleShare Share, TrainingOptions Options, IReadOnlyList<string> GroupNames, IReadOnlyList<string>? ClassNames, Checkpoint End)
{
    /// <summary>How inputs are windows of series; null where they are columns of the table.</summary>
    public SeriesDescription? Series { get; init; }
}

/// <summary>A shard in the safetensors format: a checkpoint of its particles at the last iteration, without what only further iterations would need.</summary>
internal static class ShardFile
{
    private const string Format = "ilgpubnn-shard";
    private const string FormatVersion = "1";
    private const string Remedy = "Train it again.";

    /// <exception cref="ModelFileException">The file cannot be written.</exception>
    public static void Write(string path, TrainedShard shard)
    {
        (Dictionary<string, SafetensorsTensor> tensors, Dictionary<string, string> metadata) = CheckpointFormat.PartsOf(shard.End, shard.Identity);
        metadata["format"] = Format;
        metadata["format_version"] = FormatVersion;
        metadata["group_names"] = ModelMetadata.Text<string[]>([.. shard.GroupNames]);
        if (shard.ClassNames is { } classes)
        {
            metadata["class_names"] = ModelMetadata.Text<string[]>([.. classes]);
        }

        if (shard.Series is { } series)
        {
            metadata["series"] = ModelMetadata.Text(series);
        }

        SafetensorsFile.Write(path, tensors, metadata);
    }

    /// <exception cref="ModelFileException">Whatever is wrong with the file.</exception>
    public static TrainedShard Read(string path)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        if (file.Metadata.GetValueOrDefault("format") != Format)
        {
            throw new ModelFileException(path, "is not a shard of an ensemble", "Give files that \"ilgpubnn train --shard\" or EnsembleShard.Save wrote.");
        }

        if (file.Metadata.GetValueOrDefault("format_version") is var version && version != FormatVersion)
        {
            throw new ModelFileException(path, $"is a shard of format {version}, and this version reads {FormatVersion}", "Use the version of IlgpuBnn that wrote it.");
        }

        try
        {
            return OfChecked(file);
        }
        catch (Exception cause) when (ModelMetadata.IsDamage(cause))
        {
            throw Damaged(path, cause.Message, cause);
        }
    }

    public static ModelFileException Damaged(string path, string problem, Exception? cause = null) => new(path, $"is damaged ({problem.TrimEnd('.')})", Remedy, cause);

    /// <summary>Whether a file's texts are those of a shard.</summary>
    public static bool IsShard(IReadOnlyDictionary<string, string> texts) => texts.GetValueOrDefault("format") == Format;

    private static TrainedShard OfChecked(SafetensorsFile file)
    {
        TrainingIdentity identity = ModelMetadata.Parsed<TrainingIdentity>(file.Metadata, "identity");
        TrainingOptions options = identity.OptionsOf();
        ModelMetadata.RequireSound(options);
        SeriesDescription? series = file.Metadata.ContainsKey("series") ? ModelMetadata.Parsed<SeriesDescription>(file.Metadata, "series") : null;
        if (series?.ProblemIn(identity.InputNames) is { } problem)
        {
            throw new FormatException(problem);
        }

        Checkpoint end = CheckpointFormat.Of(file, identity);
        return ParticleShare.TryParse(identity.Shard, out ParticleShare share) && end.Stage?.Trainer is { } trainer
            && trainer.Best.Length > 0 && Array.TrueForAll(trainer.Best, float.IsFinite) && trainer.ParticleHistory.Count == 2 * trainer.History.Count
            && trainer.ParticleHistory.All(own => own.Length == share.CountOf(options.Method.Particles))
                ? new TrainedShard(
                    identity, share, options, ModelMetadata.Texts(file.Metadata, "group_names"),
                    file.Metadata.ContainsKey("class_names") ? ModelMetadata.Texts(file.Metadata, "class_names") : null, end)
                { Series = series }
                : throw new FormatException("its networks are not those of a shard");
    }
}
