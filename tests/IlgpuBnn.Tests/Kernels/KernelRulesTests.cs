using System.Reflection;
using IlgpuBnn.Devices.Ilgpu;
using Xunit;

namespace IlgpuBnn.Tests.Kernels;

/// <summary>Every kernel stays within what ILGPU can compile on every backend; without ILGPU at hand, too.</summary>
public sealed class KernelRulesTests
{
    public static TheoryData<string> Kernels() => [.. GpuKernels.All.Select(GpuKernels.NameOf)];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Kernel_stays_within_the_rules(string kernel) => Assert.Empty(KernelRules.Violations(GpuKernels.Find(kernel)));

    [Fact]
    public void Every_kernel_that_a_device_loads_is_checked()
    {
        int loaded = typeof(KernelSet).GetProperties().Count(property => property.PropertyType.Name.StartsWith("GpuKernel", StringComparison.Ordinal));
        Assert.Equal(loaded, GpuKernels.All.Count);
    }

    [Fact]
    public void A_good_kernel_is_accepted() => Assert.Empty(Violations(nameof(BadKernels.Good)));

    [Theory]
    [InlineData(nameof(BadKernels.Throws), "throws")]
    [InlineData(nameof(BadKernels.UsesAString), "uses a string")]
    [InlineData(nameof(BadKernels.AllocatesAClass), "allocates a Object")]
    [InlineData(nameof(BadKernels.AllocatesAnArray), "size is not a constant")]
    [InlineData(nameof(BadKernels.UsesADelegate), "uses a delegate")]
    [InlineData(nameof(BadKernels.WritesAStatic), "writes a static field")]
    [InlineData(nameof(BadKernels.ReadsAMutableStatic), "not a readonly value")]
    [InlineData(nameof(BadKernels.ReadsAStaticArray), "not a readonly value")]
    [InlineData(nameof(BadKernels.HasATry), "has a try block")]
    [InlineData(nameof(BadKernels.TakesABool), "takes a Boolean")]
    [InlineData(nameof(BadKernels.TakesABoolInside), "takes a Boolean")]
    [InlineData(nameof(BadKernels.TakesTooMuch), "has 15 parameters")]
    [InlineData(nameof(BadKernels.TakesARef), "has a ref, in or out parameter")]
    [InlineData(nameof(BadKernels.Recurses), "is recursive")]
    [InlineData(nameof(BadKernels.UsesStackalloc), "uses stackalloc")]
    [InlineData(nameof(BadKernels.UsesAVector), "calls Vector2")]
    [InlineData(nameof(BadKernels.FusesMultiplyAdd), "calls MathF.FusedMultiplyAdd")]
    [InlineData(nameof(BadKernels.ApproximatesTanh), "calls MathF.Tanh")]
    [InlineData(nameof(BadKernels.Returns), "without a result")]
    public void A_bad_kernel_is_rejected(string kernel, string reason) =>
        Assert.Contains(Violations(kernel), violation => violation.Contains(reason, StringComparison.Ordinal));

    private static IReadOnlyList<string> Violations(string badKernel) => KernelRules.Violations(typeof(BadKernels).GetMethod(badKernel)!);
}

/// <summary>All kernels: static methods of the kernels' assembly whose one parameter is a structure of arguments.</summary>
internal static class GpuKernels
{
    public static IReadOnlyList<MethodInfo> All { get; } =
    [
        .. typeof(IlgpuBnn.Kernels.Float4).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public))
            .Where(method => method.ReturnType == typeof(void) && method.GetParameters() is [{ ParameterType: var type }] && type.Name.EndsWith("Arguments", StringComparison.Ordinal)),
    ];

    public static string NameOf(MethodInfo kernel) => $"{kernel.DeclaringType!.Name}.{kernel.Name}";

    public static MethodInfo Find(string name) => All.Single(kernel => NameOf(kernel) == name);
}
