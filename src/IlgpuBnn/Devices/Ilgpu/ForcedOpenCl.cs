using System.Runtime.CompilerServices;
using ILGPU.Runtime.OpenCL;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>OpenCL drivers without a generic address space, which ILGPU asks for and these kernels do not need. PoCL 3.1, an OpenCL for CPUs, is one.</summary>
internal static class ForcedOpenCl
{
    /// <summary>Environment variable; 1 to take such drivers all the same.</summary>
    public const string Variable = "ILGPUBNN_FORCE_OPENCL";

    public static bool IsWanted => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>Takes every device: of one that ILGPU would refuse to open it says, where that is wanted, that it has what is asked for.</summary>
    public static bool Take(CLDevice device)
    {
        if (IsWanted)
        {
            SetGenericAddressSpace(device.Capabilities, true);
        }

        return true;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_GenericAddressSpace")]
    private static extern void SetGenericAddressSpace(CLCapabilityContext capabilities, bool value);
}
