using System.Reflection;
using ILGPU;
using Xunit;

namespace IlgpuBnn.Tests.StandIn;

/// <summary>A test of kernels/Ilgpu.StandIn, left out where the build has ILGPU itself.</summary>
public sealed class StandInFactAttribute : FactAttribute
{
    public StandInFactAttribute()
    {
        if (!IsStandIn)
            Skip = "This build has ILGPU itself, not its stand-in.";
    }

    public static bool IsStandIn => typeof(Context).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Any(data => data.Key == "IlgpuStandIn");
}

/// <inheritdoc cref="StandInFactAttribute"/>
public sealed class StandInTheoryAttribute : TheoryAttribute
{
    public StandInTheoryAttribute()
    {
        if (!StandInFactAttribute.IsStandIn)
            Skip = "This build has ILGPU itself, not its stand-in.";
    }
}
