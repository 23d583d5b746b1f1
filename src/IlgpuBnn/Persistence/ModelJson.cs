using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using IlgpuBnn.Data;
using IlgpuBnn.Inference;
using IlgpuBnn.Likelihoods;
using IlgpuBnn.Networks;
using IlgpuBnn.Priors;
using IlgpuBnn.Training;

namespace IlgpuBnn.Persistence;

/// <summary>Options, encodings and reports as JSON. Its code is generated: a library that is compiled ahead of time has no serialiser at run time.</summary>
[JsonSerializable(typeof(TrainingOptions))]
[JsonSerializable(typeof(TrainingReport))]
[JsonSerializable(typeof(TrainingIdentity))]
[JsonSerializable(typeof(InputEncoding[]))]
[JsonSerializable(typeof(TargetTransform[]))]
[JsonSerializable(typeof(ClassEncoding))]
[JsonSerializable(typeof(double[][]))]
[JsonSerializable(typeof(SeriesDescription))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(double[]))]
internal sealed partial class ModelJson : JsonSerializerContext
{
    // What generated code cannot do: give a property that a file lacks the default of its type. These are created first, and then filled.
    private static readonly Dictionary<Type, Func<object>> _withDefaults = new()
    {
        [typeof(TrainingOptions)] = () => new TrainingOptions(),
        [typeof(AnchoredEnsemble)] = () => new AnchoredEnsemble(),
        [typeof(Svgd)] = () => new Svgd(),
        [typeof(IndependentParticles)] = () => new IndependentParticles(),
        [typeof(Deterministic)] = () => new Deterministic(),
    };

    /// <summary>How everything is written.</summary>
    public static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters =
        {
            Words<Activation>(), Words<BandwidthRule>(), Words<SteinKernel>(), Words<Initialisation>(), Words<WeightPrecision>(), Words<NoisePrecision>(),
            Words<TransformKind>(), Words<Padding>(), Words<RecurrentCell>(), Words<ClassWeights>(), Words<StopReason>(), Words<SeriesTimeUnit>(),
        },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        IgnoreReadOnlyProperties = true,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        TypeInfoResolver = new ModelJson().WithAddedModifier(KeepDefaults),
    };

    /// <summary>How a type is written that is named above, or that these have.</summary>
    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Json.GetTypeInfo(typeof(T));

    private static JsonStringEnumConverter<T> Words<T>()
        where T : struct, Enum => new(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

    private static void KeepDefaults(JsonTypeInfo type)
    {
        if (!_withDefaults.TryGetValue(type.Type, out Func<object>? create))
        {
            return;
        }

        type.CreateObject = create;
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.AttributeProvider is PropertyInfo { CanWrite: true } own)
            {
                property.Set = own.SetValue;
            }
        }
    }
}
