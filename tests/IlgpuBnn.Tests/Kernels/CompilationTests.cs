using System.Reflection;
using ILGPU;
using IlgpuBnn.Devices.Ilgpu;
using Xunit;

namespace IlgpuBnn.Tests.Kernels;

/// <summary>Every kernel compiles to PTX and to OpenCL C: no device is needed for that, but ILGPU's packages are.</summary>
/// <remarks>Through reflection: ILGPU's stand-in, which this project may be built with, has no compilers.</remarks>
public sealed class CompilationTests
{
    private static readonly string[] Architectures = ["SM_50", "SM_60", "SM_70", "SM_75", "SM_80", "SM_86", "SM_90"];

    [IlgpuPackageFact]
    public void Every_kernel_compiles_to_ptx_for_every_architecture()
    {
        foreach (string architecture in Architectures)
        {
            using Context context = CreateContext();
            using var backend = (IDisposable)Create("ILGPU.Backends.PTX.PTXBackend", context, Constant("ILGPU.Runtime.Cuda.CudaArchitecture", architecture), Constant("ILGPU.Runtime.Cuda.CudaInstructionSet", "ISA_80"), null);
            foreach (MethodInfo kernel in GpuKernels.All)
            {
                string ptx = Compile(backend, kernel, "PTXAssembly"), name = GpuKernels.NameOf(kernel);
                Assert.Contains(".visible .entry", ptx, StringComparison.Ordinal);
                Assert.False(ptx.Contains(".local", StringComparison.Ordinal), $"{name} keeps values in local memory instead of registers on {architecture}.");
                Assert.False(ptx.Contains("call ", StringComparison.Ordinal), $"{name} calls functions instead of inlining them on {architecture}.");
                string others = ptx.Replace("ex2.approx", "", StringComparison.Ordinal);
                Assert.False(others.Contains(".approx", StringComparison.Ordinal), $"{name} uses an approximation other than ex2 on {architecture}.");
            }
        }
    }

    [IlgpuPackageFact]
    public void Every_kernel_compiles_to_opencl()
    {
        using Context context = CreateContext();
        object capabilities = Create("ILGPU.Runtime.OpenCL.CLCapabilityContext", false, true, true, true, false);
        object vendor = Constant("ILGPU.Runtime.OpenCL.CLDeviceVendor", "Other");
        using var backend = (IDisposable)Create("ILGPU.Backends.OpenCL.CLBackend", context, capabilities, vendor, Constant("ILGPU.Backends.OpenCL.CLBackend", "MinimumVersion"));
        foreach (MethodInfo kernel in GpuKernels.All)
        {
            Assert.Contains("kernel void", Compile(backend, kernel, "Source"), StringComparison.Ordinal);
        }
    }

    [IlgpuPackageFact]
    public void A_kernel_that_ilgpu_refuses_is_refused_here_too()
    {
        using Context context = CreateContext();
        using var backend = (IDisposable)Create("ILGPU.Backends.PTX.PTXBackend", context, Constant("ILGPU.Runtime.Cuda.CudaArchitecture", "SM_80"), Constant("ILGPU.Runtime.Cuda.CudaInstructionSet", "ISA_80"), null);
        Assert.ThrowsAny<Exception>(() => Compile(backend, typeof(BadKernels).GetMethod(nameof(BadKernels.Throws))!, "PTXAssembly"));
    }

    private static Context CreateContext() => Context.Create(builder => builder.EnableAlgorithms().Optimize(OptimizationLevel.O2));

    private static Type TypeOf(string name) => typeof(Context).Assembly.GetType(name, throwOnError: true)!;

    private static object Create(string type, params object?[] arguments) => Activator.CreateInstance(TypeOf(type), arguments)!;

    private static object Constant(string type, string name) => TypeOf(type).GetField(name)!.GetValue(null)!;

    private static string Compile(object backend, MethodInfo kernel, string text)
    {
        object entry = TypeOf("ILGPU.Backends.EntryPoints.EntryPointDescription").GetMethod("FromExplicitlyGroupedKernel")!.Invoke(null, [kernel])!;
        MethodInfo compile = backend.GetType().GetMethods().First(method => method.Name == "Compile"
            && method.GetParameters().Select(parameter => parameter.ParameterType.GetElementType()?.Name).SequenceEqual(["EntryPointDescription", "KernelSpecialization"]));
        object compiled = compile.Invoke(backend, [entry, Activator.CreateInstance(TypeOf("ILGPU.Runtime.KernelSpecialization"))])!;
        return (string)compiled.GetType().GetProperty(text)!.GetValue(compiled)!;
    }
}

/// <summary>A test that needs ILGPU's packages; skipped where the build has the stand-in.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class IlgpuPackageFactAttribute : FactAttribute
{
    public IlgpuPackageFactAttribute() => Skip = IlgpuCatalog.StandInNotice;
}
