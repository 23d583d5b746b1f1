using System.Reflection;
using System.Text.RegularExpressions;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using IlgpuBnn.Devices.Ilgpu;
using IlgpuBnn.Equations;
using IlgpuBnn.Kernels;
using IlgpuBnn.Tests.Equations;

namespace IlgpuBnn.Tests.Kernels;

/// <summary>What ILGPU writes for a GPU, which needs none: PTX and OpenCL C, of every kernel.</summary>
public sealed partial class CompilationTests
{
    // What OpenCL C may call: nothing that is missing on some drivers, and no approximation (native_, half_, atom, sub_group, ...).
    private static readonly string[] Portable =
    [
        "if", "switch", "exp", "sqrt", "as_int", "as_float", "get_local_id", "get_local_size", "get_group_id", "work_group_barrier",
    ];

    public static TheoryData<CudaArchitecture, int> Architectures => new() { { CudaArchitecture.SM_80, 1 }, { CudaArchitecture.SM_90, 8 } };

    /// <summary>Of every so many: for a later architecture ILGPU writes the same instructions.</summary>
    [Theory]
    [MemberData(nameof(Architectures))]
    public void Ptx_of_every_kernel_keeps_what_kernels_readme_promises(CudaArchitecture architecture, int every)
    {
        using Context context = CreateContext();
        using var backend = new PTXBackend(context, architecture, CudaInstructionSet.ISA_80, null!);
        Assert.Empty(GpuKernels.All.Where((_, k) => k % every == 0).SelectMany(kernel => ProblemsOfPtx(kernel, Ptx(backend, kernel))));
    }

    [Fact]
    public void OpenCl_of_every_kernel_calls_only_what_every_driver_has()
    {
        using Context context = CreateContext();
        using var backend = new CLBackend(context, new CLCapabilityContext(false, true, true, true, false), CLDeviceVendor.Other, CLBackend.MinimumVersion);
        Assert.Empty(GpuKernels.All.SelectMany(kernel => ProblemsOfOpenCl(kernel, OpenCl(backend, kernel))));
    }

    [Theory]
    [InlineData(nameof(BadKernels.AddsAtomically), "atomics")]
    [InlineData(nameof(BadKernels.Shuffles), "shuffles")]
    [InlineData(nameof(BadKernels.Approximates), "approximation")]
    [InlineData(nameof(BadKernels.IndexesLocalMemory), "local memory")]
    [InlineData(nameof(BadKernels.CallsWithoutInlining), "calls")]
    [InlineData(nameof(BadKernels.ReadsQuadruplesByElements), "16 bytes")]
    public void A_bad_kernel_is_seen_in_its_ptx(string kernel, string problem)
    {
        using Context context = CreateContext();
        using var backend = new PTXBackend(context, CudaArchitecture.SM_80, CudaInstructionSet.ISA_80, null!);
        MethodInfo method = typeof(BadKernels).GetMethod(kernel)!;
        Assert.Contains(ProblemsOfPtx(method, Ptx(backend, method)), found => found.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_bad_kernel_is_seen_in_its_opencl()
    {
        using Context context = CreateContext();
        using var backend = new CLBackend(context, new CLCapabilityContext(false, true, true, true, false), CLDeviceVendor.Other, CLBackend.MinimumVersion);
        MethodInfo kernel = typeof(BadKernels).GetMethod(nameof(BadKernels.AddsAtomically))!;
        Assert.Contains(ProblemsOfOpenCl(kernel, OpenCl(backend, kernel)), problem => problem.Contains("atomic_", StringComparison.Ordinal));
    }

    [Fact]
    public void Every_kernel_that_a_device_loads_is_compiled_here() => Assert.Equal(
        typeof(KernelSet).GetProperties().Count(property => property.PropertyType.Name.StartsWith("GpuKernel", StringComparison.Ordinal)),
        GpuKernels.All.Count(kernel => !kernel.IsGenericMethod));

    private static Context CreateContext() => Context.Create(builder => builder.EnableAlgorithms().Optimize(OptimizationLevel.O2));

    private static string Ptx(PTXBackend backend, MethodInfo kernel) => ((PTXCompiledKernel)Compile(backend, kernel)).PTXAssembly;

    private static string OpenCl(CLBackend backend, MethodInfo kernel) => ((CLCompiledKernel)Compile(backend, kernel)).Source;

    private static CompiledKernel Compile(Backend backend, MethodInfo kernel) =>
        backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), default);

    private static IEnumerable<string> ProblemsOfPtx(MethodInfo kernel, string ptx)
    {
        (bool Bad, string What)[] checks =
        [
            (!ptx.Contains(".visible .entry", StringComparison.Ordinal), "has no entry"),
            (ptx.Contains(".local", StringComparison.Ordinal), "keeps values in local memory instead of registers"),
            (Calls().IsMatch(ptx), "calls functions instead of inlining them"),
            (Atomics().IsMatch(ptx), "uses atomics"),
            (Shuffles().IsMatch(ptx), "shuffles or votes within warps"),
            (Approximations().IsMatch(ptx), "uses an approximation other than ex2"),
            (ReadsQuadruples(kernel) && !ptx.Contains("ld.global.v4.", StringComparison.Ordinal), "reads no 16 bytes at once"),
        ];
        return checks.Where(check => check.Bad).Select(check => $"{GpuKernels.NameOf(kernel)} {check.What}.");
    }

    private static IEnumerable<string> ProblemsOfOpenCl(MethodInfo kernel, string source) => FunctionNames().Matches(source)
        .Select(match => match.Groups[1].Value).Distinct().Where(name => name != "Kernel_" + kernel.Name && !Portable.Contains(name))
        .Select(name => $"{GpuKernels.NameOf(kernel)} calls {name}.")
        .Concat(source.Contains("kernel void", StringComparison.Ordinal) ? [] : [$"{GpuKernels.NameOf(kernel)} has no entry."]);

    private static bool ReadsQuadruples(MethodInfo kernel) => kernel.GetParameters()
        .SelectMany(parameter => parameter.ParameterType.GetFields().Select(field => field.FieldType).Append(parameter.ParameterType))
        .Contains(typeof(ArrayView<Float4>));

    [GeneratedRegex(@"\bcall(\.uni)?\b")]
    private static partial Regex Calls();

    [GeneratedRegex(@"\b(atom|red)\.")]
    private static partial Regex Atomics();

    [GeneratedRegex(@"\b(shfl|vote|match|redux)\.")]
    private static partial Regex Shuffles();

    [GeneratedRegex(@"(?<!\bex2)\.approx")]
    private static partial Regex Approximations();

    [GeneratedRegex(@"(?<![\w#])([A-Za-z_]\w*) ?\(")]
    private static partial Regex FunctionNames();
}

/// <summary>All kernels: static methods of the kernels' assembly whose one parameter is a structure of arguments. Of a generic one, two of those that it becomes.</summary>
internal static class GpuKernels
{
    public static IReadOnlyList<MethodInfo> All { get; } =
    [
        .. typeof(Float4).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public))
            .Where(method => method.ReturnType == typeof(void) && method.GetParameters() is [{ ParameterType: var type }] && type.Name.EndsWith("Arguments", StringComparison.Ordinal))
            .SelectMany(Closed),
    ];

    /// <summary>A kernel of equations with one that has every operation, and with observations.</summary>
    private static IEnumerable<MethodInfo> Closed(MethodInfo kernel) => kernel.IsGenericMethodDefinition
        ? [kernel.MakeGenericMethod(typeof(DeviceResidual<EquationCase.EveryOperation>)), kernel.MakeGenericMethod(typeof(DeviceObservation))]
        : [kernel];

    public static string NameOf(MethodInfo kernel) => $"{kernel.DeclaringType!.Name}.{kernel.Name}";
}
