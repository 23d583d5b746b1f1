using ILGPU;
using IlgpuBnn.Kernels;

namespace IlgpuBnn.Devices.Ilgpu;

/// <remarks>A launch a step, and back another; the weights' gradient is a convolution's, over all steps.</remarks>
internal sealed partial class IlgpuBlock
{
    public override void RecurrentForward(RecurrentTerm recurrent)
    {
        for (int step = 0; step < recurrent.Steps; step++)
        {
            Launch(device.Kernels.RecurrentForward, recurrent, step, isFirst: step == 0);
        }
    }

    public override void RecurrentBackward(RecurrentTerm recurrent)
    {
        for (int step = recurrent.Steps - 1; step >= 0; step--)
        {
            Launch(device.Kernels.RecurrentBackward, recurrent, step, isFirst: step == recurrent.Steps - 1 || recurrent.StartsStretch(step + 1));
        }

        BackwardWeights(recurrent.OfStates);
    }

    private void Launch(GpuKernel<RecurrentStepArguments> kernel, RecurrentTerm term, int step, bool isFirst)
    {
        (Index3D grid, Index3D group) = device.Sizes.Elements((long)_quads * term.Units, _particles);
        UnitRows sums = Slot(term.SumsAt(step));
        kernel.Launch(grid, group, new RecurrentStepArguments
        {
            Sums = sums,
            StateSums = Slot(term.StateSumsAt(step)),
            States = Slot(term.StateBefore(step)),
            Cells = term.Cells < 0 ? sums : Slot(term.CellBefore(step)),
            Gradients = Slot(term.Gradients),
            Outputs = term.OutputsAt(step) < 0 ? sums : Slot(term.OutputsAt(step)),
            Mask = term.Mask is { } mask ? MaskOf(mask, step) : sums,
            Particles = Theta,
            ParticleStride = shape.Stride,
            WeightOffset = term.OfStates.WeightOffset,
            Gates = term.Sums / term.Units,
            Units = term.Units,
            Rows = _quads,
            IsLstm = term.IsLstm ? 1 : 0,
            IsFirst = isFirst ? 1 : 0,
            HasOutputs = term.OutputsAt(step) < 0 ? 0 : 1,
            HasMask = term.Mask is null ? 0 : 1,
        });
    }

    private UnitRows MaskOf(FieldUnits mask, int step)
    {
        FieldRows rows = RowsOf(mask);
        return rows.Units with { Offset = rows.Units.Offset + FieldRows.At(rows, step, mask.Channels - 1) };
    }
}
