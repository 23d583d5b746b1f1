namespace IlgpuBnn.Devices.Simd;

/// <summary>Addresses of the buffers of a pass, looked up once per pass.</summary>
internal readonly unsafe struct SimdPass(NetworkBuffers buffers, DeviceRows data)
{
    public readonly float* Particles = Address(buffers.Particles);
    public readonly float* Gradients = Address(buffers.Gradients);
    public readonly float* Outputs = Address(buffers.Outputs);
    public readonly float* ResidualSquares = Address(buffers.Statistics?.ResidualSquares);
    public readonly float* PresentCounts = Address(buffers.Statistics?.PresentCounts);
    public readonly float* LogTerms = Address(buffers.Statistics?.LogTerms);
    public readonly float* WeightSquares = Address(buffers.Statistics?.WeightSquares);
    public readonly float* FailedAt = Address(buffers.Statistics?.FailedAt);
    public readonly float* OutputSystem = Address(buffers.OutputSystem);
    public readonly float* Violations = Address(buffers.Statistics?.Violations);
    public readonly float* Inputs = Address(data.Inputs);
    public readonly float* Targets = Address(data.Targets);

    /// <summary>From a column of the data to the next.</summary>
    public readonly int Stride = data.Stride;

    /// <summary>From a particle's targets to the next's; 0 if shared.</summary>
    public readonly nint TargetStride = data.TargetParticleStride;

    public readonly bool MissingTargets = data.MissingTargets;

    private static float* Address(DeviceBuffer? buffer) => buffer is null ? null : ((SimdBuffer)buffer).Address;
}
