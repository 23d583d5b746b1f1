using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <summary>All GPU kernels of one device.</summary>
internal sealed class KernelSet(KernelTarget target)
{
    public GpuKernel<DenseForwardArguments> DenseForward { get; } = new(target, Kernels.DenseForward.Run);

    public GpuKernel<DenseBackwardWeightsArguments> DenseBackwardWeights { get; } = new(target, Kernels.DenseBackwardWeights.Run);

    public GpuKernel<DenseBackwardInputsArguments> DenseBackwardInputs { get; } = new(target, Kernels.DenseBackwardInputs.Run);

    public GpuKernel<ConvolutionForwardArguments> ConvolutionForward { get; } = new(target, Kernels.ConvolutionForward.Run);

    public GpuKernel<ConvolutionBackwardWeightsArguments> ConvolutionBackwardWeights { get; } = new(target, Kernels.ConvolutionBackwardWeights.Run);

    public GpuKernel<ConvolutionBackwardInputsArguments> ConvolutionBackwardInputs { get; } = new(target, Kernels.ConvolutionBackwardInputs.Run);

    public GpuKernel<FieldMeanArguments> FieldMean { get; } = new(target, Kernels.FieldMean.Forward);

    public GpuKernel<FieldMeanArguments> FieldMeanBackward { get; } = new(target, Kernels.FieldMean.Backward);

    public GpuKernel<RecurrentStepArguments> RecurrentForward { get; } = new(target, RecurrentStep.Forward);

    public GpuKernel<RecurrentStepArguments> RecurrentBackward { get; } = new(target, RecurrentStep.Backward);

    public GpuKernel<StreamActivationArguments> StreamActivation { get; } = new(target, Kernels.StreamActivation.Forward);

    public GpuKernel<StreamActivationArguments> StreamActivationBackward { get; } = new(target, Kernels.StreamActivation.Backward);

    public GpuKernel<RowSumsArguments> RowSums { get; } = new(target, Kernels.RowSums.Run);

    public GpuKernel<LikelihoodArguments> Likelihood { get; } = new(target, Kernels.Likelihood.Run);

    public GpuKernel<LikelihoodArguments> ClassLikelihood { get; } = new(target, Kernels.ClassLikelihood.Run);

    public GpuKernel<NetworkGradientArguments> SmallNetworkGradient { get; } = new(target, NetworkGradient.Small);

    public GpuKernel<NetworkGradientArguments> MediumNetworkGradient { get; } = new(target, NetworkGradient.Medium);

    public GpuKernel<NetworkGradientArguments> LargeNetworkGradient { get; } = new(target, NetworkGradient.Large);

    public GpuKernel<PriorGradientArguments> PriorGradient { get; } = new(target, Kernels.PriorGradient.Run);

    public GpuKernel<PrecisionGradientArguments> PrecisionGradient { get; } = new(target, Kernels.PrecisionGradient.Run);

    public GpuKernel<CopyUnitsArguments> CopyUnits { get; } = new(target, Kernels.CopyUnits.Run);

    public GpuKernel<InputScalesArguments> ScaleInputWeights { get; } = new(target, InputScales.Apply);

    public GpuKernel<InputScalesArguments> ScaleInputGradients { get; } = new(target, InputScales.Gradient);

    public GpuKernel<AnchoredUpdateArguments> AnchoredUpdate { get; } = new(target, Kernels.AnchoredUpdate.Run);

    public GpuKernel<AnchorGradientArguments> AnchorGradient { get; } = new(target, Kernels.AnchorGradient.Run);

    public GpuKernel<PresentRowsArguments> PresentRows { get; } = new(target, Kernels.PresentRows.Run);

    public GpuKernel<OutputSolveArguments> OutputSolve { get; } = new(target, Kernels.OutputSolve.Run);

    public GpuKernel<GatherRowsArguments> GatherRows { get; } = new(target, Kernels.GatherRows.Run);

    public GpuKernel<PairwiseDistancesArguments> PairwiseDistances { get; } = new(target, Kernels.PairwiseDistances.Run);

    public GpuKernel<SumChunksArguments> SumChunks { get; } = new(target, Kernels.SumChunks.Run);

    public GpuKernel<BandwidthArguments> SmallBandwidth { get; } = new(target, Kernels.SmallBandwidth.Run);

    public GpuKernel<BandwidthArguments> CountDistances { get; } = new(target, LargeBandwidth.Count);

    public GpuKernel<BandwidthArguments> FinishBandwidth { get; } = new(target, LargeBandwidth.Finish);

    public GpuKernel<SteinDirectionArguments> SteinDirection { get; } = new(target, Kernels.SteinDirection.Gaussian);

    public GpuKernel<SteinDirectionArguments> SteinDirectionInverseMultiquadric { get; } =
        new(target, Kernels.SteinDirection.InverseMultiquadric);

    public GpuKernel<AdamArguments> Adam { get; } = new(target, Kernels.Adam.Run);

    public GpuKernel<MomentumArguments> Momentum { get; } = new(target, Kernels.Momentum.Run);

    public GpuKernel<ParticleSumsArguments> SquaredLengths { get; } = new(target, ParticleSums.Squares);

    public GpuKernel<ParticleSumsArguments> AnchorDistances { get; } = new(target, ParticleSums.AnchorDistances);

    public GpuKernel<DeviationProductArguments> DeviationProduct { get; } = new(target, Kernels.DeviationProduct.Run);

    public GpuKernel<MomentsArguments> Moments { get; } = new(target, Kernels.Moments.Run);

    public GpuKernel<MultiplyAddsArguments> MultiplyAdds { get; } = new(target, Ceiling.MultiplyAdds);

    public GpuKernel<CopyArguments> Copy { get; } = new(target, Ceiling.Copy);
}
