using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using IlgpuBnn.Persistence;

namespace IlgpuBnn.Tests.Persistence;

/// <summary>Generated code keeps what a serialiser with reflection does by itself.</summary>
public sealed class ModelJsonTests
{
    private static IEnumerable<Type> Written => typeof(BayesianNetwork).Assembly.GetTypes()
        .Where(type => !type.ContainsGenericParameters && !type.IsByRefLike && !(type.IsAbstract && type.IsSealed) && ModelJson.Json.TryGetTypeInfo(type, out _));

    /// <summary>Files of earlier versions lack what has been added since.</summary>
    [Fact]
    public void What_a_file_lacks_has_its_default()
    {
        Type[] types = [.. Written.Where(type => !type.IsAbstract && type.IsClass && type.GetConstructor([]) is not null)];
        Assert.Contains(typeof(TrainingOptions), types);
        Assert.All(types, type =>
        {
            JsonTypeInfo info = ModelJson.Json.GetTypeInfo(type);
            Assert.Equal(JsonSerializer.Serialize(Activator.CreateInstance(type), info), JsonSerializer.Serialize(JsonSerializer.Deserialize("{}", info), info));
        });
    }

    [Fact]
    public void An_early_report_had_no_groups()
    {
        const string early = """{"iterations":5,"kept_iteration":5,"stop_reason":"iteration_limit","training_rows":9,"validation_rows":0,"folds":0,"elapsed":"00:00:01","history":[],"notes":[]}""";
        TrainingReport report = JsonSerializer.Deserialize(early, ModelJson.Of<TrainingReport>())!;
        Assert.Equal((5, StopReason.IterationLimit, 0, 0), (report.Iterations, report.StopReason, report.GroupNames.Count, report.EarlierRowCounts.Count));
    }

    [Fact]
    public void Enumerations_are_words()
    {
        Type[] types = [.. Written.Where(type => type.IsEnum)];
        Assert.Contains(typeof(Activation), types);
        Assert.All(types, type => Assert.All(Enum.GetValues(type).Cast<object>(), value => Assert.Matches("^\"[a-z_]+\"$", JsonSerializer.Serialize(value, ModelJson.Json.GetTypeInfo(type)))));
    }
}
