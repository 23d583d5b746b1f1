using System.Reflection;

namespace ILGPU;

internal static class StandIn
{
    /// <summary>Why there is no GPU here, for people: the assembly carries it as metadata, so that programs find it too.</summary>
    public static string Notice { get; } = typeof(StandIn).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(metadata => metadata.Key == "IlgpuStandInNotice").Value!;
}
