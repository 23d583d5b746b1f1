using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>All GPU kernels of one device.</summary>
internal sealed class KernelSet(Accelerator accelerator, string name)
{
    public GpuKernel<DenseForwardArguments> DenseForward { get; } = new(accelerator, name, Kernels.DenseForward.Run);

    public GpuKernel<DenseBackwardWeightsArguments> DenseBackwardWeights { get; } = new(accelerator, name, Kernels.DenseBackwardWeights.Run);

    public GpuKernel<DenseBackwardInputsArguments> DenseBackwardInputs { get; } = new(accelerator, name, Kernels.DenseBackwardInputs.Run);

    public GpuKernel<ConvolutionForwardArguments> ConvolutionForward { get; } = new(accelerator, name, Kernels.ConvolutionForward.Run);

    public GpuKernel<ConvolutionBackwardWeightsArguments> ConvolutionBackwardWeights { get; } = new(accelerator, name, Kernels.ConvolutionBackwardWeights.Run);

    public GpuKernel<ConvolutionBackwardInputsArguments> ConvolutionBackwardInputs { get; } = new(accelerator, name, Kernels.ConvolutionBackwardInputs.Run);

    public GpuKernel<FieldMeanArguments> FieldMean { get; } = new(accelerator, name, Kernels.FieldMean.Forward);

    public GpuKernel<FieldMeanArguments> FieldMeanBackward { get; } = new(accelerator, name, Kernels.FieldMean.Backward);

    public GpuKernel<RecurrentStepArguments> RecurrentForward { get; } = new(accelerator, name, RecurrentStep.Forward);

    public GpuKernel<RecurrentStepArguments> RecurrentBackward { get; } = new(accelerator, name, RecurrentStep.Backward);

    public GpuKernel<LikelihoodArguments> Likelihood { get; } = new(accelerator, name, Kernels.Likelihood.Run);

    public GpuKernel<LikelihoodArguments> ClassLikelihood { get; } = new(accelerator, name, Kernels.ClassLikelihood.Run);

    public GpuKernel<NetworkGradientArguments> SmallNetworkGradient { get; } = new(accelerator, name, NetworkGradient.Small);

    public GpuKernel<NetworkGradientArguments> MediumNetworkGradient { get; } = new(accelerator, name, NetworkGradient.Medium);

    public GpuKernel<NetworkGradientArguments> LargeNetworkGradient { get; } = new(accelerator, name, NetworkGradient.Large);

    public GpuKernel<PriorGradientArguments> PriorGradient { get; } = new(accelerator, name, Kernels.PriorGradient.Run);

    public GpuKernel<PrecisionGradientArguments> PrecisionGradient { get; } = new(accelerator, name, Kernels.PrecisionGradient.Run);

    public GpuKernel<CopyUnitsArguments> CopyUnits { get; } = new(accelerator, name, Kernels.CopyUnits.Run);

    public GpuKernel<InputScalesArguments> ScaleInputWeights { get; } = new(accelerator, name, InputScales.Apply);

    public GpuKernel<InputScalesArguments> ScaleInputGradients { get; } = new(accelerator, name, InputScales.Gradient);

    public GpuKernel<AnchorGradientArguments> AnchorGradient { get; } = new(accelerator, name, Kernels.AnchorGradient.Run);

    public GpuKernel<PresentRowsArguments> PresentRows { get; } = new(accelerator, name, Kernels.PresentRows.Run);

    public GpuKernel<OutputSolveArguments> OutputSolve { get; } = new(accelerator, name, Kernels.OutputSolve.Run);

    public GpuKernel<GatherRowsArguments> GatherRows { get; } = new(accelerator, name, Kernels.GatherRows.Run);

    public GpuKernel<PairwiseDistancesArguments> PairwiseDistances { get; } = new(accelerator, name, Kernels.PairwiseDistances.Run);

    public GpuKernel<SumChunksArguments> SumChunks { get; } = new(accelerator, name, Kernels.SumChunks.Run);

    public GpuKernel<BandwidthArguments> SmallBandwidth { get; } = new(accelerator, name, Kernels.SmallBandwidth.Run);

    public GpuKernel<BandwidthArguments> CountDistances { get; } = new(accelerator, name, LargeBandwidth.Count);

    public GpuKernel<BandwidthArguments> FinishBandwidth { get; } = new(accelerator, name, LargeBandwidth.Finish);

    public GpuKernel<SteinDirectionArguments> SteinDirection { get; } = new(accelerator, name, Kernels.SteinDirection.Gaussian);

    public GpuKernel<SteinDirectionArguments> SteinDirectionInverseMultiquadric { get; } =
        new(accelerator, name, Kernels.SteinDirection.InverseMultiquadric);

    public GpuKernel<AdamArguments> Adam { get; } = new(accelerator, name, Kernels.Adam.Run);

    public GpuKernel<MomentsArguments> Moments { get; } = new(accelerator, name, Kernels.Moments.Run);
}
