namespace IlgpuBnn.Devices;

/// <summary>What an anchored ensemble's update needs besides a pass's own buffers.</summary>
/// <param name="Particles">theta [S, stride].</param>
/// <param name="Anchors">[S, stride].</param>
/// <param name="Precisions">[stride], 0 without a prior.</param>
/// <param name="Relevances">Of first layers; empty where networks are the particles themselves.</param>
/// <param name="Adam">A step to take straight away; null for the gradient alone.</param>
internal readonly record struct AnchoredUpdate(
    DeviceBuffer Particles, DeviceBuffer Anchors, DeviceBuffer Precisions, IReadOnlyList<RelevanceTerm> Relevances, AdamTerm? Adam);

/// <summary>A step of Adam and its moments, [S, stride].</summary>
internal readonly record struct AdamTerm(DeviceBuffer FirstMoment, DeviceBuffer SecondMoment, AdamStep Step);
