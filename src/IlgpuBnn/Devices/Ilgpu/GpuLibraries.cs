using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>Finds the drivers' libraries under their versioned names on Linux.</summary>
internal static class GpuLibraries
{
    private const string Cuda = "cuda";
    private const string OpenCl = "OpenCL";

    private static readonly Lazy<bool> Registered = new(SetResolver);

    /// <summary>Whether there is a CUDA driver. Does not load ILGPU.</summary>
    public static bool HasCuda => IsThere(OperatingSystem.IsWindows() ? "nvcuda" : Versioned(Cuda));

    /// <summary>Whether there is an OpenCL loader. Does not load ILGPU.</summary>
    public static bool HasOpenCl => IsThere(OperatingSystem.IsWindows() ? OpenCl : Versioned(OpenCl));

    /// <summary>Resolves the unversioned names that ILGPU asks for, which only development packages install. Call before its first use.</summary>
    public static void Register() => _ = Registered.Value;

    private static bool SetResolver()
    {
        // On Windows the names are right; in the Windows Subsystem for Linux ILGPU resolves them.
        if (!OperatingSystem.IsLinux() || Directory.Exists("/usr/lib/wsl/lib"))
        {
            return false;
        }

        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
            return true;
        }
        catch (InvalidOperationException)
        {
            // The application has set its own resolver.
            return false;
        }
    }

    private static string Versioned(string name) => $"lib{name}.so.1";

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name is Cuda or OpenCl && NativeLibrary.TryLoad(Versioned(name), out nint library) ? library : 0;

    private static bool IsThere(string name)
    {
        bool found = NativeLibrary.TryLoad(name, out nint library);
        if (found)
        {
            NativeLibrary.Free(library);
        }

        return found;
    }
}
