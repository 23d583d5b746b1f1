using ILGPU;
using ILGPU.Runtime;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

internal sealed partial class IlgpuBlock
{
    private MemoryBuffer1D<int, Stride1D.Dense>? _relevances;

    public override bool TryAnchoredUpdate(AnchoredUpdate update, PriorTerm prior)
    {
        if (shape.NoiseCount > 0 || shape.WeightGroups.Count > 0)
        {
            return false;
        }

        (Index3D grid, Index3D group) = device.Sizes.Elements(shape.Parameters);
        device.Kernels.AnchoredUpdate.Launch(new Index3D(grid.X, _particles, 1), group, WithStep(update, new AnchoredUpdateArguments
        {
            Particles = Own(update.Particles, shape.Stride),
            Networks = Theta,
            Anchors = Own(update.Anchors, shape.Stride),
            Precisions = IlgpuBuffer.ViewOf(update.Precisions),
            Partials = Scratch.Partials,
            Gradients = Gradients,
            Relevances = TableOf(update.Relevances),
            PartialSquares = Scratch.Squares,
            PartialCounts = Scratch.Counts,
            PartialLogTerms = Scratch.LogTerms,
            ResidualSquares = Own(_buffers.Statistics!.ResidualSquares, shape.Outputs.Count),
            PresentCounts = Own(_buffers.Statistics.PresentCounts, shape.Outputs.Count),
            LogTerms = Own(_buffers.Statistics.LogTerms, shape.Outputs.Count),
            FailedAt = Own(_buffers.Statistics.FailedAt, 1),
            ParticleCount = _particles,
            ParticleStride = shape.Stride,
            Parameters = shape.Parameters,
            WeightCount = shape.WeightCount,
            OutputCount = shape.Outputs.Count,
            RelevanceTerms = update.Relevances.Count,
            Chunks = Scratch.Chunks,
            Iteration = prior.Iteration,
        }));
        return true;
    }

    private AnchoredUpdateArguments WithStep(AnchoredUpdate update, AnchoredUpdateArguments arguments) => update.Adam is not { } adam
        ? arguments with { FirstMoment = arguments.Gradients, SecondMoment = arguments.Gradients }
        : arguments with
        {
            FirstMoment = Own(adam.FirstMoment, shape.Stride),
            SecondMoment = Own(adam.SecondMoment, shape.Stride),
            Steps = 1,
            Beta1 = adam.Step.Beta1,
            Beta2 = adam.Step.Beta2,
            Epsilon = adam.Step.Epsilon,
            CorrectedStep = adam.Step.StepSize * adam.Step.FirstCorrection,
            SecondCorrection = adam.Step.SecondCorrection,
        };

    /// <summary>Uploaded once: a block's network has the same in every iteration.</summary>
    private ArrayView<int> TableOf(IReadOnlyList<RelevanceTerm> relevances) => (_relevances ??= device.UploadTable(
        [.. relevances.SelectMany(term => (int[])[term.Inputs, term.Units, term.WeightOffset, term.RelevanceOffset])])).View;
}
