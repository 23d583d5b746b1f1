using ILGPU.Runtime;

namespace ILGPU.Execution;

/// <summary>What ILGPU rejects, or leaves undefined. Thrown in a kernel, it says by which lane.</summary>
internal sealed class Fault(string message, Exception? inner = null)
    : AcceleratorException(Lane.Current is { } lane ? $"{lane}: {message}" : message, inner)
{
    public override AcceleratorType AcceleratorType => AcceleratorType.CPU;
}
