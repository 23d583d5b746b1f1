using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Persistence;
using IlgpuBnn.Training;

namespace IlgpuBnn.Fuzz;

/// <summary>Shards: refused with a <see cref="ModelFileException"/> or for other rows or a wrong place, or merged with the other of two.</summary>
internal sealed class ShardFiles : SafetensorsFiles
{
    private static readonly Dataset _data = ModelFiles.MakeData();
    private static readonly TrainingOptions _options = new() { MaxIterations = 10, HiddenUnits = [3], Method = new AnchoredEnsemble { Particles = 4, Folds = 2 }, SelectEncodings = false };
    private static readonly EnsembleShard _other = EnsembleShard.Fit(_data, _options, 1, 2);

    public override string Name => "shards";

    public override IReadOnlyList<byte[]> Seeds => field ??= [MakeSeed()];

    public override string? Read(string path)
    {
        try
        {
            EnsembleShard.Merge([_other, EnsembleShard.Load(path)], _data);
            return null;
        }
        catch (Exception exception) when (exception is ModelFileException or DataException or ArgumentException)
        {
            return exception.Message;
        }
    }

    private static byte[] MakeSeed()
    {
        string path = Path.GetTempFileName();
        EnsembleShard.Fit(_data, _options, 0, 2).Save(path);
        byte[] shard = File.ReadAllBytes(path);
        File.Delete(path);
        return shard;
    }
}
