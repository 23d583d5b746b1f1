using NetArchTest.Rules;

namespace IlgpuBnn.Tests;

/// <summary>References between the library's namespaces run one way.</summary>
public sealed class ArchitectureTests
{
    private const string Root = nameof(IlgpuBnn);

    // What is done with a trained model.
    private static readonly string[] _uses = ["Export", "Analysis"];

    // Each may use those before it. Enumerations in the root are words that all may use; the root's other types, the facade, use all but the uses of a model.
    private static readonly string[] _order =
        ["Data", "Devices", "Networks", "Likelihoods", "Priors", "Equations", "Inference", "Prediction", "Calibration", "Training", "Persistence", .. _uses];

    public static TheoryData<string> Namespaces => [.. _order];

    [Theory]
    [MemberData(nameof(Namespaces))]
    public void References_run_one_way(string name)
    {
        string[] later = [.. _order.SkipWhile(own => own != name).Skip(1).Select(own => $"{Root}.{own}"), .. _uses.Contains(name) ? [] : Facade()];
        TestResult result = Types.InAssembly(typeof(BayesianNetwork).Assembly).That().ResideInNamespaceMatching($@"^{Root}\.{name}(\.|$)")
            .ShouldNot().HaveDependencyOnAny(later).GetResult();
        Assert.True(result.IsSuccessful, $"These use what comes after {name}: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void A_model_knows_nothing_of_its_uses()
    {
        TestResult result = Types.InAssembly(typeof(BayesianNetwork).Assembly).That().DoNotResideInNamespaceMatching($@"^{Root}\.({string.Join('|', _uses)})(\.|$)")
            .ShouldNot().HaveDependencyOnAny([.. _uses.Select(use => $"{Root}.{use}")]).GetResult();
        Assert.True(result.IsSuccessful, string.Join(", ", result.FailingTypeNames ?? []));
    }

    [Fact]
    public void Every_namespace_has_its_place() => Assert.Equal(
        _order.Order(),
        typeof(BayesianNetwork).Assembly.GetTypes().Select(type => type.Namespace?.Split('.') ?? []).Where(parts => parts is [Root, ..] && parts.Length > 1)
            .Select(parts => parts[1]).Distinct().Order());

    private static IEnumerable<string> Facade() => typeof(BayesianNetwork).Assembly.GetTypes()
        .Where(type => type.Namespace == Root && !type.IsEnum && !type.IsNested).Select(type => type.FullName!);
}
